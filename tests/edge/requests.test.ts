// Everything a caller can get wrong is told with the field, the value and the limit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, problem } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { odd, startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({
    sources: [
      entry('marble', tiles.template),
      entry('off', tiles.template, { enabled: false }),
      entry('passed-on', tiles.template, { proxy: true, max_zoom: 4 }),
      entry('keyed', `${tiles.origin}/{z}/{x}/{y}?key={key:TILE_KEY}`, { headers: { 'X-Token': 'Bearer {key:TILE_KEY}' }, proxy: true }),
      entry('unkeyed', `${tiles.origin}/{z}/{x}/{y}?key={key:NOT_SET}`),
      entry('few', tiles.template, { max_tiles: 4 }),
    ],
    vars: { TILE_KEY: 's3cret' },
  });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

const good = {
  area: { center: [126.978, 37.5665], radius_m: 1000 },
  layers: [{ source: 'marble', opacity: 1 }],
  zoom: 16,
  format: 'png',
  on_missing: 'fail',
};

/** The good request with some parts replaced; `undefined` removes one. */
const but = (changes: object) => ({ ...good, ...changes });

// [what is wrong, the body, status, code, field]
const mistakes: [string, unknown, number, string, string | undefined][] = [
  ['no JSON', 'area=here', 400, 'not_json', undefined],
  ['nothing', '', 400, 'not_json', undefined],
  ['a list', [], 400, 'wrong_type', 'body'],
  ['a number', 7, 400, 'wrong_type', 'body'],
  ['null', null, 400, 'wrong_type', 'body'],
  ['no area', but({ area: undefined }), 400, 'missing_field', 'area'],
  ['an empty area', but({ area: {} }), 400, 'missing_field', 'area'],
  ['a radius without centre', but({ area: { radius_m: 5 } }), 400, 'missing_field', 'area.center'],
  ['a centre alone', but({ area: { center: [0, 0] } }), 400, 'missing_field', 'area.radius_m'],
  ['two areas', but({ area: { bbox: [0, 0, 1, 1], size_px: [5, 5] } }), 400, 'conflicting_fields', 'area.size_px'],
  ['an unknown field in the area', but({ area: { bbox: [0, 0, 1, 1], name: 'x' } }), 400, 'unknown_field', 'area.name'],
  ['a centre of text', but({ area: { center: 'Seoul', radius_m: 5 } }), 400, 'wrong_type', 'area.center'],
  ['a centre of one', but({ area: { center: [1], radius_m: 5 } }), 400, 'wrong_type', 'area.center'],
  ['a longitude of text', but({ area: { center: ['1', 2], radius_m: 5 } }), 400, 'wrong_type', 'area.center[0]'],
  ['a longitude too far', but({ area: { center: [181, 0], radius_m: 5 } }), 400, 'out_of_range', 'area.center'],
  ['a latitude too far', but({ area: { center: [0, 91], radius_m: 5 } }), 400, 'out_of_range', 'area.center'],
  ['a radius of nothing', but({ area: { center: [0, 0], radius_m: 0 } }), 400, 'out_of_range', 'area.radius_m'],
  ['a radius of text', but({ area: { center: [0, 0], radius_m: '1km' } }), 400, 'wrong_type', 'area.radius_m'],
  ['a radius beyond the earth', but({ area: { center: [0, 0], radius_m: 1e9 } }), 400, 'out_of_range', 'area.radius_m'],
  ['a box of three', but({ area: { bbox: [0, 0, 1] } }), 400, 'wrong_type', 'area.bbox'],
  ['a box without inside', but({ area: { bbox: [0, 1, 1, 1] } }), 400, 'empty_box', 'area.bbox'],
  ['a box across 180', but({ area: { bbox: [179, 0, -179, 1] } }), 422, 'crosses_antimeridian', 'area.bbox'],
  ['a circle across 180', but({ area: { center: [179.999, 0], radius_m: 5000 } }), 422, 'crosses_antimeridian', 'area.radius_m'],
  ['a box beyond the map', but({ area: { bbox: [0, 80, 1, 89] } }), 422, 'beyond_latitude_limit', 'area.bbox'],
  ['a size of nothing', but({ area: { center: [0, 0], size_px: [0, 5] } }), 400, 'out_of_range', 'area.size_px'],
  ['a size of half pixels', but({ area: { center: [0, 0], size_px: [1.5, 5] } }), 400, 'wrong_type', 'area.size_px[0]'],
  ['a negative size', but({ area: { center: [0, 0], size_px: [-1, 5] } }), 400, 'wrong_type', 'area.size_px[0]'],
  ['a size too wide', but({ area: { center: [0, 0], size_px: [40000, 5] } }), 422, 'side_too_long', 'area'],
  ['too many tiles', but({ area: { center: [0, 0], radius_m: 15000 }, zoom: 17 }), 422, 'too_many_tiles', 'area'],
  ['more tiles than the source allows', but({ layers: [{ source: 'few' }] }), 422, 'too_many_tiles', 'area'],
  ['a quality of nothing', but({ format: 'jpeg', quality: 0 }), 400, 'out_of_range', 'quality'],
  ['a quality beyond', but({ format: 'jpeg', quality: 101 }), 400, 'out_of_range', 'quality'],
  ['a quality of another word', but({ quality: 'best' }), 400, 'wrong_type', 'quality'],
  ['a number for a PNG', but({ quality: 85 }), 400, 'wrong_type', 'quality'],
  ['a word for a JPEG', but({ format: 'jpeg', quality: 'small' }), 400, 'wrong_type', 'quality'],
  ['a subsampling that is none', but({ format: 'jpeg', subsampling: '4:1:1' }), 400, 'wrong_type', 'subsampling'],
  ['a subsampling for a PNG', but({ subsampling: '4:4:4' }), 400, 'conflicting_fields', 'subsampling'],
  ['no layers', but({ layers: undefined }), 400, 'missing_field', 'layers'],
  ['empty layers', but({ layers: [] }), 400, 'missing_field', 'layers'],
  ['layers of text', but({ layers: 'marble' }), 400, 'wrong_type', 'layers'],
  ['a layer of text', but({ layers: ['marble'] }), 400, 'wrong_type', 'layers[0]'],
  ['a layer without source', but({ layers: [{}] }), 400, 'missing_field', 'layers[0].source'],
  ['an unknown source', but({ layers: [{ source: 'nowhere' }] }), 400, 'unknown_source', 'layers[0].source'],
  ['a disabled source', but({ layers: [{ source: 'off' }] }), 400, 'unknown_source', 'layers[0].source'],
  ['an address as source', but({ layers: [{ source: 'http://127.0.0.1/{z}/{x}/{y}' }] }), 400, 'unknown_source', 'layers[0].source'],
  ['a layer with an address', but({ layers: [{ source: 'marble', url: 'http://x' }] }), 400, 'unknown_field', 'layers[0].url'],
  ['an opacity above one', but({ layers: [{ source: 'marble', opacity: 1.1 }] }), 400, 'out_of_range', 'layers[0].opacity'],
  ['an opacity of text', but({ layers: [{ source: 'marble', opacity: 'half' }] }), 400, 'wrong_type', 'layers[0].opacity'],
  ['nine layers', but({ layers: Array(9).fill({ source: 'marble' }) }), 400, 'too_many_layers', 'layers'],
  ['no zoom', but({ zoom: undefined }), 400, 'missing_field', 'zoom'],
  ['zoom and resolution', but({ resolution_m: 1 }), 400, 'conflicting_fields', 'resolution_m'],
  ['a zoom of text', but({ zoom: '16' }), 400, 'wrong_type', 'zoom'],
  ['half a zoom', but({ zoom: 16.5 }), 400, 'wrong_type', 'zoom'],
  ['a negative zoom', but({ zoom: -1 }), 400, 'wrong_type', 'zoom'],
  ['a zoom that the source lacks', but({ zoom: 21 }), 400, 'no_such_level', 'zoom'],
  ['a resolution that no level has', but({ zoom: undefined, resolution_m: 0.01 }), 400, 'out_of_range', 'resolution_m'],
  ['an unknown CRS', but({ crs: 'EPSG:1', zoom: undefined, resolution_m: 1 }), 400, 'unknown_crs', 'crs'],
  ['a CRS of text without end', but({ crs: 'E'.repeat(5000), zoom: undefined, resolution_m: 1 }), 400, 'unknown_crs', 'crs'],
  ['a CRS with a zoom', but({ crs: 'EPSG:5179' }), 400, 'no_such_level', 'zoom'],
  ['an unknown grid', but({ grid: 'hexagons' }), 400, 'unknown_grid', 'grid'],
  ['a grid of another CRS', but({ grid: 'kakao-5181', crs: 'EPSG:5179', zoom: 3 }), 400, 'conflicting_fields', 'crs'],
  ['a zoom that the grid lacks', but({ grid: 'kakao-5181' }), 400, 'no_such_level', 'zoom'],
  ['an area that the CRS does not reach', but({ area: { center: [-100, 40], radius_m: 5 }, crs: 'EPSG:5179', zoom: undefined, resolution_m: 1 }), 422, 'outside_crs', 'area.radius_m'],
  ['an unknown kernel', but({ resampling: 'magic' }), 400, 'wrong_type', 'resampling'],
  ['an unknown blend', but({ layers: [{ source: 'marble', blend: 'burn' }] }), 400, 'wrong_type', 'layers[0].blend'],
  ['an unknown format', but({ format: 'bmp' }), 400, 'wrong_type', 'format'],
  ['an unknown on_missing', but({ on_missing: 'ignore' }), 400, 'wrong_type', 'on_missing'],
  ['an unknown field', but({ colour: 'red' }), 400, 'unknown_field', 'colour'],
];

for (const [what, body, status, code, field] of mistakes) {
  test(`${what}: ${code}${field ? ` of ${field}` : ''}`, async () => {
    for (const path of ['/api/plan', '/api/captures']) {
      const response = await client.post(path, typeof body === 'string' ? body : (JSON.stringify(body) as string));
      const got = await problem(response);
      assert.deepEqual([response.status, got.status, got.code, got.field], [status, status, code, field], got.detail);
      assert.ok(got.detail.length > 10, 'in words, too');
    }
  });
}

test('limits are told with the number', async () => {
  const got = await problem(await client.post('/api/plan', but({ area: { center: [0, 0], size_px: [40000, 5] } })));
  assert.deepEqual([got.value, got.limit], ['40000', '32768 pixels in width']);
  assert.match(got.detail, /40000 pixels in width, but 32768 are allowed/);
});

test('an oversized body is not read', async () => {
  const response = await client.post('/api/captures', but({ colour: 'x'.repeat(70_000) }));
  assert.equal(response.status, 413);
  const got = await problem(response);
  assert.deepEqual([got.code, got.field, got.limit], ['body_too_large', 'body', '65536 bytes']);
});

test('a bad Idempotency-Key is refused', async () => {
  for (const key of ['x'.repeat(201), 'two words']) {
    const got = await problem(await client.post('/api/captures', good, { 'Idempotency-Key': key }));
    assert.deepEqual([got.status, got.code, got.field], [400, 'bad_header', 'Idempotency-Key']);
  }
});

test('a good request is planned without being queued', async () => {
  const response = await client.post('/api/plan', good);
  assert.equal(response.status, 200);
  const plan = (await response.json()) as Record<string, unknown>;
  for (const field of ['width_px', 'height_px', 'crs', 'resolution', 'zoom', 'extent', 'tiles', 'strips', 'peak_bytes', 'warnings']) {
    assert.ok(field in plan, field);
  }
  // grid-vectors.json: at Seoul the box of 1 km at level 16 is 1055.0 x 1059.5 px.
  assert.ok([1056, 1057].includes(Number(plan['width_px'])) && [1060, 1061].includes(Number(plan['height_px'])), JSON.stringify(plan));
  const depths = async (path: string) => ((await (await client.get(path)).json()) as { queue: Record<string, number> }).queue;
  // Whoever looks after the service wakes no lane, unless he wants to.
  assert.equal((await depths('/api/health'))['marble'], undefined);
  assert.equal((await depths('/api/health?queue=all'))['marble'], 0);
  assert.equal((await depths('/api/health'))['marble'], 0, 'a lane that is awake is asked');
});

test('unknown captures, paths and methods', async () => {
  const random = `marble-${'0'.repeat(32)}`;
  const cases: [string, string, number, string][] = [
    ['GET', `/api/captures/${random}`, 404, 'unknown_capture'],
    ['DELETE', `/api/captures/${random}`, 404, 'unknown_capture'],
    ['GET', `/api/captures/${random}/image`, 404, 'unknown_capture'],
    ['GET', `/api/captures/${random}/chunks/0`, 404, 'unknown_capture'],
    ['DELETE', `/api/captures/${random}/chunks/0`, 404, 'unknown_capture'],
    ['GET', `/api/captures/nowhere-${'0'.repeat(32)}`, 404, 'unknown_capture'],
    ['GET', '/api/captures/short', 404, 'unknown_capture'],
    ['GET', `/api/captures/${random}/chunks/first`, 404, 'no_such_path'],
    ['GET', `/api/captures/${random}/socket`, 400, 'bad_header'],
    ['GET', '/api/nothing', 404, 'no_such_path'],
    ['GET', '/api/captures', 405, 'method_not_allowed'],
    ['PUT', `/api/captures/${random}`, 405, 'method_not_allowed'],
    ['POST', `/api/captures/${random}/image`, 405, 'method_not_allowed'],
    ['DELETE', '/api/sources', 405, 'method_not_allowed'],
    ['GET', '/api/plan', 405, 'method_not_allowed'],
  ];
  for (const [method, path, status, code] of cases) {
    const response = await fetch(mapshot.origin + path, { method });
    assert.deepEqual([response.status, (await problem(response)).code], [status, code], `${method} ${path}`);
    if (status === 405) assert.ok(response.headers.get('Allow'));
  }
});

test('the catalogue shows no secret and no disabled source', async () => {
  const text = await (await client.get('/api/sources')).text();
  const sources = JSON.parse(text) as Record<string, unknown>[];
  const ids = sources.map((s) => s['id']);
  assert.ok(ids.includes('naturalearth') && ids.includes('marble') && !ids.includes('off'));
  assert.ok(!/s3cret|TILE_KEY|Bearer|NOT_SET/.test(text));
  for (const source of sources) {
    for (const field of ['id', 'title', 'kind', 'grid', 'min_zoom', 'max_zoom', 'attribution', 'browser', 'max_tiles']) {
      assert.ok(field in source, `${String(source['id'])} has no ${field}`);
    }
  }
  const keyed = sources.find((s) => s['id'] === 'keyed');
  assert.deepEqual([keyed?.['browser'], keyed?.['url']], [false, undefined]);
});

test('keys reach the source and nobody else', async () => {
  let asked = '';
  tiles.fault = (_, __, request) => {
    asked = `${request.url} ${String(request.headers['x-token'])}`;
    return false;
  };
  const { id } = await client.capture(but({ layers: [{ source: 'keyed' }] }));
  const status = await client.until(id, ['ready', 'failed']);
  assert.equal(status.state, 'ready');
  assert.match(asked, /key=s3cret Bearer s3cret/);
  assert.ok(!JSON.stringify(status).includes('s3cret'));
  await client.image(id);
  const without = await client.capture(but({ layers: [{ source: 'unkeyed' }] }));
  const failed = await client.until(without.id, ['failed']);
  assert.match(failed.error?.detail ?? '', /the key NOT_SET is not configured/);
  tiles.fault = () => false;
});

test('tiles: drawn ones, those passed on, and no others', async () => {
  const drawn = await client.get('/tiles/naturalearth/5/27/12.png');
  assert.equal(drawn.status, 200);
  assert.equal(drawn.headers.get('Content-Type'), 'image/png');
  assert.match(drawn.headers.get('Cache-Control') ?? '', /max-age/);
  const picture = await decode(Buffer.from(await drawn.arrayBuffer()));
  assert.deepEqual([picture.width, picture.height], [256, 256]);
  const passed = await client.get('/tiles/passed-on/4/8/5.png');
  assert.equal(passed.headers.get('Content-Type'), 'image/jpeg', 'what it is, whatever it is called');
  tiles.fault = (_, response) => {
    response.writeHead(200, { 'Content-Type': 'image/png' }).end(odd('html-200.png'));
    return true;
  };
  assert.equal((await client.get('/tiles/passed-on/4/8/6.png')).status, 502, 'a page is no tile');
  tiles.fault = () => false;
  for (const path of [
    '/tiles/marble/4/8/5.png',
    '/tiles/off/4/8/5.png',
    '/tiles/nowhere/4/8/5.png',
    '/tiles/naturalearth/5/27/99.png',
    '/tiles/naturalearth/5/-1/12.png',
    '/tiles/naturalearth/50/27/12.png',
    '/tiles/naturalearth/5/27/12.jpg',
    '/tiles/naturalearth/5/x/12.png',
    '/tiles/passed-on/5/8/5.png',
  ]) {
    assert.equal((await client.get(path)).status, 404, path);
  }
});

test('a bad catalogue is told with the entry and the field', async () => {
  const bad = await startMapshot({ sources: [entry('broken', 'ftp://h/{z}/{x}/{y}')] });
  try {
    const response = await fetch(`${bad.origin}/api/sources`);
    assert.equal(response.status, 500);
    const got = await problem(response);
    assert.deepEqual([got.code, got.field], ['bad_catalogue', 'broken.url']);
    assert.match(got.detail, /source "broken": url must begin with http/);
  } finally {
    await bad.close();
  }
});
