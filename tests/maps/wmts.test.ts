// A real WMTS: MapProxy, in Web Mercator and in a grid of its own, known by its description alone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode, difference } from '../server/pixels.ts';
import { makeGeoTiff, warped, workFolder } from './blue-marble.ts';
import { startMapProxy, type MapProxy } from './mapproxy.ts';
import { startMapServer, type MapServer } from './mapserver.ts';
import { has, needs } from './programs.ts';

const PROGRAMS = ['mapproxy', 'mapserv', 'gdalwarp', 'gdal_translate'];
const folder = workFolder();
let tiff: string;
let wms: MapServer;
let wmts: MapProxy;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  if (!has(...PROGRAMS)) return;
  tiff = await makeGeoTiff(folder);
  wms = await startMapServer(folder, tiff);
  wmts = await startMapProxy(folder, wms.address);
  const described = { kind: 'wmts', capabilities: wmts.capabilities, layers: ['marble'], format: 'image/png' };
  mapshot = await startMapshot({
    sources: [
      { ...described, id: 'web', matrix_set: 'web' },
      { ...described, id: 'korea', matrix_set: 'korea' },
    ],
  });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await wmts?.close();
  await wms?.close();
});

for (const [source, request] of Object.entries({
  web: { zoom: 6 },
  korea: { zoom: 3 },
})) {
  test(`the matrix set ${source}`, needs(...PROGRAMS), async () => {
    const accepted = await client.capture({ area: { bbox: [122, 32, 133, 40] }, layers: [{ source }], ...request });
    const { crs, extent, width_px, height_px, resolution } = accepted.plan;
    assert.equal(crs, source === 'korea' ? 'EPSG:5179' : 'EPSG:3857');
    if (source === 'korea') assert.ok(Math.abs(resolution - 2000) < 1e-6, `${resolution}`);
    const got = await decode(await client.image(accepted.id));
    const want = await warped(tiff, join(folder, 'warped.tif'), crs, extent, width_px, height_px);
    const { mean } = difference(got, want);
    console.log(`${source}: mean ${mean.toFixed(3)} levels`);
    assert.ok(mean < 1.5, `${mean}`);
  });
}

test('both together coincide', needs(...PROGRAMS), async () => {
  const request = { area: { bbox: [122, 32, 133, 40] }, zoom: 6 };
  const images = await Promise.all(
    [[{ source: 'web' }], [{ source: 'web' }, { source: 'korea' }]].map(async (layers) => {
      const accepted = await client.capture({ ...request, layers });
      return decode(await client.image(accepted.id));
    }),
  );
  const [alone, covered] = images;
  assert.ok(alone && covered);
  // The overlay hides the base; shown twice, the same ground looks the same.
  const { mean } = difference(alone, covered);
  console.log(`one over the other: mean ${mean.toFixed(3)} levels`);
  assert.ok(mean < 2, `${mean}`);
});
