// The whole runtime is killed in the middle of a capture and started again on the same state.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually, type Status } from '../server/client.ts';
import { startKillable, type Killable } from '../server/killable.ts';
import { entry } from '../server/mapshot.ts';
import { decode, difference } from '../server/pixels.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let server: Killable;

before(async () => {
  tiles = await startTileServer();
});

after(async () => {
  await server?.kill();
  await tiles?.close();
});

const request = (side: number) => ({
  area: { center: [10, 20], size_px: [side, side] },
  layers: [{ source: 'marble' }],
  zoom: 15,
});

test('after SIGKILL and a restart every capture finishes, in order, and whole', async () => {
  const state = mkdtempSync(join(tmpdir(), 'mapshot-restart-'));
  // Leases of two seconds, so that a killed renderer's strip is soon given to another.
  const options = { state, sources: [entry('marble', tiles.template)], vars: { LEASE_MS: '2000' } };
  server = await startKillable(options);
  let client = new Client(server.origin);
  const untouched = await client.capture(request(3000));
  await client.until(untouched.id, ['ready']);
  const reference = await decode(await client.image(untouched.id));

  tiles.fault = async () => {
    await sleep(30);
    return false;
  };
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await client.capture(request(3000))).id);
  const first = () => client.status(ids[0] ?? '');
  await eventually('the first is half done', async () => (await first()).strips.done >= 1);
  const before: Status = await first();
  assert.equal(before.state, 'rendering');
  await server.kill();
  await assert.rejects(client.status(ids[0] ?? ''), 'it is gone');

  server = await startKillable(options);
  client = new Client(server.origin);
  const restored = await Promise.all(ids.map((id) => client.status(id)));
  assert.ok((restored[0]?.strips.done ?? 0) >= before.strips.done, 'finished strips are kept');
  assert.deepEqual(restored.map((s) => s.plan), Array(3).fill(before.plan));

  tiles.fault = () => false;
  const ready: string[] = [];
  await eventually(
    'all are ready',
    async () => {
      for (const id of ids) {
        const status = await client.status(id);
        assert.notEqual(status.state, 'failed', JSON.stringify(status.error));
        if (status.state === 'ready' && !ready.includes(id)) ready.push(id);
      }
      return ready.length === ids.length;
    },
    60_000,
  );
  assert.deepEqual(ready, ids, 'in the order of their tickets');
  for (const id of ids) {
    const image = await decode(await client.image(id));
    assert.deepEqual(difference(image, reference), { largest: 0, mean: 0 });
  }
});
