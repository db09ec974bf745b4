// The queue as clients see it: order, progress, giving up.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, eventually, problem, type Status } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { openSocket } from '../server/socket.ts';
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

const square = (side: number, more: object = {}) => ({
  area: { center: [10, 20], size_px: [side, side] },
  layers: [{ source: 'marble' }],
  zoom: 15,
  ...more,
});

test('ten captures at once come out in the order of their tickets', async () => {
  // No tile is answered until all ten are in, so that only the queue decides.
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const begun: number[] = [];
  // Each capture lies in a column of tiles of its own, which tells whose tile is asked for.
  const longitude = (i: number) => -150 + i * 25;
  const owner = (x: number) => Math.abs(Math.round(((x + 0.5) / 2 ** 15) * 14.4 - 1.2));
  tiles.fault = async (tile) => {
    const i = owner(tile.x);
    if (!begun.includes(i)) begun.push(i);
    await gate;
    await sleep(2);
    return false;
  };
  const request = (i: number) => square(1500, { area: { center: [longitude(i), 20], size_px: [1500 + i, 1500] } });
  const accepted = await Promise.all(Array.from({ length: 10 }, (_, i) => client.capture(request(i))));
  const ids = accepted.map(({ id }) => id);
  await eventually('the first is being rendered', async () => {
    const all = await Promise.all(ids.map((id) => client.status(id)));
    return all.some((s) => s.state === 'rendering');
  });
  const held = await Promise.all(ids.map((id) => client.status(id)));
  // The tickets: one is served, the others wait at positions 1 to 9.
  assert.deepEqual(held.map(({ ticket }) => ticket), accepted.map(({ ticket }) => ticket));
  const order = held.map(({ position, ticket }, i) => ({ i, position, ticket })).sort((a, b) => a.position - b.position);
  assert.deepEqual(order.map(({ position }) => position), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(order.every(({ ticket }, n) => n === 0 || ticket > (order[n - 1]?.ticket ?? Infinity)), 'numbered in that order');
  const tickets = order.map(({ i }) => i);

  open();
  const ready: number[] = [];
  const lastPosition = new Map<number, number>();
  await eventually('all are ready', async () => {
    for (const i of tickets) {
      const status = await client.status(ids[i] ?? '');
      assert.ok(status.position <= (lastPosition.get(i) ?? Infinity), 'nobody moves back');
      lastPosition.set(i, status.position);
      if (status.state === 'ready' && !ready.includes(i)) ready.push(i);
    }
    return ready.length === ids.length;
  });
  assert.deepEqual(begun, tickets, 'rendering begins in the order of the tickets');
  assert.deepEqual(ready, tickets, 'and so it ends');
  for (const [i, id] of ids.entries()) {
    const image = await decode(await client.image(id));
    assert.deepEqual([image.width, image.height], [1500 + i, 1500]);
  }
});

test('two strips of one capture are under way at once', async () => {
  const under = new Map<number, number>();
  let mostStrips = 0;
  tiles.fault = async (tile) => {
    const count = (by: number) => under.set(tile.y, (under.get(tile.y) ?? 0) + by);
    count(1);
    mostStrips = Math.max(mostStrips, [...under.values()].filter((n) => n > 0).length);
    await sleep(20);
    count(-1);
    return false;
  };
  // 6,000 px wide: a strip is one row of tiles, so tiles of two rows at once are two strips.
  const { id, plan } = await client.capture({ ...square(6000), area: { center: [10, 20], size_px: [6000, 1024] } });
  assert.ok(plan.strips >= 4);
  await client.until(id, ['ready']);
  assert.equal(mostStrips, 2);
  await client.delete(`/api/captures/${id}`);
});

test('the socket and polling tell the same story', async () => {
  tiles.fault = async () => {
    await sleep(60);
    return false;
  };
  const first = await client.capture(square(1500));
  // Some strips after another, so that there is progress between two messages.
  const { id, links } = await client.capture(square(3500));
  const socket = await openSocket(mapshot.origin, links.socket);
  const polled: Status[] = [];
  let status = await client.status(id);
  while (status.state !== 'ready') {
    polled.push(status);
    await sleep(50);
    status = await client.status(id);
  }
  assert.equal(await socket.ping(), 'pong');
  await eventually('the socket says ready', () => socket.messages.at(-1)?.status.state === 'ready');

  const snapshot = socket.messages[0];
  assert.equal(snapshot?.type, 'snapshot');
  assert.equal(snapshot.status.id, id);
  assert.ok(socket.messages.slice(1).every((m) => m.type === 'update'));
  assert.deepEqual(socket.messages.map((m) => m.seq), socket.messages.map((_, i) => i + 1));
  // The same object, field by field, at the end; and the same way there.
  const last = socket.messages.at(-1)?.status;
  const { links: _, ...bare } = (await client.status(id)) as Status & { links: unknown };
  assert.deepEqual(last, bare);
  const path = (all: Status[]) => [...new Set(all.map((s) => s.state))];
  const told = socket.messages.map((m) => m.status);
  assert.deepEqual(path(told), ['queued', 'rendering', 'ready']);
  assert.deepEqual(path([...polled, status]), ['queued', 'rendering', 'ready']);
  for (const story of [told, polled]) {
    for (let i = 1; i < story.length; i++) {
      assert.ok((story[i]?.tiles.done ?? 0) >= (story[i - 1]?.tiles.done ?? 0), 'progress never goes back');
    }
  }
  assert.ok(told.some((s) => s.position === 1), 'the socket said that one is ahead');
  assert.ok(told.some((s) => s.tiles.done > 0 && s.tiles.done < s.tiles.total), 'the socket showed progress');
  // At most two messages a second.
  for (let i = 2; i < socket.messages.length; i++) {
    const gap = (socket.messages[i]?.at ?? 0) - (socket.messages[i - 1]?.at ?? 0);
    assert.ok(gap > 400, `${gap} ms between two updates`);
  }
  await client.delete(`/api/captures/${first.id}`);
  await client.delete(`/api/captures/${id}`);
  assert.equal(await socket.closed, 1000, 'the socket ends with the capture');
  assert.equal(socket.messages.at(-1)?.status.state, 'cancelled');
});

test('cancel frees everything, whenever it comes', async () => {
  tiles.fault = async () => {
    await sleep(40);
    return false;
  };
  const running = await client.capture(square(3000));
  const waiting = await client.capture(square(900));
  await eventually('strips are stored', async () => (await client.status(running.id)).strips.done > 0);
  assert.equal((await client.delete(`/api/captures/${waiting.id}`)).status, 204);
  assert.equal((await client.delete(`/api/captures/${running.id}`)).status, 204);
  for (const { id } of [running, waiting]) assert.equal((await client.status(id)).state, 'cancelled');
  const stored = async () =>
    (await mapshot.chunkKeys()).filter((key) => key.includes(running.id) || key.includes(waiting.id));
  await eventually('the chunk store is empty', async () => (await stored()).length === 0);
  const asked = tiles.asked;
  await eventually('no tile is fetched any more', async () => {
    const before = tiles.asked;
    await sleep(300);
    return tiles.asked === before;
  });
  assert.ok(tiles.asked - asked < 60, `${tiles.asked - asked} tiles were fetched after the cancel`);
  assert.deepEqual(await stored(), [], 'and nothing was stored later');
  const gone = await client.get(`/api/captures/${running.id}/image`);
  assert.equal(gone.status, 410);
  assert.equal((await problem(gone)).code, 'capture_ended');
  // A second time nothing happens, and the next capture is served.
  assert.equal((await client.delete(`/api/captures/${running.id}`)).status, 204);
  tiles.fault = () => false;
  const next = await client.capture(square(300));
  await client.until(next.id, ['ready']);
  await client.image(next.id);
});

test('an Idempotency-Key gives the same capture for the same request', async () => {
  const key = { 'Idempotency-Key': 'order-4711' };
  const first = await client.capture(square(300), key);
  const again = await client.capture(square(300), key);
  assert.equal(again.id, first.id);
  const other = await client.post('/api/captures', square(301), key);
  assert.equal(other.status, 422);
  assert.equal((await problem(other)).code, 'idempotency_key_reused');
  const own = await client.capture(square(300), { 'Idempotency-Key': 'order-4712' });
  assert.notEqual(own.id, first.id);
  for (const id of [first.id, own.id]) {
    await client.until(id, ['ready']);
    await client.image(id);
  }
});

test('a missing tile fails, is marked, or is filled from below, and always told', async () => {
  tiles.fault = (tile, response) => {
    if (tile.z !== 15 || (tile.x + tile.y) % 5 !== 0) return false;
    response.writeHead(404).end();
    return true;
  };
  const fails = await client.capture(square(600));
  const failed = await client.until(fails.id, ['failed', 'ready']);
  assert.equal(failed.state, 'failed');
  assert.equal(failed.error?.code, 'tile_missing');
  assert.match(failed.error?.detail ?? '', /tile 15\/\d+\/\d+ of "marble" is missing: .*404/);
  const refused = await client.get(`/api/captures/${fails.id}/image`);
  assert.equal(refused.status, 502);

  for (const [onMissing, shown] of [['mark', 'mark'], ['parent', 'parent']]) {
    const { id } = await client.capture(square(600, { on_missing: onMissing }));
    const ready = await client.until(id, ['ready', 'failed']);
    assert.equal(ready.state, 'ready', JSON.stringify(ready.error));
    assert.ok(ready.missing.length > 0);
    assert.equal(ready.tiles.missing, ready.missing.length);
    assert.ok(ready.missing.every((m) => m.source === 'marble' && (m.x + m.y) % 5 === 0 && m.shown === shown));
    assert.ok(ready.missing.every((m) => m.reason === 'the source answered with status 404'));
    await client.image(id);
  }
});

test('a tile that fails for a moment is asked for again', async () => {
  const failed = new Set<string>();
  tiles.fault = (tile, response) => {
    const name = `${tile.x}/${tile.y}`;
    if (failed.has(name)) return false;
    failed.add(name);
    response.writeHead(503).end();
    return true;
  };
  const { id, plan } = await client.capture(square(500));
  const ready = await client.until(id, ['ready', 'failed']);
  assert.equal(ready.state, 'ready', JSON.stringify(ready.error));
  assert.equal(ready.tiles.retries, plan.tiles);
  await client.image(id);
});

test('sources are asked politely and never follow a redirect', async () => {
  const { id } = await client.capture(square(200));
  await client.until(id, ['ready']);
  await client.image(id);
  assert.match(tiles.lastHeaders['user-agent'] ?? '', /^Mapshot\//);
  let elsewhere = 0;
  tiles.fault = (tile, response) => {
    if (tile.z === 0) {
      elsewhere += 1;
      return false;
    }
    response.writeHead(302, { Location: `${tiles.origin}/0/0/0` }).end();
    return true;
  };
  const redirected = await client.capture(square(200));
  const failed = await client.until(redirected.id, ['failed', 'ready']);
  assert.match(failed.error?.detail ?? '', /redirects/);
  assert.equal(elsewhere, 0);
});
