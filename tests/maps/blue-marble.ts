// NASA's Blue Marble as one GeoTIFF in EPSG:3857, put together from the tiles in tests/fixtures.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decode } from '../server/pixels.ts';
import { marble, SIDE } from '../server/tile-server.ts';
import { runs } from './programs.ts';

const TILE_PX = 256;
const HALF_M = 20037508.342789244;

/** A folder for what one run makes. */
export const workFolder = (): string => mkdtempSync(join(tmpdir(), 'mapshot-maps-'));

/** The pixels of all tiles of a level as one picture, in a GeoTIFF. */
export async function makeGeoTiff(folder: string): Promise<string> {
  const side = SIDE * TILE_PX;
  const all = Buffer.alloc(side * side * 3);
  for (let x = 0; x < SIDE; x++) {
    for (let y = 0; y < SIDE; y++) {
      const { data } = await decode(marble(x, y));
      for (let row = 0; row < TILE_PX; row++) {
        data.copy(all, ((y * TILE_PX + row) * side + x * TILE_PX) * 3, row * TILE_PX * 3, (row + 1) * TILE_PX * 3);
      }
    }
  }
  const [png, tiff] = [join(folder, 'blue-marble.png'), join(folder, 'blue-marble.tif')];
  writeFileSync(png, await sharp(all, { raw: { width: side, height: side, channels: 3 } }).png({ compressionLevel: 1 }).toBuffer());
  const corners = [-HALF_M, HALF_M, HALF_M, -HALF_M].map(String);
  runs('gdal_translate', ['-q', '-of', 'GTiff', '-a_srs', 'EPSG:3857', '-a_ullr', ...corners, '-co', 'TILED=YES', png, tiff]);
  return tiff;
}

/** What gdalwarp makes of a GeoTIFF: a box of a CRS in so many pixels, bilinear. */
export async function warped(tiff: string, to: string, crs: string, extent: readonly number[], width: number, height: number) {
  const box = ['-te', ...extent.map(String), '-ts', String(width), String(height)];
  // Exact transforms, and no overview or coarser grid in between.
  runs('gdalwarp', ['-q', '-overwrite', '-r', 'bilinear', '-et', '0', '-ovr', 'NONE', '-t_srs', crs, ...box, tiff, to]);
  return decode(readFileSync(to));
}
