// MapProxy, a real WMTS, in front of a WMS: tiles of EPSG:3857 and of a grid of its own in EPSG:5179.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../server/client.ts';
import { root } from '../server/mapshot.ts';
import { spawnGroup } from '../server/process-group.ts';

/** MapProxy's program (scripts/map-servers.mjs). */
const MAPPROXY = join(root, '.tools/mapproxy/bin/mapproxy-util');

/** Metres to a pixel at the levels of the grid in EPSG:5179; its rows count downward from (-200000, 4000000). */
const RESOLUTIONS_M = [8000, 4000, 2500, 2000, 1000];

const configuration = (wms: string) => `
services:
  wmts:
    restful: true
    kvp: true
layers:
  - {name: marble, title: Blue Marble, tile_sources: [marble_web, marble_korea]}
caches:
  marble_web: {grids: [web], sources: [marble], format: image/png}
  marble_korea: {grids: [korea], sources: [marble], format: image/png}
sources:
  marble:
    type: wms
    supported_srs: ['EPSG:3857', 'EPSG:5179']
    req: {url: '${wms}', layers: marble, transparent: false, format: image/png}
grids:
  web: {base: GLOBAL_WEBMERCATOR}
  korea:
    srs: 'EPSG:5179'
    origin: nw
    bbox: [-200000, -96000, 3896000, 4000000]
    res: [${RESOLUTIONS_M.join(', ')}]
globals:
  cache: {base_dir: cache, meta_size: [2, 2], meta_buffer: 0}
  image: {resampling_method: bilinear, paletted: false}
`;

export interface MapProxy {
  readonly capabilities: string;
  close(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Starts it in a folder, in front of the WMS at an address. */
export async function startMapProxy(folder: string, wms: string): Promise<MapProxy> {
  const path = join(folder, 'mapproxy.yaml');
  writeFileSync(path, configuration(wms));
  const port = await freePort();
  const group = spawnGroup(MAPPROXY, ['serve-develop', '-b', `127.0.0.1:${port}`, path], { cwd: folder });
  let printed = '';
  for (const stream of [group.child.stdout, group.child.stderr]) stream?.on('data', (data) => (printed += String(data)));
  const capabilities = `http://127.0.0.1:${port}/wmts/1.0.0/WMTSCapabilities.xml`;
  await eventually(
    'MapProxy serves',
    () => {
      if (group.ended()) throw new Error(`MapProxy ended: ${printed}`);
      return fetch(capabilities).then((r) => r.ok, () => false);
    },
    60_000,
  );
  return { capabilities, close: group.kill };
}
