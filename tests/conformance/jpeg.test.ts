// JPEG files, as libjpeg-turbo and libvips read them.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { decode, difference, type Pixels } from '../server/pixels.ts';
import { assertSame, assertSize, crop, folder, made, needs, netpbm, read, runs, type Made, type PlacedTile } from './readers.ts';

// Without smoothing, no pixel depends on another MCU: a tile has the same pixels alone and among others.
const djpeg = (name: string): Pixels => netpbm(runs('djpeg', ['-pnm', '-nosmooth', name]));

/** Levels by which pixels may differ on average from those that were encoded. */
function allowed(file: Made): number {
  if (file.quality === 100) return file.subsampling === '444' ? 0.6 : 1.5;
  return file.quality === 85 ? 3 : 40;
}

function assertNear(file: Made, got: Pixels): void {
  assertSize(file, got);
  if (!file.pixels) return;
  const { mean } = difference(got, { ...got, data: read(file.pixels) });
  assert.ok(mean <= allowed(file), `${file.file}: mean ${mean.toFixed(3)}`);
}

test('djpeg has no complaint about encoded files, and they show what was encoded', needs('djpeg'), () => {
  for (const file of made('jpeg')) assertNear(file, djpeg(file.file));
});

test('our decoder makes the very pixels of djpeg, smoothed as it is by default', needs('djpeg'), () => {
  const tiles = made('decoded');
  assert.equal(tiles.length, 262);
  for (const tile of tiles) assertSame(tile, netpbm(runs('djpeg', ['-rgb', '-pnm', tile.file])));
});

test('libvips has no complaint, and sees the same', needs('vips'), () => {
  const out = 'vips.out';
  for (const file of made('jpeg', 'carried')) {
    runs('vips', ['rawsave', `${file.file}[fail-on=warning]`, out]);
    assertNear(file, { width: file.width, height: file.height, channels: file.channels, data: read(out) });
  }
  rmSync(`${folder}/${out}`);
});

test('sharp has no complaint, and sees the same', async () => {
  for (const file of made('jpeg', 'carried')) assertNear(file, await decode(read(file.file)));
});

/** The part of the image that a tile fills, and that part of the tile. */
function both(image: Pixels, tile: PlacedTile, alone: Pixels): [Pixels, Pixels] {
  const [left, top] = [Math.max(0, tile.x), Math.max(0, tile.y)];
  const [width, height] = [Math.min(image.width, tile.x + 256) - left, Math.min(image.height, tile.y + 256) - top];
  return [crop(image, left, top, width, height), crop(alone, left - tile.x, top - tile.y, width, height)];
}

test('a carried image has the very pixels of its tiles, at the seams, too', needs('djpeg'), async () => {
  const worst = { requantised: 0, encoded: 0, missing: 0 };
  for (const file of made('carried')) {
    const image = djpeg(file.file);
    assertSize(file, image);
    const tiles = file.tiles ?? [];
    const area = tiles.map((tile) => both(image, tile, image)[0]).reduce((sum, part) => sum + part.width * part.height, 0);
    assert.equal(area, file.width * file.height, 'the tiles are all of the image');
    for (const tile of tiles) {
      if (tile.how === 'carried') {
        const [got, wanted] = both(image, tile, djpeg(tile.file));
        assert.ok(got.data.equals(wanted.data), `${file.file}: ${tile.file} has other pixels`);
        continue;
      }
      const alone = tile.how === 'missing' ? { width: 256, height: 256, channels: 3, data: read(`${tile.file}.raw`) } : await decode(read(tile.file));
      const [got, wanted] = both(image, tile, alone);
      worst[tile.how] = Math.max(worst[tile.how], difference(got, wanted).mean);
    }
  }
  console.log(`mean differences at the most: ${JSON.stringify(worst)}`);
  assert.ok(worst.requantised > 0 && worst.requantised < 2.5, 'requantised');
  assert.ok(worst.encoded > 0 && worst.encoded < 2.5, 'encoded');
  // Thin red lines, of which 4:2:0 leaves half the colour.
  assert.ok(worst.missing > 0 && worst.missing < 10, 'the mark of a missing tile');
});
