// Everything the project needs on this machine, each once: npm packages, the wasm target, two Rust tools.
// Idempotent, and silent when there is nothing to do.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { capture, digest, fail, once, root, run, step, tools } from './shell.mjs';

// wasm-bindgen's tool must have the version of the library (Cargo.lock), worker-build that of the worker crate.
const CARGO_TOOLS = [
  { name: 'worker-build', version: '0.8.7', binary: 'worker-build' },
  { name: 'wasm-bindgen-cli', version: '0.2.130', binary: 'wasm-bindgen' },
];

/** Where a tool's program is. */
export function toolPath(binary) {
  return join(tools, 'bin', process.platform === 'win32' ? `${binary}.exe` : binary);
}

export async function setUp() {
  if (!capture('cargo', ['--version']) || !capture('rustup', ['--version'])) {
    fail('Rust is needed, with rustup: https://rustup.rs');
  }
  await once('npm', digest(['package-lock.json']), ['node_modules/wrangler/package.json'], () => {
    step('npm packages');
    run('npm', ['ci', '--no-audit', '--no-fund']);
  });
  if (!capture('rustup', ['target', 'list', '--installed'])?.includes('wasm32-unknown-unknown')) {
    step('wasm32-unknown-unknown target');
    run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
  }
  for (const tool of CARGO_TOOLS) install(tool);
  rmSync(CARGO_ENV.CARGO_TARGET_DIR, { recursive: true, force: true });
}

// Tools that run for seconds need not be optimised for minutes; what both are made of is compiled once.
const CARGO_ENV = {
  CARGO_TARGET_DIR: join(tools, 'target'),
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
};

function install({ name, version, binary }) {
  if (existsSync(toolPath(binary)) && capture(toolPath(binary), ['--version'])?.includes(version)) return;
  step(`${name} ${version} into .tools (a few minutes, once)`);
  const args = ['install', name, '--version', `=${version}`, '--root', tools];
  const env = { ...process.env, ...CARGO_ENV };
  const locked = spawnSync('cargo', [...args, '--locked'], { cwd: root, stdio: 'inherit', env });
  if (locked.status !== 0) {
    // A registry may lack one of the exact versions that the tool was released with; newer compatible ones do.
    console.log(`${name} cannot be built from its own lock file; trying with what the registry has`);
    run('cargo', args, { env: CARGO_ENV });
  }
}
