// `npm run fuzz -- <target> <seconds>`: fuzzes one target of fuzz/, or all of them one after the other (`all`). Needs a C++
// compiler. What it finds it leaves in fuzz/artifacts; a finding belongs into fuzz/regressions.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { toolPath } from './setup.mjs';
import { capture, fail, root, run, step, tools } from './shell.mjs';

const fuzz = join(root, 'fuzz');
const targets = readdirSync(join(fuzz, 'fuzz_targets')).map((name) => basename(name, '.rs')).sort();

const VERSION = '0.13.2';

/** Targets whose seeds are tiles, each with the byte before the tile, by which the target chooses. */
const TAKES_TILES = { decode_tile: [0, 1], jpeg_frame_from_tile: [0, 1], jpeg_carry: [0, 2] };

const [asked, seconds = '60'] = process.argv.slice(2);
const chosen = asked === 'all' ? targets : [asked];
if (!chosen.every((target) => targets.includes(target)) || !/^\d+$/.test(seconds)) {
  fail(`npm run fuzz -- <target> <seconds>, where the target is one of: all, ${targets.join(', ')}`);
}

function install() {
  if (existsSync(toolPath('cargo-fuzz')) && capture(toolPath('cargo-fuzz'), ['--version'])?.includes(VERSION)) return;
  step(`cargo-fuzz ${VERSION} into .tools (a few minutes, once)`);
  run('cargo', ['install', 'cargo-fuzz', '--version', `=${VERSION}`, '--locked', '--root', tools]);
}

/** The corpus of a target: what it has learnt, and all that it can start from. */
function corpus(target) {
  const folder = join(fuzz, 'corpus', target);
  mkdirSync(folder, { recursive: true });
  for (const from of ['seeds', 'regressions']) {
    if (existsSync(join(fuzz, from, target))) cpSync(join(fuzz, from, target), folder, { recursive: true });
  }
  const odd = join(root, 'tests/fixtures/odd');
  const tiles = [...readdirSync(odd).map((name) => join(odd, name)), join(root, 'tests/fixtures/bluemarble/4/8/5.jpg')];
  for (const choice of TAKES_TILES[target] ?? []) {
    for (const path of tiles) {
      writeFileSync(join(folder, `${choice}-${basename(path)}`), Buffer.concat([Buffer.from([choice]), readFileSync(path)]));
    }
  }
  return folder;
}

install();
// The versions that the project is tested with; cargo adds those that only the targets need.
if (!existsSync(join(fuzz, 'Cargo.lock'))) copyFileSync(join(root, 'Cargo.lock'), join(fuzz, 'Cargo.lock'));
const found = [];
for (const target of chosen) {
  step(`fuzz ${target}, ${seconds} s`);
  // Without a sanitizer the stable compiler will do: safe Rust has nothing to be sanitised, only panics and promises.
  const args = ['fuzz', 'run', '--sanitizer', 'none', '--fuzz-dir', fuzz, target, corpus(target), '--'];
  const limits = [`-max_total_time=${seconds}`, '-timeout=10', '-rss_limit_mb=1024', '-max_len=70000', '-print_final_stats=1', '-verbosity=1'];
  const done = spawnSync(toolPath('cargo-fuzz'), [...args, ...limits], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) found.push(target);
}
if (found.length > 0) fail(`Something was found by: ${found.join(', ')}; see fuzz/artifacts`);
console.log('\nNothing was found.');
