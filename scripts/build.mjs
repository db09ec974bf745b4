// Builds the module and the page, each only when what it is made of has changed.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { setUp, toolPath } from './setup.mjs';
import { digest, fail, once, root, run, step, tools, watch } from './shell.mjs';

const WASM = 'build/index_bg.wasm';
const DATA = 'www/public/data/naturalearth.bin';

/** Flags that keep this machine's folders out of the module: a panic names its file, and the module is to be the same wherever it is built. */
function withoutFolders() {
  const crates = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src');
  const registries = existsSync(crates) ? readdirSync(crates).map((name) => join(crates, name)) : [];
  return [...registries, root].map((folder) => `--remap-path-prefix=${join(folder, '/')}=`).join(' ');
}

/** The module: Rust to wasm to bindings, with our own copies of every tool. */
async function buildModule() {
  const inputs = digest(['src', 'Cargo.toml', 'Cargo.lock', 'pixels', '.cargo', 'sources.json', 'scripts/build.mjs']);
  await once('module', inputs, [WASM, 'build/index.js'], async () => {
    step('module (Rust to WebAssembly)');
    const env = {
      WASM_BINDGEN_BIN: toolPath('wasm-bindgen'),
      WASM_OPT_BIN: join(root, 'node_modules/binaryen/bin/wasm-opt'),
      ESBUILD_BIN: join(root, 'node_modules/esbuild/bin/esbuild'),
    };
    // Joined to those of .cargo/config.toml.
    const flags = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: withoutFolders() };
    for (const [name, path] of Object.entries(env)) if (!existsSync(path)) fail(`${name}: ${path} is not there`);
    const { code, printed } = await watch(toolPath('worker-build'), ['--release'], { env: { ...env, ...flags } });
    if (code !== 0) fail(`worker-build ended with ${code}`);
    // With a wrong path worker-build only warns and downloads something else.
    for (const name of Object.keys(env)) {
      if (!printed.includes(`from ${name}`)) fail(`worker-build did not use ${name}`);
    }
    if (printed.includes('Downloading')) fail('worker-build downloaded a tool instead of using ours');
    const named = readFileSync(join(root, WASM));
    // A stack trace says wasm-function[123]; this copy knows its name.
    writeFileSync(join(tools, 'module-with-names.wasm'), named);
    writeFileSync(join(root, WASM), withoutNames(named));
  });
}

/** A module without the custom sections that only debuggers read (WebAssembly core specification, 5.5.3 and 7.4.1). */
function withoutNames(wasm) {
  const PREAMBLE_BYTES = 8;
  let at = PREAMBLE_BYTES;
  const number = () => {
    for (let value = 0, weight = 1; ; weight *= 128) {
      const byte = wasm[at++];
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
  };
  const kept = [wasm.subarray(0, PREAMBLE_BYTES)];
  while (at < wasm.length) {
    const start = at;
    const isCustom = wasm[at++] === 0;
    const length = number();
    const end = at + length;
    const nameBytes = isCustom ? number() : 0;
    const name = wasm.toString('utf8', at, at + nameBytes);
    if (name !== 'name' && name !== 'producers') kept.push(wasm.subarray(start, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** The embedded map's data, from npm packages. */
async function buildData() {
  await once('data', digest(['scripts/naturalearth.mjs', 'package-lock.json']), [DATA], async () => {
    step('Natural Earth data');
    const { writeNaturalEarth } = await import('./naturalearth.mjs');
    console.log(`${DATA}: ${writeNaturalEarth(join(root, DATA))} bytes`);
  });
}

/** The page, with the module's own file beside it. */
async function buildPage() {
  const inputs = digest(['www/src', 'www/index.html', 'www/public', 'vite.config.ts', 'tsconfig.json', 'www/tsconfig.json', 'build/index.js', WASM, 'package-lock.json']);
  await once('page', inputs, ['www/dist/index.html', 'www/dist/mapshot.wasm'], () => {
    step('page');
    run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
    const wasm = readFileSync(join(root, WASM));
    copyFileSync(join(root, WASM), join(root, 'www/dist/mapshot.wasm'));
    const module = { sha256: createHash('sha256').update(wasm).digest('hex'), bytes: wasm.length };
    writeFileSync(join(root, 'www/dist/module.json'), JSON.stringify(module));
  });
}

/** What a deployment would upload, and how large it is. */
async function sizeUp() {
  const inputs = digest(['build/index.js', WASM, 'wrangler.toml', 'wrangler.renderer.toml', 'www/dist/index.html', 'scripts/build.mjs']);
  const report = join(tools, 'deploy-size.txt');
  await once('size', inputs, ['.tools/deploy-size.txt'], async () => {
    step('deployment, dry run');
    const lines = [];
    for (const config of ['wrangler.toml', 'wrangler.renderer.toml']) {
      rmSync(join(root, 'dist', config), { recursive: true, force: true });
      const args = ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '-c', config, '--outdir', `dist/${config}`];
      const { code, printed } = await watch(process.execPath, args, { env: { WRANGLER_SEND_METRICS: 'false', CI: '1' } });
      if (code !== 0) fail(`wrangler deploy --dry-run -c ${config} ended with ${code}`);
      lines.push(`${config}: ${/Total Upload:.*/.exec(printed)?.[0] ?? 'no size printed'}`);
    }
    const wasm = readFileSync(join(root, WASM));
    lines.push(`${WASM}: ${wasm.length} bytes, ${gzipSync(wasm, { level: 9 }).length} gzipped`);
    mkdirSync(tools, { recursive: true });
    writeFileSync(report, `${lines.join('\n')}\n`);
  });
  console.log(readFileSync(report, 'utf8').trim());
}

export async function build({ withSize = true } = {}) {
  await setUp();
  await buildData();
  await buildModule();
  await buildPage();
  if (withSize) await sizeUp();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
