// Clients at work while the runtime is killed again and again; afterwards nothing is lost, doubled or left behind.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually } from '../server/client.ts';
import { entry as source, startMapshot, type MapshotOptions } from '../server/mapshot.ts';
import { pick, seeded } from '../server/random.ts';
import { startTileServer } from '../server/tile-server.ts';
import { Customer, type Order } from './customer.ts';
import { Ledger, type Entry } from './ledger.ts';
import { World } from './world.ts';

export interface SoakOptions {
  kills: number;
  seed: number;
  /** Whether to wait until the chunk store has nothing left, as long as a chunk may live there. */
  untilEmpty: boolean;
  /** Renderers that may be lost on one strip before the capture fails. */
  maxAttempts: number;
  log?: (line: string) => void;
}

export interface SoakReport {
  kills: number;
  accepted: number;
  delivered: number;
  failed: number;
  /** POSTs that were made again because a kill took the answer. */
  repeated: number;
  /** Downloads that a kill broke. */
  broken: number;
  /** Keys that were still in the chunk store when all captures were over. */
  leftBehind: number;
}

const CUSTOMERS = 6;

/** The moment of a kill, after the runtime is up and has work. */
const MOST_UNTIL_KILL_MS = 1_500;

// Short, so that what a kill leaves behind is over about when the runtime is up again.
const LEASE_MS = 2_000;
const CLAIM_MS = 3_000;
const RETENTION_MS = 60_000;
const RENDERING_MS = 60_000;

/** How long a chunk lives that the lane never heard of. */
const CHUNK_TTL_MS = RETENTION_MS + RENDERING_MS;

/** The lane tries again after this to delete what it was deleting when it died; and some time to do it. */
const SWEEP_MS = 45_000;

const REQUESTS = [
  { name: 'png', area: { center: [10, 20], size_px: [1500, 2000] }, layers: [{ source: 'marble' }], zoom: 15 },
  { name: 'jpeg', area: { center: [30, 20], size_px: [2000, 1500] }, layers: [{ source: 'marble' }], zoom: 15, format: 'jpeg' },
  { name: 'small', area: { center: [50, 20], size_px: [300, 300] }, layers: [{ source: 'marble' }], zoom: 15 },
  { name: 'earth', area: { center: [10, 45], size_px: [500, 500] }, layers: [{ source: 'naturalearth' }], zoom: 5 },
];

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const log = options.log ?? (() => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'mapshot-soak-'));
  const tiles = await startTileServer();
  const server: MapshotOptions = {
    sources: [source('marble', tiles.template)],
    vars: Object.fromEntries(
      Object.entries({ LEASE_MS, CLAIM_MS, RETENTION_MS, RENDERING_MS, MAX_ATTEMPTS: options.maxAttempts }).map(
        ([name, value]) => [name, String(value)],
      ),
    ),
  };
  try {
    const orders = await undisturbed({ ...server, state: join(folder, 'undisturbed') });
    log(`what to expect: ${orders.map(({ name, file }) => `${name} ${file.length} bytes`).join(', ')}`);
    tiles.fault = async () => {
      await sleep(5);
      return false;
    };
    const killed: MapshotOptions = { ...server, state: join(folder, 'killed') };
    const ledger = new Ledger();
    const world = new World(killed);
    try {
      await disturbed(world, ledger, orders, options, log);
    } finally {
      await world.end();
    }
    assert.deepEqual(ledger.violations, []);
    const leftBehind = await afterwards(killed, ledger.entries, options.untilEmpty, log);
    const count = (end: Entry['end']) => ledger.entries.filter((entry) => entry.end === end).length;
    return {
      kills: world.kills,
      accepted: ledger.entries.length,
      delivered: count('delivered'),
      failed: count('failed'),
      repeated: ledger.repeated,
      broken: ledger.broken,
      leftBehind,
    };
  } finally {
    await tiles.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files as they are when nobody is killed. */
async function undisturbed(options: MapshotOptions): Promise<Order[]> {
  const mapshot = await startMapshot(options);
  try {
    const client = new Client(mapshot.origin);
    const orders: Order[] = [];
    for (const { name, ...request } of REQUESTS) {
      const { id } = await client.capture(request);
      const { state, error } = await client.until(id, ['ready', 'failed']);
      assert.equal(state, 'ready', JSON.stringify(error));
      orders.push({ name, request, file: await client.image(id) });
    }
    return orders;
  } finally {
    await mapshot.close();
  }
}

/** Customers order and fetch until enough kills have come; what is under way then is seen through. */
async function disturbed(
  world: World,
  ledger: Ledger,
  orders: Order[],
  options: SoakOptions,
  log: (line: string) => void,
): Promise<void> {
  let working = true;
  const customers = Array.from({ length: CUSTOMERS }, async (_, i) => {
    const random = seeded(options.seed * 1_000 + i + 1);
    const customer = new Customer(`customer-${i}`, random, world, ledger);
    while (working) await customer.order(pick(random, orders));
  });
  let watching = true;
  const all = Promise.all(customers).finally(() => (watching = false));
  const watcher = watch(world, ledger, () => watching);
  const killer = kill(world, ledger, options, log).finally(() => (working = false));
  await Promise.all([all, watcher, killer]);
}

async function kill(world: World, ledger: Ledger, options: SoakOptions, log: (line: string) => void): Promise<void> {
  const random = seeded(options.seed);
  while (!world.over && world.kills < options.kills && ledger.violations.length === 0) {
    await eventually('somebody waits', () => ledger.entries.some((entry) => entry.end === undefined));
    await sleep(random() * MOST_UNTIL_KILL_MS);
    await world.kill();
    if (world.kills % 10 === 0) {
      const ended = ledger.entries.filter((entry) => entry.end !== undefined).length;
      log(`${world.kills} kills: ${ledger.entries.length} captures accepted, ${ended} over`);
    }
  }
}

/** Looks at all captures that are not over, the latest first. */
async function watch(world: World, ledger: Ledger, watching: () => boolean): Promise<void> {
  while (watching() && !world.over) {
    const heard = await world.attempt(async ({ client }) => {
      const seen = [];
      for (const entry of ledger.entries.filter(({ end }) => end === undefined).reverse()) {
        const status = await client.status(entry.id);
        ledger.heard('watcher', entry, status);
        seen.push({ entry, status });
      }
      return seen;
    });
    ledger.heardInTurn(heard);
    await sleep(50);
  }
}

/** When all is over: what was delivered stays gone, and the chunk store is emptied. */
async function afterwards(
  options: MapshotOptions,
  entries: readonly Entry[],
  untilEmpty: boolean,
  log: (line: string) => void,
): Promise<number> {
  const mapshot = await startMapshot(options);
  try {
    const client = new Client(mapshot.origin);
    const stored = await mapshot.storedChunks();
    log(`${stored.length} keys are left in the chunk store`);
    const latest_s = (Date.now() + CHUNK_TTL_MS) / 1_000;
    for (const { name, expiration } of stored) {
      assert.ok(expiration !== undefined && expiration <= latest_s, `${name} expires at ${expiration}, not by ${latest_s}`);
    }
    await Promise.all(['marble', 'naturalearth'].map((lane) => stayGone(client, entries.filter(({ id }) => id.startsWith(`${lane}-`)))));
    if (untilEmpty) {
      const empty = async () => (await mapshot.storedChunks()).length === 0;
      await eventually('the chunk store is empty', empty, Math.max(CHUNK_TTL_MS, SWEEP_MS) + 5_000);
    }
    return stored.length;
  } finally {
    await mapshot.close();
  }
}

async function stayGone(client: Client, entries: readonly Entry[]): Promise<void> {
  for (const { id, end, chunks } of entries) {
    assert.ok(end, `${id} is not over`);
    if (end !== 'delivered') continue;
    const paths = [...Array(chunks).keys()].map((index) => `chunks/${index}`);
    for (const path of ['image', ...paths]) {
      const { status } = await client.get(`/api/captures/${id}/${path}`);
      assert.equal(status, 410, `${path} of ${id}`);
    }
  }
}
