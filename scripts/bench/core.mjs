// `npm run bench:core`: the stages of benches/stage in megapixels a second, natively (Criterion) and as WebAssembly on one
// thread of workerd.
import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run, step } from '../shell.mjs';
import { call } from './http.mjs';
import { save, table } from './report.mjs';
import { median } from './statistics.mjs';
import { EXTENSION, KINDS, TILES, benchTiles } from './tiles.mjs';
import { configure, serve } from './workerd.mjs';

/** Calls of each case, and how long one should about take. */
const ROUNDS = 5;
const CALL_MS = 250;

const TARGET = join(root, 'target/bench');
const CRITERION = join(TARGET, 'criterion');

/** Runs the native benchmark and reads what Criterion wrote: seconds by kind and stage. */
function native() {
  step('core, natively');
  run('cargo', ['bench', '--locked', '--bench', 'core', '--', '--quiet'], { env: { CRITERION_HOME: CRITERION } });
  const found = {};
  for (const kind of KINDS) {
    for (const stage of readdirSync(join(CRITERION, kind))) {
      if (stage === 'report') continue;
      const read = (name) => JSON.parse(readFileSync(join(CRITERION, kind, stage, 'new', name), 'utf8'));
      const { function_id: name } = read('benchmark.json');
      (found[kind] ??= {})[name] = read('estimates.json').median.point_estimate / 1e9;
    }
  }
  return found;
}

/** Builds the core as a module of its own and returns the path of its configuration for workerd. */
export function buildCore() {
  step('core, as WebAssembly');
  copyFileSync(join(root, 'Cargo.lock'), join(root, 'benches/wasm/Cargo.lock'));
  const target = 'wasm32-unknown-unknown';
  run('cargo', ['build', '--release', '--manifest-path', 'benches/wasm/Cargo.toml', '--target', target, '--target-dir', TARGET]);
  const built = join(TARGET, target, 'release/mapshot_bench.wasm');
  // As worker-build does with the real module (Cargo.toml, package.metadata).
  run(process.execPath, ['node_modules/binaryen/bin/wasm-opt', '-O3', '--enable-simd', '--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-sign-ext', '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue', built, '-o', built.replace('.wasm', '.opt.wasm')]);
  return configure('core', {
    'worker.mjs': join(root, 'benches/wasm/worker.mjs'),
    'core.wasm': built.replace('.wasm', '.opt.wasm'),
  });
}

/** The tiles of a kind as benches/wasm/worker.mjs takes them. */
async function packed(kind) {
  const tiles = join(await benchTiles(), kind);
  const parts = [];
  for (let x = 0; x < TILES; x++) {
    for (let y = 0; y < TILES; y++) {
      const tile = readFileSync(join(tiles, String(x), `${y}.${EXTENSION[kind]}`));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(tile.length);
      parts.push(length, tile);
    }
  }
  return Buffer.concat(parts);
}

/** The core in workerd with the tiles of one kind: `time(stage)` measures a stage once. */
export async function startCore(config, kind) {
  const server = await serve(config);
  const handed = await call(`${server.origin}/tiles`, { method: 'POST', body: await packed(kind) });
  if (handed.status !== 200) throw new Error(`${handed.status}: ${handed.text()}`);
  const stages = JSON.parse((await call(`${server.origin}/stages`)).text());
  const run = async (stage, times) => {
    const start = performance.now();
    const answer = await call(`${server.origin}/run?stage=${stages.indexOf(stage)}&times=${times}`);
    return { ...JSON.parse(answer.text()), ms: performance.now() - start };
  };
  /** Milliseconds of one run: that of many, less a call that only prepares. */
  const time = async (stage) => {
    if (!stage.times) {
      // The first call compiles; the second tells how many runs make a call long enough.
      const first = await run(stage, 1);
      if (first.fault) return first;
      stage.times = Math.max(1, Math.round(CALL_MS / (await run(stage, 1)).ms));
    }
    const empty = await run(stage, 0);
    const full = await run(stage, stage.times);
    return { ...full, ms: (full.ms - empty.ms) / stage.times };
  };
  return { stages, time, stop: server.stop };
}

async function wasm() {
  const config = buildCore();
  step('core, in workerd');
  const found = {};
  for (const kind of KINDS) {
    const core = await startCore(config, kind);
    found[kind] = {};
    for (const stage of core.stages) {
      const runs = [];
      for (let i = 0; i < ROUNDS && !runs[0]?.fault; i++) runs.push(await core.time(stage));
      const { bytes, fault } = runs[0];
      found[kind][stage.name] = fault
        ? { fault, pixels: stage.pixels }
        : { bytes, pixels: stage.pixels, seconds: runs.map((run) => run.ms / 1000) };
      console.log(`${kind}/${stage.name}: ${fault ?? `${(stage.pixels / 1e6 / median(found[kind][stage.name].seconds)).toFixed(0)} Mpx/s`}`);
    }
    await core.stop();
  }
  return found;
}

export async function benchCore() {
  await benchTiles();
  const inWorkerd = await wasm();
  const natively = native();
  const rows = [];
  for (const kind of KINDS) {
    for (const [stage, { pixels, seconds, bytes, fault }] of Object.entries(inWorkerd[kind])) {
      const speed = (s) => pixels / 1e6 / s;
      if (fault) {
        rows.push([`${kind}, ${stage}`, `not available: ${fault}`]);
        continue;
      }
      const [wasm, native] = [median(seconds), natively[kind]?.[stage]];
      const whole = stage.startsWith('render');
      rows.push([`${kind}, ${stage}`, speed(wasm), native && speed(native), native && wasm / native, whole ? bytes / 1e6 : '–']);
    }
  }
  table('Core, megapixels a second on one thread', ['content, stage', 'wasm', 'native', 'wasm / native time', 'file, MB'], rows);
  save('core', { natively, inWorkerd });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchCore();
