// Whether two files show the same: decoded by libspng and libjpeg-turbo, through sharp.
import sharp from 'sharp';

/** The RGB samples of a file. */
export async function samples(path) {
  const { data, info } = await sharp(path, { limitInputPixels: false }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { ...info, data };
}

/** How two pictures differ: mean and largest difference in levels, and the PSNR in dB (of all three channels together). */
export function difference(a, b) {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw new Error(`${a.width} x ${a.height} x ${a.channels} and ${b.width} x ${b.height} x ${b.channels}`);
  }
  let [largest, sum, squares] = [0, 0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const d = Math.abs(a.data[i] - b.data[i]);
    if (d > largest) largest = d;
    sum += d;
    squares += d * d;
  }
  return { mean: sum / a.data.length, largest, psnr_db: 10 * Math.log10(255 ** 2 / (squares / a.data.length)) };
}
