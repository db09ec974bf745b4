// A download that breaks goes on where it was.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, eventually, problem, type Status } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;
/** The file of the request below. */
let whole: Buffer;

const request = {
  area: { center: [10, 20], size_px: [3000, 2000] },
  layers: [{ source: 'marble' }],
  zoom: 15,
};

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({ sources: [entry('marble', tiles.template)] });
  client = new Client(mapshot.origin);
  const { id } = await ready();
  whole = await client.image(id);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

async function ready(): Promise<Status> {
  const { id } = await client.capture(request);
  return client.until(id, ['ready']);
}

const part = (id: string, range: string, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${mapshot.origin}/api/captures/${id}/image`, { headers: { Range: range, ...more } });

const free = (id: string): Promise<void> =>
  eventually('nobody fetches it', async () => (await client.status(id)).chunks.every((c) => c.state !== 'claimed'));

test('any part can be fetched, any number of times, and the whole after it', async () => {
  const { id, bytes, chunks } = await ready();
  const second = (chunks[0]?.bytes ?? 0) + (chunks[1]?.bytes ?? 0);
  const ends = [[1, 1], [0, 0], [5, 60], [second - 3, second + 3], [second, bytes - 2], [bytes - 1, bytes - 1]];
  for (const [first = 0, last = 0] of ends) {
    const response = await part(id, `bytes=${first}-${last}`);
    assert.equal(response.status, 206);
    assert.equal(response.headers.get('Content-Range'), `bytes ${first}-${last}/${bytes}`);
    assert.equal(response.headers.get('Content-Length'), String(last - first + 1));
    const got = Buffer.from(await response.arrayBuffer());
    assert.ok(got.equals(whole.subarray(first, last + 1)), `${first}-${last}`);
    await free(id);
    assert.equal((await client.status(id)).state, 'ready', `${first}-${last}: the beginning was not sent yet`);
  }
  const beyond = await part(id, `bytes=${bytes}-`);
  assert.deepEqual([beyond.status, beyond.headers.get('Content-Range')], [416, `bytes */${bytes}`]);
  assert.equal((await problem(beyond)).code, 'no_such_part');
  // Another file's tag, or a range that makes no sense: the whole.
  const other = await part(id, 'bytes=5-9', { 'If-Range': '"another"' });
  assert.deepEqual([other.status, other.headers.get('Accept-Ranges')], [200, 'bytes']);
  assert.ok(Buffer.from(await other.arrayBuffer()).equals(whole));
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');
  assert.equal((await part(id, 'bytes=5-9')).status, 410);
});

test('the rest of what was sent before is a delivery', async () => {
  const { id, bytes, chunks } = await ready();
  assert.ok(chunks.length >= 4);
  // Up to somewhere in the third chunk; then, by the tag of the file, the rest from somewhere before that.
  const at = chunks.slice(0, 2).reduce((sum, chunk) => sum + chunk.bytes, 1_000);
  const first = await part(id, `bytes=0-${at}`);
  const tag = first.headers.get('ETag') ?? '';
  const begin = Buffer.from(await first.arrayBuffer());
  await free(id);
  // Who looks at the end meanwhile does not count.
  await (await part(id, 'bytes=-10')).arrayBuffer();
  await free(id);
  const rest = await part(id, `bytes=${begin.length}-`, { 'If-Range': tag });
  assert.equal(rest.status, 206);
  const end = Buffer.from(await rest.arrayBuffer());
  assert.equal(begin.length + end.length, bytes);
  assert.ok(Buffer.concat([begin, end]).equals(whole));
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');
  await eventually('nothing is stored', async () => (await mapshot.chunkKeys()).every((key) => !key.includes(id)));
});

test('curl goes on with a file that is there in part', async (t) => {
  if (spawnSync('curl', ['--version']).status !== 0) return t.skip('curl is not installed');
  const { id } = await ready();
  const path = join(mkdtempSync(join(tmpdir(), 'mapshot-curl-')), 'image.png');
  writeFileSync(path, whole);
  truncateSync(path, 100_000);
  const address = `${mapshot.origin}/api/captures/${id}/image`;
  // The test's own process must not wait for it: the server's is another.
  const curl = spawnSync('curl', ['-sS', '--fail', '-C', '-', '-o', path, address], { encoding: 'utf8' });
  assert.equal(curl.status, 0, curl.stderr);
  assert.equal(statSync(path).size, whole.length);
  assert.ok(readFileSync(path).equals(whole));
  return undefined;
});

test('parts of an image that is still being rendered are not to be had yet', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  tiles.fault = async () => {
    await gate;
    return false;
  };
  const { id } = await client.capture(request);
  const early = await part(id, 'bytes=500-');
  assert.equal(early.status, 503);
  assert.ok(Number(early.headers.get('Retry-After')) >= 1);
  assert.equal((await problem(early)).code, 'image_not_ready');
  open();
  await client.until(id, ['ready']);
  const late = await part(id, 'bytes=500-');
  assert.ok(Buffer.from(await late.arrayBuffer()).equals(whole.subarray(500)));
  await client.delete(`/api/captures/${id}`);
});
