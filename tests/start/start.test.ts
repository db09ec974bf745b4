// `npm start`, as a person runs it: served from wrangler dev, twice.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Client, eventually } from '../server/client.ts';
import { root } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { spawnGroup, type ProcessGroup } from '../server/process-group.ts';

const running: ProcessGroup[] = [];

after(() => Promise.all(running.map((group) => group.kill())));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function start(port: number): Promise<{ printed: () => string; tookMs: number; kill: () => Promise<void> }> {
  const begun = Date.now();
  const group = spawnGroup('npm', ['start'], { cwd: root, env: { ...process.env, PORT: String(port) } });
  running.push(group);
  let printed = '';
  for (const stream of [group.child.stdout, group.child.stderr]) stream?.on('data', (data) => (printed += String(data)));
  await eventually(
    'it serves',
    async () => {
      assert.ok(!group.ended(), printed);
      return fetch(`http://127.0.0.1:${port}/api/health`).then((r) => r.ok, () => false);
    },
    120_000,
  );
  return { printed: () => printed, tookMs: Date.now() - begun, kill: group.kill };
}

test('npm start serves the page and the whole way to an image, and again at once', async () => {
  const port = await freePort();
  const first = await start(port);
  const origin = `http://127.0.0.1:${port}`;
  assert.ok(first.printed().includes(origin), 'the address is printed');
  const page = await (await fetch(origin)).text();
  assert.match(page, /<title>Mapshot<\/title>/);
  const client = new Client(origin);
  const { id, plan } = await client.capture({
    area: { center: [127.5, 36.5], radius_m: 250_000 },
    layers: [{ source: 'naturalearth' }],
    zoom: 8,
  });
  await client.until(id, ['ready']);
  const image = await decode(await client.image(id));
  assert.deepEqual([image.width, image.height], [plan.width_px, plan.height_px]);
  // The last byte may be here before the lane has noted that it left.
  await client.until(id, ['delivered']);
  await first.kill();

  const second = await start(port);
  console.log(`a second start serves after ${(second.tookMs / 1000).toFixed(1)} s`);
  assert.ok(!second.printed().includes('== '), `nothing is built again: ${second.printed()}`);
  // The state outlives the kill.
  assert.equal((await client.status(id)).state, 'delivered');
  await second.kill();
});

test('a bad catalogue stops the start, naming the entry and the field', async () => {
  const port = await freePort();
  const sources = JSON.stringify([{ id: 'broken', url: 'ftp://example.org/{z}/{x}/{y}' }]);
  const env = { ...process.env, PORT: String(port) };
  const group = spawnGroup('npm', ['start', '--', '--var', `SOURCES:${sources}`], { cwd: root, env });
  running.push(group);
  let printed = '';
  for (const stream of [group.child.stdout, group.child.stderr]) stream?.on('data', (data) => (printed += String(data)));
  await eventually('it stops', () => group.ended(), 120_000);
  assert.notEqual(group.child.exitCode, 0);
  assert.match(printed, /The catalogue is wrong: source "broken": url must begin with http/);
});
