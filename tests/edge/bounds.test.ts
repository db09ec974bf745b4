// What the queue does with too much at once, with clients that go away, and with those that cancel.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually, problem } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { openSocket } from '../server/socket.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

const GRACE_MS = 2_000;

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({
    sources: [
      entry('marble', tiles.template),
      entry('narrow', tiles.template, { slots: 1, max_queued: 2 }),
      entry('wide', tiles.template, { slots: 4 }),
    ],
    vars: { MAX_CLIENT_PIXELS: '4000000', MAX_PIXELS: '6000000', GRACE_MS: String(GRACE_MS) },
  });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

beforeEach(() => {
  tiles.fault = () => false;
});

const request = (width: number, height: number, source = 'marble') => ({
  area: { center: [10, 20], size_px: [width, height] },
  layers: [{ source }],
  zoom: 15,
});

const from = (address: string) => ({ 'CF-Connecting-IP': address });

/** Tiles wait until the function returned is called. */
function hold(): () => void {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  tiles.fault = async () => {
    await gate;
    return false;
  };
  return open;
}

const cancel = async (ids: string[]) => {
  for (const id of ids) assert.equal((await client.delete(`/api/captures/${id}`)).status, 204);
};

test('a client has its share of the queue, and all together what there is', async () => {
  const open = hold();
  const a = await client.capture(request(2000, 2000), from('192.0.2.1'));
  const refused = await client.post('/api/captures', request(300, 300), from('192.0.2.1'));
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get('Retry-After')) >= 1);
  const told = await problem(refused);
  assert.deepEqual([told.code, told.value, told.limit], ['too_much_queued', '4000000', '4000000 pixels']);
  // Another has its own; an IPv6 client is its network.
  const b = await client.capture(request(1000, 1000), from('2001:db8:1:2::7'));
  const same = await client.post('/api/captures', request(2000, 1600), from('2001:db8:1:2:ffff::1'));
  assert.equal((await problem(same)).code, 'too_much_queued');
  const other = await client.post('/api/captures', request(1500, 1500), from('2001:db8:1:3::7'));
  assert.equal(other.status, 503);
  assert.deepEqual([(await problem(other)).code, Number(other.headers.get('Retry-After')) >= 1], ['queue_full', true]);
  await cancel([a.id]);
  const again = await client.capture(request(1500, 1500), from('192.0.2.1'));
  open();
  await cancel([b.id, again.id]);
});

test('a source has a queue of its own length and slots of its own number', async () => {
  const under = new Map<string, number>();
  const most = new Map<string, number>();
  tiles.fault = async (tile) => {
    // Its strips are rows of tiles.
    const row = `${tile.y}`;
    under.set(row, (under.get(row) ?? 0) + 1);
    const rows = [...under.values()].filter((n) => n > 0).length;
    most.set(current, Math.max(most.get(current) ?? 0, rows));
    await sleep(15);
    under.set(row, (under.get(row) ?? 0) - 1);
    return false;
  };
  let current = 'narrow';
  for (const source of ['narrow', 'wide']) {
    current = source;
    const { id, plan } = await client.capture(request(6100, 650, source));
    assert.ok(plan.strips >= 3, `${plan.strips} strips`);
    await client.until(id, ['ready']);
    await cancel([id]);
  }
  assert.ok((most.get('narrow') ?? 0) < (most.get('wide') ?? 0), JSON.stringify([...most]));

  const open = hold();
  const held = [await client.capture(request(300, 300, 'narrow')), await client.capture(request(300, 300, 'narrow'))];
  const refused = await client.post('/api/captures', request(300, 300, 'narrow'));
  assert.equal(refused.status, 503);
  assert.deepEqual([(await problem(refused)).limit], ['2 captures']);
  open();
  await cancel(held.map(({ id }) => id));
});

test('who waits without asking gives its place up; who is connected or asks keeps it', async () => {
  const open = hold();
  // Whoever is rendered keeps the others waiting: two strips for two slots.
  const first = await client.capture(request(1500, 1024));
  await eventually('both slots are busy', async () => (await client.status(first.id)).state === 'rendering' && tiles.asked > 0);
  const silent = await client.capture(request(256, 256));
  const connected = await client.capture(request(257, 256));
  const asking = await client.capture(request(258, 256));
  const socket = await openSocket(mapshot.origin, connected.links.socket);
  const lastSeen = Date.now();
  const { links: _, ...rest } = silent;
  const positions: number[] = [];
  await eventually('the silent one has gone', async () => {
    positions.push((await client.status(asking.id)).position);
    return positions.at(-1) === 2;
  });
  assert.ok(Date.now() - lastSeen >= GRACE_MS * 0.8, `after ${Date.now() - lastSeen} ms`);
  assert.equal((await client.status(rest.id)).state, 'expired');
  assert.equal((await client.get(`/api/captures/${silent.id}/image`)).status, 410);
  // Longer than the grace once more.
  const until = Date.now() + GRACE_MS * 1.5;
  await eventually('time has passed', async () => {
    await client.status(asking.id);
    return Date.now() > until;
  });
  assert.equal((await client.status(asking.id)).state, 'queued');
  assert.equal((await client.status(connected.id)).state, 'queued');
  open();
  for (const { id } of [connected, asking]) await client.until(id, ['ready']);
  assert.ok(socket.messages.some((m) => m.status.position === 1), 'the socket said that it moved up');
  socket.close();
  await cancel([first.id, connected.id, asking.id]);
});

test('when a cancel is answered only the tiles on their way are still fetched', async () => {
  const slow = async (): Promise<boolean> => {
    await sleep(30);
    return false;
  };
  tiles.fault = slow;
  for (let round = 0; round < 3; round++) {
    const { id } = await client.capture(request(2000, 1500));
    const before = tiles.asked;
    await eventually('tiles are being fetched', () => tiles.asked > before + 6);
    await cancel([id]);
    const asked = tiles.asked;
    // The next capture of the same lane takes its slots at once; its tiles are others.
    const next = await client.capture({ ...request(256, 256), zoom: 3 });
    let foreign = 0;
    tiles.fault = (tile) => {
      if (tile.z === 15) foreign += 1;
      return slow();
    };
    await client.until(next.id, ['ready']);
    await cancel([next.id]);
    // One for each of the source's connections; at this pace a second would be 400 tiles.
    assert.ok(foreign <= 12 && tiles.asked >= asked, `${foreign} tiles after the cancel`);
    tiles.fault = slow;
  }
});

test('a socket gets at most two messages a second whatever happens, and a capture only so many sockets', async () => {
  tiles.fault = async () => {
    await sleep(20);
    return false;
  };
  const { id, links } = await client.capture(request(2000, 1900));
  const sockets = await Promise.all(Array.from({ length: 16 }, () => openSocket(mapshot.origin, links.socket)));
  await assert.rejects(openSocket(mapshot.origin, links.socket), /429/);
  await client.until(id, ['ready']);
  for (const socket of sockets) {
    await eventually('it says ready', () => socket.messages.at(-1)?.status.state === 'ready');
    const times = socket.messages.map((m) => m.at);
    for (let i = 2; i < times.length; i++) {
      assert.ok((times[i] ?? 0) - (times[i - 2] ?? 0) > 900, `three messages in ${(times[i] ?? 0) - (times[i - 2] ?? 0)} ms`);
    }
    socket.close();
  }
  await cancel([id]);
});
