// One capture, all the way, exact to the pixel.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, eventually } from '../server/client.ts';
import { entry, startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode, difference, paste } from '../server/pixels.ts';
import { SIDE, marble, startTileServer, type TileServer } from '../server/tile-server.ts';

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

/** The samples of all tiles, as libjpeg-turbo decodes them. */
async function decodedTiles(): Promise<(x: number, y: number) => Buffer> {
  const decoded: Buffer[] = [];
  for (let i = 0; i < SIDE * SIDE; i++) decoded.push((await decode(marble(Math.floor(i / SIDE), i % SIDE))).data);
  return (x, y) => decoded[(x % SIDE) * SIDE + (y % SIDE)] ?? Buffer.alloc(0);
}

test('5,120 x 5,120 px from more than 400 JPEG tiles are a plain paste of those tiles', async () => {
  const zoom = 16;
  const accepted = await client.capture({
    area: { center: [126.978, 37.5665], size_px: [5120, 5120] },
    layers: [{ source: 'marble' }],
    zoom,
  });
  assert.equal(accepted.plan.width_px, 5120);
  assert.equal(accepted.plan.height_px, 5120);
  assert.ok(accepted.plan.tiles > 400, `${accepted.plan.tiles} tiles`);

  const status = await client.until(accepted.id, ['ready', 'failed']);
  assert.equal(status.state, 'ready', JSON.stringify(status.error));
  assert.equal(status.tiles.done, accepted.plan.tiles);
  assert.deepEqual(status.missing, []);
  assert.equal(tiles.asked, accepted.plan.tiles, 'each tile is fetched once');

  const file = await client.image(accepted.id);
  assert.equal(file.length, status.bytes);
  const got = await decode(file);
  assert.deepEqual([got.width, got.height, got.channels], [5120, 5120, 3]);

  const [minX, , , maxY] = accepted.plan.extent;
  const half = 20037508.342789244;
  const left = Math.round((minX + half) / accepted.plan.resolution);
  const top = Math.round((half - maxY) / accepted.plan.resolution);

  const want = paste(5120, 5120, left, top, await decodedTiles());
  assert.ok(got.data.equals(want.data), `differs from the paste: ${JSON.stringify(difference(got, want))}`);

  await eventually('nothing is stored after delivery', async () => (await mapshot.chunkKeys()).length === 0);
  assert.equal((await client.status(accepted.id)).state, 'delivered');
});

test('the widest images stay within the memory that their plan states', async () => {
  for (const format of [{ format: 'png' }, { format: 'jpeg', quality: 85 }, { format: 'jpeg' }]) {
    const accepted = await client.capture({
      area: { center: [126.978, 37.5665], size_px: [32_768, 600] },
      layers: [{ source: 'marble' }],
      zoom: 17,
      ...format,
    });
    const status = await client.until(accepted.id, ['ready', 'failed']);
    assert.equal(status.state, 'ready', JSON.stringify(status.error));
    assert.ok(accepted.plan.peak_bytes <= 48 << 20, `planned ${accepted.plan.peak_bytes}`);
    // The memory of one module, whatever it rendered before.
    assert.ok(status.memory_bytes > 0 && status.memory_bytes <= 48 << 20, `${status.memory_bytes} bytes`);
    console.log(`${JSON.stringify(format)}: ${status.memory_bytes} bytes, planned ${accepted.plan.peak_bytes}`);
    const { width, height } = await decode(await client.image(accepted.id));
    assert.deepEqual([width, height], [32_768, 600]);
  }
});
