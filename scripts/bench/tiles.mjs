// Tiles for benchmarks, the same on every machine: `sat` are the Blue Marble tiles of the tests, `aerial` and `map` are made
// here, one large picture each, cut into 20 x 20 tiles of 256 px. Written to .tools/bench-tiles/{kind}/{x}/{y}.{jpg,png}.
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { SIDE, aerial, map } from './pictures.mjs';
import { digest, once, root, step, tools } from '../shell.mjs';

/** Tiles a side, and the pixels of one. */
export const TILES = 20;
export const TILE_PX = 256;
/** The kinds of content. */
export const KINDS = ['sat', 'aerial', 'map'];
/** What their tiles are. */
export const EXTENSION = { sat: 'jpg', aerial: 'jpg', map: 'png' };

/** Blue Marble tiles a side. */
const MARBLES = 16;

async function cut(kind, picture, extension, encode) {
  const data = await picture.removeAlpha().raw().toBuffer();
  const tile = { raw: { width: TILE_PX, height: TILE_PX, channels: 3 } };
  for (let x = 0; x < TILES; x++) {
    mkdirSync(join(tools, 'bench-tiles', kind, String(x)), { recursive: true });
    for (let y = 0; y < TILES; y++) {
      const pixels = Buffer.alloc(TILE_PX * TILE_PX * 3);
      for (let row = 0; row < TILE_PX; row++) {
        const from = ((y * TILE_PX + row) * SIDE + x * TILE_PX) * 3;
        data.copy(pixels, row * TILE_PX * 3, from, from + TILE_PX * 3);
      }
      writeFileSync(join(tools, 'bench-tiles', kind, String(x), `${y}.${extension}`), await encode(sharp(pixels, tile)));
    }
  }
}

/** Makes the tiles, once, and returns their folder. */
export async function benchTiles() {
  const folder = join(tools, 'bench-tiles');
  const inputs = digest(['scripts/bench/tiles.mjs', 'scripts/bench/pictures.mjs', 'tests/fixtures/bluemarble']);
  await once('bench-tiles', inputs, ['.tools/bench-tiles/map/19/19.png'], async () => {
    step('tiles for benchmarks');
    for (let x = 0; x < TILES; x++) {
      mkdirSync(join(folder, 'sat', String(x)), { recursive: true });
      for (let y = 0; y < TILES; y++) {
        // One after the other, so that none comes twice near itself: there are fewer than are needed.
        const i = (y * TILES + x) % MARBLES ** 2;
        const from = `tests/fixtures/bluemarble/4/${i % MARBLES}/${Math.floor(i / MARBLES)}.jpg`;
        copyFileSync(join(root, from), join(folder, 'sat', String(x), `${y}.jpg`));
      }
    }
    await cut('aerial', await aerial(), 'jpg', (tile) => tile.jpeg({ quality: 85, chromaSubsampling: '4:2:0' }).toBuffer());
    await cut('map', map(), 'png', (tile) => tile.png({ palette: true, colours: 256, dither: 0, effort: 4 }).toBuffer());
  });
  return folder;
}

/** Rows by which the tiles are shifted in each further block of columns. */
const SHIFT = 1;

/**
 * The column and row of the tile that stands at (x, y) of a level: all of them again and again, but none twice within
 * deflate's 32 KiB of a row. Were they just repeated, a row of pixels would repeat after 15,360 bytes, deflate would copy
 * what it has seen, and large images would be smaller and faster than they are. benches/stage/memory.rs has the same rule.
 */
export function tileAt(x, y) {
  return [x % TILES, (y + SHIFT * Math.floor(x / TILES)) % TILES];
}

/** The bytes of all tiles of a kind together. */
export function tileBytes(kind) {
  let sum = 0;
  for (let i = 0; i < TILES * TILES; i++) {
    sum += statSync(join(tools, 'bench-tiles', kind, String(Math.floor(i / TILES)), `${i % TILES}.${EXTENSION[kind]}`)).size;
  }
  return sum;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await benchTiles());
}
