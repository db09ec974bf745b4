// PNG files, as libpng, libspng, libvips and pngcheck read them.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { decode } from '../server/pixels.ts';
import { assertSame, folder, made, needs, netpbm, read, runs } from './readers.ts';

const files = made('png');
const names = files.map((file) => file.file);

test('pngcheck finds nothing wrong', needs('pngcheck'), () => {
  const said = runs('pngcheck', ['-v', ...names]).toString();
  for (const name of names) assert.ok(said.includes(`No errors detected in ${name} (`), `${name}\n${said}`);
  assert.ok(!/warning|error:/i.test(said), said);
});

test('libpng reads the whole zlib stream and would not write its header otherwise', needs('pngfix'), () => {
  const lines = runs('pngfix', names).toString().trim().split('\n');
  // A line for each compressed chunk of each file: chunk, verdict, level, window as said and as needed, sizes, file.
  for (const name of names) {
    const own = lines.filter((line) => line.endsWith(` ${name}`));
    assert.ok(own.length > 0 && own.every((line) => /^\S+ OK /.test(line)), `${name}: ${own.join('; ')}`);
  }
});

test('libpng gets the pixels back', needs('pngtopam'), () => {
  for (const file of files) assertSame(file, netpbm(runs('pngtopam', [...(file.channels === 4 ? ['-alphapam'] : []), file.file])));
});

test('libvips gets the pixels back', needs('vips'), () => {
  const out = 'vips.out';
  for (const file of files) {
    runs('vips', ['rawsave', `${file.file}[fail-on=warning]`, out]);
    assertSame(file, { width: file.width, height: file.height, channels: file.channels, data: read(out) });
  }
  rmSync(`${folder}/${out}`);
});

test('libspng gets the pixels back', async () => {
  for (const file of files) assertSame(file, await decode(read(file.file)));
});
