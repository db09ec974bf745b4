// Fetching: once, whole, and again when it broke.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually, problem, type Accepted } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({ sources: [entry('marble', tiles.template)] });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

beforeEach(() => {
  tiles.fault = () => false;
});

const request = (width: number, height: number) => ({
  area: { center: [10, 20], size_px: [width, height] },
  layers: [{ source: 'marble' }],
  zoom: 15,
});

async function ready(width: number, height: number): Promise<Accepted> {
  const accepted = await client.capture(request(width, height));
  const status = await client.until(accepted.id, ['ready', 'failed']);
  assert.equal(status.state, 'ready', JSON.stringify(status.error));
  return accepted;
}

/** What the chunk store holds of a capture. */
const stored = async (id: string) => (await mapshot.chunkKeys()).filter((key) => key.includes(id));

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Starts a download and breaks it after some bytes. Resolves when the connection is gone. */
function broken(path: string, afterBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(mapshot.origin + path, (response) => {
      let got = 0;
      response.on('data', (data: Buffer) => {
        got += data.length;
        if (got >= afterBytes) response.destroy();
      });
      response.on('close', () => resolve(got));
      response.on('error', () => resolve(got));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

test('the chunks in their order are the file', async () => {
  const { id } = await ready(2000, 1500);
  const { chunks } = await client.status(id);
  assert.ok(chunks.length >= 4);
  const parts: Buffer[] = [];
  for (const chunk of chunks) {
    const response = await client.get(`/api/captures/${id}/chunks/${chunk.index}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Length'), String(chunk.bytes));
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(bytes.length, chunk.bytes);
    assert.equal(sha256(bytes), chunk.sha256);
    assert.equal(response.headers.get('X-SHA256'), chunk.sha256);
    parts.push(bytes);
  }
  const image = await decode(Buffer.concat(parts));
  assert.deepEqual([image.width, image.height], [2000, 1500]);
  await eventually('the capture is delivered', async () => (await client.status(id)).state === 'delivered');
  await eventually('nothing is stored', async () => (await stored(id)).length === 0);
  for (const chunk of chunks) {
    const again = await client.get(`/api/captures/${id}/chunks/${chunk.index}`);
    assert.equal(again.status, 410);
    assert.equal((await problem(again)).code, 'delivered');
  }
  assert.equal((await client.get(`/api/captures/${id}/image`)).status, 410);
});

test('of two who fetch a chunk at once exactly one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await ready(600, 600);
    const path = `/api/captures/${id}/chunks/1`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.get(path)));
    const got = answers.filter((a) => a.status === 200);
    assert.equal(got.length, 1, answers.map((a) => a.status).join(' '));
    for (const answer of answers) {
      if (answer.status === 200) await answer.arrayBuffer();
      // Whoever came while it was being sent, or just after.
      else assert.ok([409, 410].includes(answer.status), String(answer.status));
    }
    await eventually('it is gone', async () => (await client.get(path)).status === 410);
    await client.delete(`/api/captures/${id}`);
  }
});

test('of two who fetch the image at once exactly one gets it', async () => {
  const { id } = await ready(3000, 3000);
  const answers = await Promise.all([1, 2, 3].map(() => client.get(`/api/captures/${id}/image`)));
  assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409, 409]);
  const refused = answers.find((a) => a.status === 409);
  assert.equal((await problem(refused as Response)).code, 'being_fetched');
  const chunk = await client.get(`/api/captures/${id}/chunks/1`);
  assert.equal(chunk.status, 409, 'nor does anybody get a part of it meanwhile');
  const image = await decode(Buffer.from(await (answers.find((a) => a.status === 200) as Response).arrayBuffer()));
  assert.equal(image.width, 3000);
});

test('a transfer that breaks is given back and can be fetched again whole', async () => {
  const { id } = await ready(4000, 4000);
  const before = await stored(id);
  assert.ok((await client.status(id)).bytes > 8 << 20, 'more than the kernel takes from a stalled sender');
  const got = await broken(`/api/captures/${id}/image`, 100_000);
  assert.ok(got < 8 << 20);
  await eventually('it is given back', async () => {
    const { chunks, state } = await client.status(id);
    return state === 'ready' && chunks.every((chunk) => chunk.state === 'ready');
  });
  assert.deepEqual(await stored(id), before, 'nothing was deleted');
  const image = await decode(await client.image(id));
  assert.deepEqual([image.width, image.height], [4000, 4000]);
  await eventually('nothing is stored', async () => (await stored(id)).length === 0);
});

test('a chunk whose transfer breaks is given back, or gone, but never held', async () => {
  const { id } = await ready(16_000, 600);
  const largest = (await client.status(id)).chunks.sort((a, b) => b.bytes - a.bytes)[0];
  assert.ok(largest);
  await broken(`/api/captures/${id}/chunks/${largest.index}`, 10_000);
  await eventually('it is ready or gone', async () => {
    const chunk = (await client.status(id)).chunks[largest.index];
    // A chunk that the kernel's buffers took whole counts as sent; any other is given back.
    return chunk?.state !== 'claimed';
  });
  await client.delete(`/api/captures/${id}`);
});

test('an acknowledged chunk is gone without being fetched', async () => {
  const { id } = await ready(600, 600);
  assert.equal((await client.delete(`/api/captures/${id}/chunks/1`)).status, 204);
  assert.equal((await client.get(`/api/captures/${id}/chunks/1`)).status, 410);
  assert.equal((await client.delete(`/api/captures/${id}/chunks/1`)).status, 204, 'a second time it is as gone');
  assert.equal((await client.get(`/api/captures/${id}/chunks/99`)).status, 404);
  const image = await client.get(`/api/captures/${id}/image`);
  assert.equal(image.status, 410, 'an image with a hole is not given out');
  for (const { index } of (await client.status(id)).chunks) await client.delete(`/api/captures/${id}/chunks/${index}`);
  assert.equal((await client.status(id)).state, 'delivered');
  await eventually('nothing is stored', async () => (await stored(id)).length === 0);
});

test('curl -OJ saves a file with a name, and knows its length', async () => {
  const { id } = await ready(1200, 900);
  const folder = mkdtempSync(join(tmpdir(), 'mapshot-curl-'));
  const args = ['-sS', '-f', '-OJ', '-D', '-', `${mapshot.origin}/api/captures/${id}/image`];
  const curl = spawnSync('curl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(curl.status, 0, curl.stderr);
  const names = readdirSync(folder);
  assert.deepEqual(names, ['mapshot-marble-z15-20.0000-10.0000.png']);
  const file = readFileSync(join(folder, names[0] ?? ''));
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'mi').exec(curl.stdout)?.[1]?.trim();
  assert.equal(header('Content-Length'), String(file.length));
  assert.equal(header('Content-Type'), 'image/png');
  assert.deepEqual([(await decode(file)).width, (await decode(file)).height], [1200, 900]);
});

test('an image opened early is sent while it is rendered', async () => {
  tiles.fault = async () => {
    await sleep(15);
    return false;
  };
  const { id, plan } = await client.capture(request(3000, 3000));
  const response = await client.get(`/api/captures/${id}/image`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('Content-Length'), null, 'its length is not known yet');
  const reader = response.body?.getReader();
  assert.ok(reader);
  const parts: Uint8Array[] = [];
  let beforeReady = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    if ((await client.status(id)).state === 'rendering') beforeReady += value.length;
  }
  assert.ok(beforeReady > 100_000, `${beforeReady} bytes came before the image was ready`);
  const image = await decode(Buffer.concat(parts));
  assert.deepEqual([image.width, image.height], [plan.width_px, plan.height_px]);
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');
});

test('an image opened early that fails later never looks whole', async () => {
  tiles.fault = async (tile, response) => {
    // The first strips are there, and being sent, before a later one fails.
    await sleep(tile.y % 8 === 7 ? 1500 : 5);
    if (tile.y % 8 !== 7) return false;
    response.writeHead(404).end();
    return true;
  };
  const { id } = await client.capture(request(3000, 3000));
  const response = await client.get(`/api/captures/${id}/image`);
  assert.equal(response.status, 200);
  // The edge breaks the connection. workerd by itself ends a body of unknown length as if it were complete; then the
  // file has no end, and no reader that checks takes it.
  const got = await response.arrayBuffer().catch(() => undefined);
  if (got) {
    const file = Buffer.from(got);
    assert.ok(!file.includes('IEND'));
    await assert.rejects(decode(file));
  }
  assert.equal((await client.status(id)).state, 'failed');
  await eventually('nothing is stored', async () => (await stored(id)).length === 0);
});

test('one call queues, waits and fetches', async () => {
  const query = 'center=10,20&size_px=1500,1200&source=marble&zoom=15';
  const response = await client.get(`/api/image?${query}`);
  assert.equal(response.status, 200, await (response.ok ? '' : response.text()));
  const id = response.headers.get('X-Capture') ?? '';
  assert.match(id, /^marble-[0-9a-f]{32}$/);
  const image = await decode(Buffer.from(await response.arrayBuffer()));
  assert.deepEqual([image.width, image.height], [1500, 1200]);
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');

  tiles.fault = (_, response) => {
    response.writeHead(404).end();
    return true;
  };
  const failed = await client.get(`/api/image?${query}`);
  assert.equal(failed.status, 502);
  assert.equal((await problem(failed)).code, 'capture_failed');
  const wrong = await client.get('/api/image?center=10,20&radius_m=-5&source=marble&zoom=15');
  assert.equal(wrong.status, 400);
  assert.deepEqual([(await problem(wrong)).code], ['out_of_range']);
  await eventually('nothing is stored', async () => (await stored(id)).length === 0);
});
