// What nobody fetches goes by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, eventually, problem } from '../server/client.ts';
import { entry, startMapshot } from '../server/mapshot.ts';
import { openSocket } from '../server/socket.ts';
import { startTileServer } from '../server/tile-server.ts';

test('an image that is not fetched expires, and later its status is forgotten', async () => {
  const tiles = await startTileServer();
  const mapshot = await startMapshot({
    sources: [entry('marble', tiles.template)],
    vars: { RETENTION_MS: '1500', TOMBSTONE_MS: '3000' },
  });
  try {
    const client = new Client(mapshot.origin);
    const { id, links } = await client.capture({
      area: { center: [10, 20], size_px: [800, 800] },
      layers: [{ source: 'marble' }],
      zoom: 15,
    });
    const socket = await openSocket(mapshot.origin, links.socket);
    await client.until(id, ['ready']);
    assert.ok((await mapshot.chunkKeys()).length > 0);
    // Nobody asks any more: only the lane's alarm can let it expire, and the socket tells.
    await eventually('it expires', () => socket.messages.at(-1)?.status.state === 'expired');
    await eventually('its chunks are deleted', async () => (await mapshot.chunkKeys()).length === 0);
    const gone = await client.get(`/api/captures/${id}/image`);
    assert.deepEqual([gone.status, (await problem(gone)).value], [410, 'expired']);
    await eventually('its status is forgotten', async () => (await client.get(`/api/captures/${id}`)).status === 404);
  } finally {
    await mapshot.close();
    await tiles.close();
  }
});
