// Resampling against GDAL's, and where it puts things.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode, difference } from '../server/pixels.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';
import { makeGeoTiff, warped, workFolder } from './blue-marble.ts';
import { has, needs } from './programs.ts';

const folder = workFolder();
let tiff: string;
let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  if (!has('gdalwarp', 'gdal_translate')) return;
  tiff = await makeGeoTiff(folder);
  tiles = await startTileServer();
  // The level of the GeoTIFF alone, so that both start from the same pixels.
  const marble = { id: 'marble', url: tiles.template, min_zoom: 4, max_zoom: 4, attribution: 'NASA Visible Earth' };
  mapshot = await startMapshot({ sources: [marble] });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

/** The mean difference that is allowed, in levels. */
const MEAN = 1.5;

const korea = [120, 30, 135, 42];
const CASES: { crs: string; bbox: number[]; resolution_m: number }[] = [
  { crs: 'EPSG:5179', bbox: korea, resolution_m: 8000 },
  { crs: 'EPSG:5179', bbox: korea, resolution_m: 2500 },
  { crs: 'EPSG:5181', bbox: korea, resolution_m: 5000 },
  { crs: 'EPSG:5187', bbox: korea, resolution_m: 5000 },
  { crs: 'EPSG:32652', bbox: korea, resolution_m: 6000 },
  { crs: 'EPSG:4326', bbox: [-30, -50, 150, 70], resolution_m: 12_000 },
  { crs: 'EPSG:4326', bbox: korea, resolution_m: 3000 },
];

test('a base in another CRS shows what gdalwarp -r bilinear shows', needs('gdalwarp', 'gdal_translate'), async () => {
  for (const { crs, bbox, resolution_m } of CASES) {
    const accepted = await client.capture({ area: { bbox }, layers: [{ source: 'marble' }], crs, resolution_m });
    assert.equal(accepted.plan.crs, crs);
    const got = await decode(await client.image(accepted.id));
    const { width_px, height_px, extent } = accepted.plan;
    assert.deepEqual([got.width, got.height], [width_px, height_px]);
    const want = await warped(tiff, join(folder, 'warped.tif'), crs, extent, width_px, height_px);
    const { mean } = difference(got, want);
    console.log(`${crs} at ${resolution_m} m, ${width_px} x ${height_px} px: mean ${mean.toFixed(3)} levels`);
    assert.ok(mean <= MEAN, `${crs} at ${resolution_m} m: mean ${mean}`);
    // Half a pixel to the side is seen: the comparison sees shifts far smaller than that.
    const [minX, minY, maxX, maxY] = extent;
    const shift = (maxX - minX) / width_px / 2;
    const shifted = await warped(tiff, join(folder, 'shifted.tif'), crs, [minX + shift, minY, maxX + shift, maxY], width_px, height_px);
    assert.ok(difference(got, shifted).mean > mean * 1.5, `${crs}: half a pixel makes no difference`);
  }
});
