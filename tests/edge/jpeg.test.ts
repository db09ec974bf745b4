// Captures as JPEG: the tiles' own coefficients, or encoded from pixels.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode, difference, paste, type Pixels } from '../server/pixels.ts';
import { SIDE, marble, odd, startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;
const decoded = new Map<string, Buffer>();

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({ sources: [entry('marble', tiles.template)] });
  client = new Client(mapshot.origin);
  for (let x = 0; x < SIDE; x++) {
    for (let y = 0; y < SIDE; y++) decoded.set(`${x}/${y}`, (await decode(marble(x, y))).data);
  }
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

/** What the image should show, by a plain paste of tiles that libjpeg-turbo decoded. */
function wanted({ width, height }: Pixels, extent: readonly number[], resolution: number): Pixels {
  const half = 20037508.342789244;
  const [left, top] = [Math.round(((extent[0] ?? 0) + half) / resolution), Math.round((half - (extent[3] ?? 0)) / resolution)];
  return paste(width, height, left, top, (x, y) => decoded.get(`${x % SIDE}/${y % SIDE}`) ?? Buffer.alloc(0));
}

const request = {
  area: { center: [126.978, 37.5665], size_px: [5120, 5120] },
  layers: [{ source: 'marble' }],
  zoom: 16,
  format: 'jpeg',
};

test('a JPEG of JPEG tiles is carried over: nothing is decoded, nothing is lost', async () => {
  tiles.asked = 0;
  const accepted = await client.capture(request);
  assert.equal(accepted.plan.format, 'jpeg');
  assert.equal(accepted.plan.jpeg?.carried, true);
  // Opened before it is ready: it comes as it is made.
  const file = await client.image(accepted.id);
  const status = await client.status(accepted.id);
  assert.equal(status.state, 'delivered');
  assert.deepEqual([status.tiles.carried, status.tiles.requantised], [accepted.plan.tiles, 0]);
  assert.equal(tiles.asked, accepted.plan.tiles + 1, 'each tile once, and one for a look');
  assert.ok(status.memory_bytes > 0 && status.memory_bytes <= 48 << 20, `${status.memory_bytes} bytes`);
  assert.equal(file.length, status.bytes);
  const got = await decode(file);
  assert.deepEqual([got.width, got.height, got.channels], [5120, 5120, 3]);
  const { mean } = difference(got, wanted(got, accepted.plan.extent, accepted.plan.resolution));
  // Decoders smooth the colours across the seams of the tiles, which they cannot do in the single tiles.
  console.log(`against the tiles decoded one by one: mean ${mean.toFixed(4)} levels`);
  assert.ok(mean < 0.05, `mean ${mean}`);
});

test('a quality quantises the coefficients anew, another subsampling than the tiles have asks for pixels', async () => {
  const sizes: number[] = [];
  for (const how of [{ quality: 95, subsampling: '4:4:4' }, { quality: 85 }, { quality: 30 }]) {
    const accepted = await client.capture({ ...request, ...how, area: { center: [126.978, 37.5665], radius_m: 1500 } });
    assert.deepEqual([accepted.plan.jpeg?.carried, accepted.plan.jpeg?.quality], [how.subsampling === undefined, how.quality]);
    const file = await client.image(accepted.id);
    sizes.push(file.length);
    const got = await decode(file);
    assert.deepEqual([got.width, got.height], [accepted.plan.width_px, accepted.plan.height_px]);
    const { mean } = difference(got, wanted(got, accepted.plan.extent, accepted.plan.resolution));
    assert.ok(mean < (how.quality === 30 ? 6 : 2), `${JSON.stringify(how)}: mean ${mean}`);
  }
  assert.ok((sizes[0] ?? 0) > (sizes[1] ?? 0) && (sizes[1] ?? 0) > (sizes[2] ?? 0), `${sizes}`);
});

test('tiles of other kinds and broken ones among those carried over', async () => {
  const names = ['q60.jpg', 'progressive.jpg', 'palette.png', 'truncated.jpg', 'wms-exception.xml'];
  tiles.fault = (tile, response) => {
    const name = names[tile.x % 13];
    if (!name || tile.y % 3 !== 0) return false;
    response.writeHead(200).end(odd(name));
    return true;
  };
  try {
    const accepted = await client.capture({ ...request, on_missing: 'mark' });
    const status = await client.until(accepted.id, ['ready', 'failed']);
    assert.equal(status.state, 'ready', JSON.stringify(status.error));
    const { carried, requantised, missing, total } = status.tiles;
    assert.ok(requantised > 5 && missing > 10 && carried > 300 && carried + requantised + missing < total, JSON.stringify(status.tiles));
    const got = await decode(await client.image(accepted.id));
    assert.deepEqual([got.width, got.height], [5120, 5120]);
  } finally {
    tiles.fault = () => false;
  }
});

test('one call gives a JPEG', async () => {
  const query = 'center=126.978,37.5665&radius_m=500&source=marble&zoom=16';
  const lossless = await fetch(`${mapshot.origin}/api/image?${query}&format=jpeg`);
  assert.equal(lossless.status, 200);
  assert.equal(lossless.headers.get('content-type'), 'image/jpeg');
  assert.match(lossless.headers.get('content-disposition') ?? '', /\.jpg"/);
  const [a, b] = [await decode(Buffer.from(await lossless.arrayBuffer())), await fetch(`${mapshot.origin}/api/image?${query}&format=jpeg&quality=90&subsampling=4:4:4`)];
  const c = await decode(Buffer.from(await b.arrayBuffer()));
  assert.ok(a.width >= 500 && Math.abs(a.width - c.width) < 16);
});
