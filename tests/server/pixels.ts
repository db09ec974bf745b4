// Pictures as pixels, read by decoders that are not ours: libspng and libjpeg-turbo, through sharp.
import sharp from 'sharp';

export interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Buffer;
}

/** Decodes any image file. */
export async function decode(file: Buffer): Promise<Pixels> {
  // A stitched map may have more pixels than sharp's guard against bombs allows.
  const { data, info } = await sharp(file, { limitInputPixels: false }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** Pastes RGB tiles of 256 px into a picture: the plainest reference there is. */
export function paste(width: number, height: number, left: number, top: number, tile: (x: number, y: number) => Buffer): Pixels {
  const data = Buffer.alloc(width * height * 3);
  for (let row = 0; row < height; row++) {
    const y = top + row;
    for (let column = 0; column < width; ) {
      const x = left + column;
      const run = Math.min(256 - (x % 256), width - column);
      const from = ((y % 256) * 256 + (x % 256)) * 3;
      tile(Math.floor(x / 256), Math.floor(y / 256)).copy(data, (row * width + column) * 3, from, from + run * 3);
      column += run;
    }
  }
  return { width, height, channels: 3, data };
}

/** The largest and the mean difference of two pictures, in levels. */
export function difference(a: Pixels, b: Pixels): { largest: number; mean: number } {
  if (a.data.length !== b.data.length) throw new Error(`${a.data.length} and ${b.data.length} samples`);
  let [largest, sum] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const d = Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0));
    if (d > largest) largest = d;
    sum += d;
  }
  return { largest, mean: sum / a.data.length };
}
