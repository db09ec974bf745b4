// Sources are asked as they allow, left alone when they refuse, and kept or passed on only where that is meant.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { Client, eventually, problem, type Status } from '../server/client.ts';
import { entry, root, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { marble, odd, startTileServer, type TileServer } from '../server/tile-server.ts';

const RATE = 25;

let tiles: TileServer;
let services: Server;
let mapshot: Mapshot;
let client: Client;
/** When each request came, and what it said of who asks. */
let asked: { at: number; agent: string }[] = [];
let describedBy = 0;

before(async () => {
  tiles = await startTileServer();
  services = createServer((request, response) => {
    if (request.url?.includes('GetCapabilities')) {
      describedBy += 1;
      const text = readFileSync(`${root}tests/fixtures/capabilities/mapserver-1.1.1.xml`, 'utf8');
      response.writeHead(200, { 'Content-Type': 'text/xml' }).end(text.replaceAll('http://localhost', origin()));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end(odd('wms-exception.xml'));
  });
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
  mapshot = await startMapshot({
    sources: [
      entry('paced', tiles.template, { max_per_second: RATE, max_connections: 12 }),
      entry('moody', `${tiles.template}?moody`, { retries: 1 }),
      entry('kept', tiles.template, { cache: true }),
      entry('empty', tiles.template, { empty: { statuses: [404] } }),
      entry('headed', tiles.template, { headers: { 'X-Token': 'x' }, max_per_second: 5 }),
      entry('off', tiles.template, { enabled: false, off_because: 'it is a test' }),
      entry('refusing', `${origin()}/{z}/{x}/{y}`, { headers: { 'X-Key': '{key:SECRET}' }, error: { texts: ['LayerNotDefined'] } }),
      { id: 'wms', kind: 'wms', url: `${origin()}/wms`, layers: ['a'], crs: ['EPSG:3857'] },
    ],
    vars: { OPERATOR_KEY: 'open sesame', SECRET: 's3cret', CONTACT: 'https://example.org/maps' },
  });
  client = new Client(mapshot.origin);
});

function origin(): string {
  return `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
}

after(async () => {
  await mapshot?.close();
  await tiles?.close();
  services?.closeAllConnections();
  services?.close();
});

beforeEach(() => {
  asked = [];
  tiles.asked = 0;
  tiles.fault = (_, __, request) => {
    asked.push({ at: performance.now(), agent: String(request.headers['user-agent']) });
    return false;
  };
});

const request = (source: string, more: object = {}) => ({
  area: { center: [126.978, 37.5665], size_px: [1280, 1280] },
  layers: [{ source }],
  zoom: 16,
  ...more,
});

test('no more than so many requests a second, over all renderers, who say who they are', async () => {
  const two = await Promise.all([1, 2].map(() => client.capture(request('paced'))));
  for (const { id } of two) {
    await client.until(id, ['ready']);
    await client.image(id);
  }
  assert.ok(asked.length >= 72, `${asked.length} requests`);
  // In any second no more than the rate, and a little for what the network squeezes together.
  for (const [index, { at }] of asked.entries()) {
    const within = asked.slice(index).filter((other) => other.at < at + 1000).length;
    assert.ok(within <= RATE * 1.2 + 2, `${within} requests in a second`);
  }
  const tookS = ((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)) / 1000;
  const rate = asked.length / tookS;
  console.log(`${asked.length} requests, ${rate.toFixed(1)} a second of ${RATE} allowed`);
  // On a busy machine less of it is used; a renderer that never got its turn would use none.
  assert.ok(rate > RATE / 10, `${rate} a second: what is allowed is used, too`);
  assert.ok(asked.every(({ agent }) => /^Mapshot\/[\d.]+ \(\+https:\/\/example\.org\/maps\)$/.test(agent)), asked[0]?.agent);
});

test('a source that asks to be left alone is, people are told, and then it goes on', async () => {
  let refuses = true;
  let during = 0;
  tiles.fault = (_, response, incoming) => {
    if (!refuses || !incoming.url?.endsWith('?moody')) return false;
    during += 1;
    response.writeHead(429, { 'Retry-After': '2' }).end('slow down');
    return true;
  };
  const { id } = await client.capture(request('moody', { on_missing: 'mark' }));
  let paused: Status['paused'] = null;
  await eventually('it is told', async () => {
    paused = (await client.status(id)).paused;
    return paused !== null;
  });
  paused = paused as Status['paused'];
  assert.equal(paused?.source, 'moody');
  assert.match(paused?.reason ?? '', /429/);
  assert.ok((paused?.until_ms ?? 0) > Date.now(), 'until when');
  const before = during;
  // Another source's captures go on meanwhile.
  const other = await client.capture(request('kept'));
  await client.until(other.id, ['ready']);
  await client.image(other.id);
  assert.equal(during, before, 'nobody asks meanwhile');
  refuses = false;
  const status = await client.until(id, ['ready', 'failed'], 60_000);
  assert.equal(status.state, 'ready', JSON.stringify(status.error));
  assert.equal(status.tiles.missing, 0, 'nothing is missing because of it');
  await client.image(id);
});

test('what may be kept is fetched once for two captures, what may not twice', async () => {
  for (const [source, times] of [['kept', 1], ['moody', 2]] as const) {
    tiles.asked = 0;
    const area = { center: [-77.0365 + times, 38.8977], size_px: [700, 700] };
    let all = 0;
    for (let i = 0; i < 2; i++) {
      const accepted = await client.capture(request(source, { area }));
      all = accepted.plan.tiles;
      await client.image(accepted.id);
    }
    assert.equal(tiles.asked, all * times, source);
  }
});

test('what a source calls empty is not missing', async () => {
  tiles.fault = (tile, response) => {
    if ((tile.x + tile.y) % 2) return false;
    response.writeHead(404).end();
    return true;
  };
  const accepted = await client.capture(request('empty', { on_missing: 'fail' }));
  const { data, width, channels } = await decode(await client.image(accepted.id));
  assert.equal((await client.status(accepted.id)).tiles.missing, 0);
  const white = [...Array(width).keys()].filter((x) => data[x * channels] === 255 && data[x * channels + 1] === 255).length;
  assert.ok(white > width / 4 && white < width, `${white} white pixels in the first row`);
});

test('pages get tiles of sources that they cannot ask, as often as is allowed', async () => {
  assert.equal((await client.get('/tiles/off/16/55883/25378.png')).status, 404);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => client.get(`/tiles/headed/16/${55880 + i}/25378.png`)),
  );
  const statuses = answers.map((answer) => answer.status);
  const good = statuses.filter((status) => status === 200).length;
  assert.ok(good >= 5 && good <= 12, `${good} of 30 at once, at 5 a second`);
  const refused = answers.find((answer) => answer.status !== 200);
  assert.ok(refused);
  assert.equal((await problem(refused)).code, 'too_many_tiles_at_once');
  const first = answers.find((answer) => answer.status === 200);
  assert.deepEqual(Buffer.from((await first?.arrayBuffer()) ?? new ArrayBuffer(0)).subarray(0, 3), marble(0, 0).subarray(0, 3));
  // A map of a WMS, by the words of its version; and not one that Mapshot would not ask for itself.
  const query = 'CRS=EPSG:3857&BBOX=0,0,100000,100000&WIDTH=1088&HEIGHT=1088';
  assert.equal((await client.get(`/tiles/wms/wms?${query}`)).status, 502, 'the service answers with an exception');
  for (const wrong of ['CRS=EPSG:1&BBOX=0,0,1,1&WIDTH=9&HEIGHT=9', query.replace('1088', '5000'), query.replace('100000', '-1')]) {
    assert.equal((await client.get(`/tiles/wms/wms?${wrong}`)).status, 404, wrong);
  }
});

test('the operator alone has sources looked at', async () => {
  const check = (body: object, key?: string) =>
    client.post('/api/sources/check', body, key === undefined ? {} : { Authorization: `Bearer ${key}` });
  for (const key of [undefined, '', 'open', 'open sesam_', 'open sesame!']) {
    const response = await check({ source: 'off' }, key);
    assert.equal(response.status, 403);
    assert.equal((await problem(response)).code, 'not_operator');
  }
  const findings = async (body: object) => {
    const response = await check(body, 'open sesame');
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as { works: boolean; findings: { verdict: string; text: string }[] };
  };
  const good = await findings({ source: 'off' });
  assert.ok(good.works, JSON.stringify(good));
  assert.ok(good.findings.some((f) => f.verdict === 'note' && /it is a test/.test(f.text)));
  assert.ok(good.findings.some((f) => f.verdict === 'good' && /picture of \d+ bytes/.test(f.text)));
  const bad = await findings({ source: 'wms' });
  assert.ok(!bad.works);
  const described = await findings({
    entry: { id: 'new', kind: 'wms', capabilities: `${origin()}/?REQUEST=GetCapabilities&SERVICE=WMS`, layers: ['roads'] },
  });
  assert.ok(describedBy > 0);
  assert.ok(described.findings.some((f) => f.verdict === 'good' && /capabilities can be read/.test(f.text)), JSON.stringify(described));
  const wrong = await check({ entry: { id: 'new', kind: 'wms' } }, 'open sesame');
  assert.match((await problem(wrong)).detail, /source "new"/);
});

test('grids are told in full', async () => {
  const grids = (await (await client.get('/api/grids')).json()) as Record<string, { crs: string; levels: object[] }>;
  assert.equal(Object.keys(grids).length, 9);
  assert.equal(grids['kakao-5181']?.crs, 'EPSG:5181');
});
