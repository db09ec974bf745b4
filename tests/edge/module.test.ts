// The module: one file, the same everywhere, with vector instructions.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, startMapshot } from '../server/mapshot.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the file that the Worker runs is the file that the page downloads, byte for byte', async () => {
  const built = sha256(readFileSync(join(root, 'build/index_bg.wasm')));
  // What wrangler would upload for each of the two scripts.
  for (const config of ['wrangler.toml', 'wrangler.renderer.toml']) {
    const folder = join(root, 'dist', config);
    const uploaded = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
    assert.equal(uploaded.length, 1);
    assert.equal(sha256(readFileSync(join(folder, uploaded[0] ?? ''))), built, config);
  }
  const mapshot = await startMapshot();
  try {
    const page = await fetch(`${mapshot.origin}/mapshot.wasm`);
    assert.equal(page.headers.get('Content-Type'), 'application/wasm');
    assert.equal(sha256(new Uint8Array(await page.arrayBuffer())), built);
    const health = (await (await fetch(`${mapshot.origin}/api/health`)).json()) as { wasm: { sha256: string } };
    assert.equal(health.wasm.sha256, built);
  } finally {
    await mapshot.close();
  }
});

test('v128 instructions are in the final file', () => {
  const dis = spawnSync(process.execPath, ['node_modules/binaryen/bin/wasm-dis', '--all-features', 'build/index_bg.wasm'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  assert.equal(dis.status, 0, dis.stderr);
  const vector = dis.stdout.match(/\((v128|i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\.\w+/g) ?? [];
  console.log(`${vector.length} vector instructions`);
  assert.ok(vector.length > 1000, `only ${vector.length} vector instructions`);
});

test('no folder of the machine that built it is in the module, so that it is the same wherever it is built', () => {
  const module = readFileSync(join(root, 'build/index_bg.wasm'), 'latin1');
  // A panic names its file: those of crates by the crate alone.
  assert.match(module, /tiny-skia-[\d.]+\/src\/\w+\.rs/);
  for (const folder of [join(root, 'src'), join(homedir(), '.cargo'), '/registry/src/']) assert.ok(!module.includes(folder), folder);
});

test('a deployment was tried, and its size is known', () => {
  const sizes = readFileSync(join(root, '.tools/deploy-size.txt'), 'utf8');
  assert.equal(sizes.match(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/g)?.length, 2, sizes);
});
