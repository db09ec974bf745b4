// vips arrayjoin of the same tiles as local files: nothing is fetched.
import { join } from 'node:path';
import { have } from '../packages.mjs';
import { EXTENSION, TILE_PX, tileAt } from '../tiles.mjs';
import { timed } from './program.mjs';

const OPTIONS = { 'png c6': ['png', 'compression=6'], 'jpeg q85': ['jpg', 'Q=85'] };

/** What vips does with a kind of tiles, by name; empty without vips. */
export function vips(kind, { tiles, left_px, side_px, folder }) {
  if (!have('vips', ['--version'], 'libvips-tools')) return {};
  const across = side_px / TILE_PX;
  const first = left_px / TILE_PX;
  const files = Array.from({ length: across * across }, (_, i) => {
    const [x, y] = tileAt(first + (i % across), first + Math.floor(i / across));
    return join(tiles, kind, String(x), `${y}.${EXTENSION[kind]}`);
  });
  const entries = Object.entries(OPTIONS).filter(([name]) => kind !== 'map' || name.startsWith('png'));
  return Object.fromEntries(
    entries.map(([name, [extension, option]]) => {
      const path = join(folder, `${kind}-vips-${name.replace(' ', '-')}.${extension}`);
      const args = ['arrayjoin', files.join(' '), `${path}[${option}]`, '--across', String(across)];
      return [`vips ${name}`, () => timed('vips', args, path)];
    }),
  );
}
