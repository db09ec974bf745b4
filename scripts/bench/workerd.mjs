// Bare workerd, without Miniflare and wrangler around it: a configuration, one process.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../shell.mjs';
import { endWithUs } from './processes.mjs';
import { folder } from './report.mjs';

const COMPATIBILITY_DATE = '2026-04-24';

/** The program itself; node_modules/workerd/bin may hold a script of Node's around it. */
export const program = (() => {
  const require = createRequire(join(root, 'node_modules/workerd/'));
  return require.resolve(`@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}/bin/workerd`);
})();

/**
 * Writes a configuration and returns its path. `modules` are files by their name, the main module first; each of `workers` is made of
 * them and has `bindings` and `more`, Cap'n Proto text; the first answers. `services` are more of those, as text, asked with the
 * folder of the configuration.
 */
export function configure(name, modules, { workers = { main: {} }, services = () => '', port = 0 } = {}) {
  const at = join(folder, name);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true });
  const embedded = Object.entries(modules).map(([module, from]) => {
    copyFileSync(from, join(at, module));
    return `(name = "${module}", ${module.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${module}")`;
  });
  const written = Object.entries(workers).map(
    ([worker, { bindings = '', more = '' }]) => `(name = "${worker}", worker = (
    modules = [${embedded.join(', ')}],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${bindings}],
    ${more}
  ))`,
  );
  const path = join(at, 'config.capnp');
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${written.join(', ')}, ${services(at)}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "${Object.keys(workers)[0]}")],
);
`,
  );
  return path;
}

/** A configuration as workerd's own binary, all files within, as a deployed service is started: its path. */
export function compile(config) {
  const path = config.replace(/\.capnp$/, '.bin');
  writeFileSync(path, execFileSync(program, ['compile', '--config-only', config], { maxBuffer: 256 << 20 }));
  return path;
}

/** What workerd says of itself for its makers: an alarm that is set anew while it fires is no fault. */
const OF_ITSELF = /NOSENTRY/;

/** Serves a configuration; resolves when it listens. */
export function serve(config) {
  const child = spawn(program, ['serve', '--control-fd=3', config], { stdio: ['ignore', 'inherit', 'pipe', 'pipe'] });
  const stop = endWithUs(child);
  createInterface(child.stderr).on('line', (line) => OF_ITSELF.test(line) || console.error(line));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`workerd ended with ${code ?? signal}`)));
    let told = '';
    child.stdio[3].on('data', (data) => {
      told += data;
      const port = /"event":"listen".*"port":(\d+)/.exec(told)?.[1];
      if (port) resolve({ origin: `http://127.0.0.1:${port}`, pid: child.pid, stop });
    });
  });
}
