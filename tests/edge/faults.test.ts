// Renderers that die, hang, come late or speak twice; lanes that are reset between any two calls. Each costs a strip an attempt, and
// nobody else anything.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client, eventually } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { startObserver, type Observer, type StoreFault } from '../server/observer.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let observer: Observer;
let mapshot: Mapshot;
let client: Client;
let whole: Buffer;

const LEASE_MS = 1_500;
const MAX_ATTEMPTS = 5;

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
    vars: { LEASE_MS: String(LEASE_MS), GARBAGE_RETRY_MS: '200', MAX_ATTEMPTS: String(MAX_ATTEMPTS) },
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

const stored = async (id: string) => (await mapshot.chunkKeys()).filter((key) => key.includes(id));

/** The capture is as if nothing had been, and nothing stays behind. */
async function wholeAndClean(id: string, leaves = false): Promise<void> {
  await client.until(id, ['ready', 'failed'], 40_000);
  assert.ok((await client.image(id)).equals(whole));
  await eventually('it is delivered', async () => (await client.status(id)).state === 'delivered');
  // What a renderer stored and could not tell of is nobody's to delete: it expires by itself.
  if (!leaves) await eventually('nothing is stored', async () => (await stored(id)).length === 0);
}

const cases: [what: string, op: string, fault: StoreFault][] = [
  ['a renderer that dies with a finished strip', 'complete', { fail: true }],
  ['a renderer that hangs', 'complete', { nothing: true }],
  ['a completion whose answer is lost', 'complete', { silent: true }],
  ['a completion that comes twice', 'complete', { twice: true }],
  ['a renderer that comes when its lease has run out', 'complete', { late_ms: LEASE_MS * 2 }],
  ['a renderer that dies with a lease', 'lease', { silent: true }],
  ['a lease that nobody asked for', 'lease', { twice: true }],
  ['a lane that is reset after a lease', 'lease', { abort: true }],
  ['a lane that is reset after a completion', 'complete', { abort: true }],
  ['progress that does not arrive', 'progress', { fail: true }],
];

for (const [what, op, fault] of cases) {
  test(`${what} costs an attempt at the most`, async () => {
    let once = 0;
    observer.fault = (operation) => {
      if (operation.op !== op || once > 0) return {};
      once += 1;
      return fault;
    };
    // Slow enough that there is progress to be told.
    if (op === 'progress') {
      tiles.fault = async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return false;
      };
    }
    const { id } = await client.capture(request);
    await wholeAndClean(id, fault.nothing || fault.fail);
    tiles.fault = () => false;
    assert.equal(once, 1, 'it happened');
  });
}

test('a lane that is reset again and again comes to an end all the same', async () => {
  let resets = 0;
  observer.fault = ({ op }) => {
    if (!['lease', 'complete', 'progress'].includes(op) || resets >= 8) return {};
    resets += 1;
    return { abort: true };
  };
  const { id } = await client.capture(request);
  await wholeAndClean(id, true);
  assert.ok(resets >= 4, `${resets} resets`);
});

test('a strip that kills every renderer fails its capture with the reason, and the next one is served', async () => {
  const poisoned = await client.capture(request);
  observer.fault = ({ op, key }) => ({ fail: op === 'complete' && key === `${poisoned.id}/0` });
  const next = await client.capture({ ...request, area: { center: [12, 20], size_px: [300, 300] } });
  const failed = await client.until(poisoned.id, ['failed', 'ready'], 40_000);
  assert.equal(failed.error?.code, 'renderer_lost');
  assert.match(failed.error?.detail ?? '', new RegExp(`strip 0 failed ${MAX_ATTEMPTS} times`));
  observer.fault = () => ({});
  await client.until(next.id, ['ready'], 40_000);
  await client.image(next.id);
  await eventually('nothing is stored', async () => (await stored(next.id)).length === 0);
});
