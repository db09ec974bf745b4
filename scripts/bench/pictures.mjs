// Pictures to cut tiles from, drawn with numbers that never change: the ground as from an aeroplane, and a street map.
import sharp from 'sharp';

/** Sides of a picture, pixels. */
export const SIDE = 5120;

/** Numbers in [0, 1) that look random and never change (xorshift32). */
function numbers(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Noise with features of about `grain` pixels, as a grey picture of the whole. */
async function noise(seed, grain, contrast) {
  const side = Math.ceil(SIDE / grain);
  const next = numbers(seed);
  const small = Buffer.alloc(side * side);
  // Three draws make a bell, as textures of the ground have.
  for (let i = 0; i < small.length; i++) small[i] = 128 + (next() + next() + next() - 1.5) * contrast;
  const raw = { raw: { width: side, height: side, channels: 1 } };
  return sharp(small, raw).resize(SIDE, SIDE, { kernel: grain > 1 ? 'cubic' : 'nearest' }).toColourspace('b-w').raw().toBuffer();
}

/** Fields, roads, houses with shadows and trees, as an SVG. No `opacity`: it makes librsvg draw a group of the whole size. */
function ground(seed) {
  const next = numbers(seed);
  const size = SIDE;
  const parts = [`<rect width="${size}" height="${size}" fill="#6d7455"/>`];
  const tone = (h, s, l) => `hsl(${h},${s}%,${l}%)`;
  for (let i = 0; i < 900; i++) {
    const [x, y, w, h] = [next() * size, next() * size, 120 + next() * 500, 120 + next() * 400];
    const fill = tone(50 + next() * 70, 12 + next() * 25, 28 + next() * 22);
    parts.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" transform="rotate(${next() * 60 - 30} ${x} ${y})"/>`);
  }
  for (let i = 0; i < 60; i++) {
    const [x, y] = [next() * size, next() * size];
    const width = 8 + next() * 22;
    const to = () => `${next() * size},${next() * size}`;
    parts.push(`<path d="M${x},${y} Q${to()} ${to()}" stroke="${tone(35, 8, 52 + next() * 12)}" stroke-width="${width}" fill="none"/>`);
  }
  for (let i = 0; i < 5200; i++) {
    const [x, y, w, h] = [next() * size, next() * size, 14 + next() * 42, 12 + next() * 30];
    const turn = `rotate(${next() * 90} ${x} ${y})`;
    const roof = tone(next() * 40, 5 + next() * 35, 38 + next() * 40);
    parts.push(
      `<rect x="${x + 5}" y="${y + 6}" width="${w}" height="${h}" fill="#20241c" fill-opacity="0.6" transform="${turn}"/>`,
      `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${roof}" transform="${turn}"/>`,
      `<rect x="${x}" y="${y}" width="${w}" height="${h / 2}" fill="#fff" fill-opacity="0.12" transform="${turn}"/>`,
    );
  }
  for (let i = 0; i < 30000; i++) {
    const [x, y, r] = [next() * size, next() * size, 3 + next() * 9];
    parts.push(`<circle cx="${x}" cy="${y}" r="${r}" fill="${tone(85 + next() * 30, 22, 18 + next() * 16)}"/>`);
  }
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${parts.join('')}</svg>`);
}

/** The ground with its texture. */
export async function aerial() {
  const base = await sharp(ground(7), { unlimited: true }).removeAlpha().raw().toBuffer();
  const layers = [await noise(11, 1, 6), await noise(12, 2, 14), await noise(13, 5, 19), await noise(14, 23, 40), await noise(15, 160, 60)];
  const tint = [1, 1, 0.88];
  for (let i = 0, p = 0; p < layers[0].length; p++) {
    let sum = 0;
    for (const layer of layers) sum += layer[p] - 128;
    for (let c = 0; c < 3; c++, i++) base[i] = Math.min(255, Math.max(0, base[i] + sum * tint[c]));
  }
  return sharp(base, { raw: { width: SIDE, height: SIDE, channels: 3 } });
}

/** A street map: land use, water, streets with casings, houses, names. */
function streets(seed) {
  const next = numbers(seed);
  const size = SIDE;
  const parts = [`<rect width="${size}" height="${size}" fill="#f2efe9"/>`];
  const uses = ['#cdebb0', '#add19e', '#e0dfdf', '#ebdbe8', '#f2dad9', '#eef0d5', '#c8facc'];
  for (let i = 0; i < 420; i++) {
    const [x, y, r] = [next() * size, next() * size, 60 + next() * 260];
    const corners = Array.from({ length: 7 }, (_, k) => {
      const a = (k / 7) * 6.283;
      const d = r * (0.6 + next() * 0.5);
      return `${(x + Math.cos(a) * d).toFixed(1)},${(y + Math.sin(a) * d).toFixed(1)}`;
    });
    parts.push(`<polygon points="${corners.join(' ')}" fill="${uses[Math.floor(next() * uses.length)]}"/>`);
  }
  let river = `M-50,${size * 0.3}`;
  for (let x = 0; x <= size + 400; x += 400) river += ` S${x - 120},${size * (0.25 + next() * 0.3)} ${x},${size * (0.28 + next() * 0.22)}`;
  parts.push(`<path d="${river}" stroke="#aad3df" stroke-width="130" fill="none"/>`);
  for (let i = 0; i < 7000; i++) {
    const [x, y, w, h] = [next() * size, next() * size, 8 + next() * 26, 8 + next() * 20];
    parts.push(`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" fill="#d9d0c9" stroke="#bfb5ab" stroke-width="0.8" transform="rotate(${(next() * 40).toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})"/>`);
  }
  const roads = [
    { n: 330, w: 7, casing: '#bbbbbb', fill: '#ffffff', far: 700 },
    { n: 90, w: 11, casing: '#a88b4e', fill: '#f7fabf', far: 1800 },
    { n: 30, w: 15, casing: '#b06a3a', fill: '#fcd6a4', far: 3200 },
    { n: 9, w: 19, casing: '#a03a4e', fill: '#e892a2', far: 6000 },
  ];
  const names = [];
  for (const { n, w, casing, fill, far } of roads) {
    const lines = Array.from({ length: n }, (_, i) => {
      const [x, y] = [next() * size, next() * size];
      const a = next() * 6.283;
      const bend = (next() - 0.5) * far * 0.5;
      const [ex, ey] = [x + Math.cos(a) * far, y + Math.sin(a) * far];
      const [mx, my] = [(x + ex) / 2 - Math.sin(a) * bend, (y + ey) / 2 + Math.cos(a) * bend];
      if (i % 2 === 0) names.push([(x + mx) / 2, (y + my) / 2, (Math.atan2(my - y, mx - x) * 180) / Math.PI]);
      return `M${x.toFixed(1)},${y.toFixed(1)} Q${mx.toFixed(1)},${my.toFixed(1)} ${ex.toFixed(1)},${ey.toFixed(1)}`;
    });
    for (const [colour, width] of [[casing, w + 2], [fill, w]]) {
      parts.push(`<path d="${lines.join(' ')}" stroke="${colour}" stroke-width="${width}" fill="none" stroke-linecap="round"/>`);
    }
  }
  const syllables = ['ka', 'ro', 'min', 'tel', 'sa', 'vor', 'lin', 'hae', 'dong', 'gu', 'ber', 'mont', 'au', 'stra', 'wel'];
  const word = () => Array.from({ length: 2 + Math.floor(next() * 3) }, () => syllables[Math.floor(next() * syllables.length)]).join('');
  for (const [x, y, a] of names) {
    const turn = a > 90 ? a - 180 : a < -90 ? a + 180 : a;
    parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-family="DejaVu Sans, sans-serif" font-size="12" fill="#333" stroke="#fff" stroke-width="2.4" paint-order="stroke" transform="rotate(${turn.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})">${word()} ${word()}</text>`);
  }
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${parts.join('')}</svg>`);
}

/** The street map. */
export function map() {
  return sharp(streets(3), { unlimited: true });
}
