// `npm test`: sets up, builds, and passes every test. `npm test -- edge` runs only the parts named.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { chromiumPath } from './chromium.mjs';
import { missingMapServers } from './map-servers.mjs';
import { missingReaders } from './readers.mjs';
import { root, run, step } from './shell.mjs';

const asked = process.argv.slice(2);
const wanted = (part) => asked.length === 0 || asked.includes(part);

await build();

const deny = { RUSTFLAGS: undefined, CARGO_TERM_COLOR: 'never' };

if (wanted('lint')) {
  step('format, lints, types');
  run('cargo', ['fmt', '--check']);
  run('cargo', ['clippy', '--all-targets', '--locked', '--', '-D', 'warnings'], { env: deny });
  run('cargo', ['clippy', '--lib', '--locked', '--target', 'wasm32-unknown-unknown', '--', '-D', 'warnings'], { env: deny });
  run('cargo', ['doc', '--no-deps', '--locked', '--document-private-items'], { env: { RUSTDOCFLAGS: '-D warnings' } });
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'www/tsconfig.json']);
}

if (wanted('native')) {
  step('native tests');
  run('cargo', ['test', '--locked', '--no-fail-fast']);
}

/** Runs the tests of a folder, one file after the other: each has a server of its own and both cores to itself. */
function runTests(folder, env = {}) {
  step(`${folder} tests`);
  const files = readdirSync(join(root, 'tests', folder)).filter((name) => name.endsWith('.test.ts')).sort();
  const args = ['--import', 'tsx', '--test', '--test-reporter', 'spec', '--test-concurrency', '1'];
  run(process.execPath, [...args, ...files.map((name) => `tests/${folder}/${name}`)], { env });
}

if (wanted('harness')) ['soak', 'load'].forEach((folder) => runTests(folder));
if (wanted('edge')) runTests('edge');
if (wanted('browser')) runTests('browser', { CHROMIUM: await chromiumPath() });
if (wanted('conformance')) {
  const missing = missingReaders();
  step('conformance files');
  // With the tests' profile, so that what the native tests compiled is used, and arithmetic is checked.
  run('cargo', ['run', '--locked', '--quiet', '--profile', 'test', '--example', 'conformance_files', '--', 'tests/out/conformance']);
  runTests('conformance', { CHROMIUM: await chromiumPath(), MISSING_READERS: JSON.stringify(missing) });
}
if (wanted('maps')) runTests('maps', { MISSING_MAP_SERVERS: JSON.stringify(await missingMapServers()) });
if (wanted('start')) runTests('start');
console.log('\nAll tests passed.');
