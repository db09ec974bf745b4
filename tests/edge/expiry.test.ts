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

test('who waits for an image keeps it, however slow the source is', async () => {
  const tiles = await startTileServer();
  const mapshot = await startMapshot({ sources: [entry('marble', tiles.template)], vars: { CLAIM_MS: '1000', LEASE_MS: '2000' } });
  try {
    const client = new Client(mapshot.origin);
    let slow = true;
    tiles.fault = async () => {
      // Three times as long as a claim lasts, and nothing to be told meanwhile.
      if (slow) await new Promise((resolve) => setTimeout(resolve, 3_000));
      return false;
    };
    const request = { area: { center: [10, 20], size_px: [300, 300] }, layers: [{ source: 'marble' }], zoom: 15 };
    const { id } = await client.capture(request);
    const early = await client.image(id);
    assert.equal((await client.status(id)).state, 'delivered');
    slow = false;
    const { id: again } = await client.capture(request);
    assert.deepEqual(early, await client.image(again));
  } finally {
    await mapshot.close();
    await tiles.close();
  }
});
