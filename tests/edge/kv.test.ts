// The chunk store as it really is: late, forgetful, out of order. The files are right, and nothing stays behind.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client, eventually, problem } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { startObserver, type Observer, type Operation } from '../server/observer.ts';
import { marble, startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let observer: Observer;
let mapshot: Mapshot;
let client: Client;
/** The file without any fault. */
let whole: Buffer;

const request = {
  area: { center: [10, 20], size_px: [1500, 1400] },
  layers: [{ source: 'marble' }],
  zoom: 15,
};

before(async () => {
  tiles = await startTileServer();
  observer = await startObserver();
  mapshot = await startMapshot({
    sources: [entry('marble', tiles.template)],
    vars: { CHUNK_PATIENCE_MS: '600', GARBAGE_RETRY_MS: '200' },
    watched: observer.origin,
  });
  client = new Client(mapshot.origin);
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  whole = await client.image(id);
});

after(async () => {
  await mapshot?.close();
  await observer?.close();
  await tiles?.close();
});

beforeEach(() => {
  observer.fault = () => ({});
  observer.operations.length = 0;
});

/** The strip whose piece a key is for. */
const strip = (key: string) => Number(key.split('/')[2]);

/** The first key that is written for each strip. */
const first = (operation: Operation) => {
  const writes = observer.operations.filter(({ op, key }) => op === 'put' && strip(key) === strip(operation.key));
  return (writes[0]?.key ?? operation.key) === operation.key;
};

async function delivered(id: string, file: Buffer): Promise<void> {
  assert.ok(file.equals(whole), 'the file is as it should be');
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');
  await eventually('nothing is stored', async () => (await mapshot.chunkKeys()).length === 0);
}

test('what becomes visible late is waited for', async () => {
  observer.fault = ({ op, times }) => ({ nothing: op === 'get' && times <= 3, late_ms: 5 });
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  await delivered(id, await client.image(id));
  const written = new Set(observer.operations.filter(({ op }) => op === 'put').map(({ key }) => key));
  assert.equal(observer.operations.filter(({ op }) => op === 'put').length, written.size, 'nothing was rendered twice');
});

for (const [what, early] of [['before it is ready', true], ['when it is ready', false]] as const) {
  test(`what the store has lost is rendered again under another key, in an image opened ${what}`, async () => {
    // The first piece of each strip is accepted and gone.
    observer.fault = (operation) => ({ nothing: operation.op === 'put' && first(operation) });
    const { id, plan } = await client.capture(request);
    if (!early) await client.until(id, ['ready']);
    await delivered(id, await client.image(id));
    const keys = observer.operations.filter(({ op }) => op === 'put').map(({ key }) => key);
    for (let i = 0; i < plan.strips; i++) assert.ok(new Set(keys.filter((key) => strip(key) === i)).size >= 2, `strip ${i}: ${keys.join(' ')}`);
  });
}

test('a store that remembers not having found a key is asked for another', async () => {
  observer.fault = (operation) => ({ nothing: operation.op === 'get' && strip(operation.key) === 1 && first(operation) });
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  await delivered(id, await client.image(id));
});

test('a chunk that is lost is told, and can be had later', async () => {
  observer.fault = (operation) => ({ nothing: operation.op === 'put' && strip(operation.key) === 0 && first(operation) });
  const { id } = await client.capture(request);
  const { chunks } = await client.until(id, ['ready']);
  const parts: Buffer[] = [];
  for (const { index, sha256 } of chunks) {
    const path = `/api/captures/${id}/chunks/${index}`;
    let response = await client.get(path);
    if (index === 1) {
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get('Retry-After')) >= 1);
      assert.equal((await problem(response)).code, 'chunk_not_found');
      assert.equal((await client.status(id)).state, 'rendering');
      await client.until(id, ['ready']);
      response = await client.get(path);
    }
    assert.deepEqual([response.status, response.headers.get('X-SHA256')], [200, sha256]);
    parts.push(Buffer.from(await response.arrayBuffer()));
  }
  await delivered(id, Buffer.concat(parts));
});

test('writes and deletions that fail are repeated, and so are those whose answer is lost', async () => {
  observer.fault = ({ op, key, times }) => {
    if (op === 'put' && times === 1) return strip(key) % 2 === 0 ? { fail: true } : { silent: true };
    return { fail: op === 'delete' && times <= 2 };
  };
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  await delivered(id, await client.image(id));
  assert.ok(observer.operations.some(({ op, times }) => op === 'put' && times === 2));
  assert.ok(observer.operations.some(({ op, times }) => op === 'delete' && times === 3));
});

test('a strip that is lost again and again fails the capture, and the next one goes on', async () => {
  observer.fault = ({ op, key }) => ({ nothing: op === 'put' && strip(key) === 0 });
  const poisoned = await client.capture(request);
  await client.until(poisoned.id, ['ready']);
  await assert.rejects(client.image(poisoned.id));
  const failed = await client.until(poisoned.id, ['failed']);
  assert.equal(failed.error?.code, 'chunk_lost');
  assert.match(failed.error?.detail ?? '', /strip 0 failed 3 times/);
  observer.fault = () => ({});
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  await delivered(id, await client.image(id));
});

test('when the source shows something else meanwhile, no file is sewn together of two', async () => {
  observer.fault = (operation) => ({ nothing: operation.op === 'put' && strip(operation.key) === 1 && first(operation) });
  const { id } = await client.capture(request);
  await client.until(id, ['ready']);
  tiles.fault = (tile, response) => {
    if (tile.z !== 15) return false;
    response.writeHead(200).end(marble(tile.x + 3, tile.y + 2));
    return true;
  };
  await assert.rejects(client.image(id));
  tiles.fault = () => false;
  const failed = await client.until(id, ['failed']);
  assert.equal(failed.error?.code, 'chunk_lost');
  assert.match(failed.error?.detail ?? '', /the source shows something else/);
  await eventually('nothing is stored', async () => (await mapshot.chunkKeys()).length === 0);
});
