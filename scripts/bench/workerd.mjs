// Bare workerd, without Miniflare and wrangler around it: a config of one Worker, one process.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
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
 * Writes the configuration of one Worker and returns its path. `modules` are files by their name, the main module first;
 * `bindings`, `more` (of the Worker) and `services` are Cap'n Proto text; `services` is asked with the folder of the configuration.
 */
export function configure(name, modules, { bindings = '', more = '', services = () => '', port = 0 } = {}) {
  const at = join(folder, name);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(at, { recursive: true });
  const listed = Object.entries(modules).map(([module, from]) => {
    copyFileSync(from, join(at, module));
    return `(name = "${module}", ${module.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${module}")`;
  });
  const path = join(at, 'config.capnp');
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${listed.join(', ')}],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${bindings}],
    ${more}
  )), ${services(at)}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  );
  return path;
}

/** Serves a configuration; resolves when it listens. */
export function serve(config) {
  const child = spawn(program, ['serve', '--control-fd=3', config], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const stop = endWithUs(child);
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
