// A real WMS: MapServer, in both versions and four CRSs, as base and as overlay.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode, difference } from '../server/pixels.ts';
import { makeGeoTiff, warped, workFolder } from './blue-marble.ts';
import { OFFERED, startMapServer, type MapServer } from './mapserver.ts';
import { has, needs } from './programs.ts';

const PROGRAMS = ['mapserv', 'gdalwarp', 'gdal_translate'];
const VERSIONS = ['1.1.1', '1.3.0'];
const folder = workFolder();
let tiff: string;
let wms: MapServer;
let mapshot: Mapshot;
let client: Client;

const id = (crs: string, version: string) => `wms-${crs.slice(5)}-${version.replaceAll('.', '')}`;

before(async () => {
  if (!has(...PROGRAMS)) return;
  tiff = await makeGeoTiff(folder);
  wms = await startMapServer(folder, tiff);
  const common = { kind: 'wms', url: wms.address, layers: ['marble'], max_width: 1500, max_height: 1500 };
  const sources: object[] = [
    { ...common, id: 'all', version: '1.3.0', crs: OFFERED },
    { ...common, id: 'wrong', version: '1.3.0', crs: OFFERED, layers: ['no-such-layer'] },
    // Nothing but its description's address.
    { id: 'described', kind: 'wms', capabilities: `${wms.address}?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.3.0`, layers: ['marble'] },
  ];
  for (const crs of OFFERED) for (const version of VERSIONS) sources.push({ ...common, id: id(crs, version), version, crs: [crs] });
  mapshot = await startMapshot({ sources });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await wms?.close();
});

const area = { bbox: [122, 32, 133, 40] };

/** A capture, and what gdalwarp shows there. */
async function compared(request: object): Promise<number> {
  const accepted = await client.capture({ area, ...request });
  const got = await decode(await client.image(accepted.id));
  const { crs, extent, width_px, height_px } = accepted.plan;
  return difference(got, await warped(tiff, join(folder, 'warped.tif'), crs, extent, width_px, height_px)).mean;
}

test('a WMS as the base, in every CRS and version', needs(...PROGRAMS), async () => {
  for (const crs of OFFERED) {
    for (const version of VERSIONS) {
      const mean = await compared({ layers: [{ source: id(crs, version) }], crs, resolution_m: 1200 });
      console.log(`${crs} in ${version}: mean ${mean.toFixed(3)} levels`);
      assert.ok(mean < 1.5, `${crs} in ${version}: ${mean}`);
    }
  }
  for (const query of wms.queries.filter((q) => q.get('REQUEST') === 'GetMap')) {
    assert.ok(Number(query.get('WIDTH')) <= 1500 && Number(query.get('HEIGHT')) <= 1500, `${query}`);
  }
});

test('a WMS in another CRS than the image is resampled', needs(...PROGRAMS), async () => {
  for (const version of VERSIONS) {
    const mean = await compared({ layers: [{ source: id('EPSG:4326', version) }], crs: 'EPSG:5186', resolution_m: 1500 });
    console.log(`EPSG:4326 in ${version} as EPSG:5186: mean ${mean.toFixed(3)} levels`);
    assert.ok(mean < 1.5, `${mean}`);
  }
});

test('a WMS that describes itself needs nothing but its address', needs(...PROGRAMS), async () => {
  const mean = await compared({ layers: [{ source: 'described' }], crs: 'EPSG:5181', resolution_m: 1200 });
  assert.ok(mean < 1.5, `${mean}`);
  const asked = wms.queries.at(-1);
  assert.equal(asked?.get('CRS'), 'EPSG:5181', 'the CRS of the image, which the service offers');
});

test('what the service says is shown', needs(...PROGRAMS), async () => {
  const accepted = await client.capture({ area, layers: [{ source: 'wrong' }], crs: 'EPSG:3857', resolution_m: 2000 });
  const status = await client.until(accepted.id, ['failed']);
  assert.match(status.error?.detail ?? '', /LayerNotDefined/);
});
