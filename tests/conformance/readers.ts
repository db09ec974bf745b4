// Files that the native core made (examples/conformance_files.rs), and other people's programs that read them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../server/mapshot.ts';
import type { Pixels } from '../server/pixels.ts';

/** Where the files are. */
export const folder = join(root, 'tests/out/conformance');

/** A tile of a carried image: where its top left pixel lies in the image, and what became of it. */
export interface PlacedTile {
  file: string;
  how: 'carried' | 'requantised' | 'encoded' | 'missing';
  x: number;
  y: number;
}

/** A file and what it should show. */
export interface Made {
  file: string;
  kind: 'png' | 'jpeg' | 'carried' | 'decoded';
  width: number;
  height: number;
  channels: 3 | 4;
  /** The pixels that went into the encoder, or came out of our decoder. */
  pixels?: string;
  quality?: number;
  subsampling?: '420' | '444';
  tiles?: PlacedTile[];
  /** The capture of captures.json that it is. */
  capture?: string;
}

export const read = (name: string): Buffer => readFileSync(join(folder, name));

const all = JSON.parse(read('files.json').toString()) as Made[];

/** The files of some kinds. */
export function made(...kinds: Made['kind'][]): Made[] {
  const some = all.filter((file) => kinds.includes(file.kind));
  assert.ok(some.length > 0, `no files of kind ${kinds}`);
  return some;
}

const missing = JSON.parse(process.env['MISSING_READERS'] ?? '{}') as Record<string, string>;

/** Options of a test that needs a program: without it the test is skipped, saying why. */
export function needs(program: string): { skip: string | false } {
  return { skip: missing[program] ?? false };
}

/** Runs a program over files of the folder. Its complaints are errors, whatever it ends with. */
export function runs(program: string, args: string[]): Buffer {
  const done = spawnSync(program, args, { cwd: folder, maxBuffer: 1 << 30 });
  const said = done.stderr?.toString().trim();
  assert.ok(done.status === 0 && said === '', `${program} ${args.join(' ')}: ${done.error ?? done.status ?? done.signal} ${said}`);
  return done.stdout;
}

/** Pixels as netpbm's programs write them: PPM, or PAM with alpha. */
export function netpbm(bytes: Buffer): Pixels {
  const start = bytes.subarray(0, 200).toString('latin1');
  const plain = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(start);
  const pam = /^P7\nWIDTH (\d+)\nHEIGHT (\d+)\nDEPTH (\d+)\nMAXVAL 255\nTUPLTYPE RGB(?:_ALPHA)?\nENDHDR\n/.exec(start);
  const match = plain ?? pam;
  assert.ok(match, `neither PPM nor PAM: ${JSON.stringify(start.slice(0, 60))}`);
  return {
    width: Number(match[1]),
    height: Number(match[2]),
    channels: Number(match[3] ?? 3),
    data: bytes.subarray(match[0].length),
  };
}

/** The size is right. */
export function assertSize(file: Made, got: Pixels): void {
  assert.deepEqual([got.width, got.height, got.channels], [file.width, file.height, file.channels], file.file);
}

/** The pixels are those that went into the encoder, where they are known. */
export function assertSame(file: Made, got: Pixels): void {
  assertSize(file, got);
  if (!file.pixels) return;
  assert.ok(got.data.equals(read(file.pixels)), `${file.file}: other pixels`);
}

/** A part of a picture. */
export function crop(of: Pixels, left: number, top: number, width: number, height: number): Pixels {
  const [row, part] = [of.width * of.channels, width * of.channels];
  const data = Buffer.alloc(part * height);
  for (let y = 0; y < height; y++) of.data.copy(data, y * part, (top + y) * row + left * of.channels, (top + y) * row + left * of.channels + part);
  return { width, height, channels: of.channels, data };
}
