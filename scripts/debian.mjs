// Programs out of Debian's packages, for tests that need other people's: those that are there, else installed.
import { spawnSync } from 'node:child_process';
import { root, step } from './shell.mjs';

const isThere = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/**
 * Makes sure of programs, each with the package that it is in. Gives those that cannot be had, each with the reason,
 * which is printed, too.
 */
export function missingPrograms(what, packageOf) {
  const absent = Object.keys(packageOf).filter((program) => !isThere(program));
  if (absent.length === 0) return {};
  const packages = [...new Set(absent.map((program) => packageOf[program]))];
  step(`${what}: ${packages.join(', ')}`);
  const why = install(packages);
  const missing = absent.filter((program) => !isThere(program));
  for (const program of missing) console.log(`${program} is not there: ${why}`);
  return Object.fromEntries(missing.map((program) => [program, `${program} is not there: ${why}`]));
}

/** Installs Debian packages; why that failed, if it did. */
function install(packages) {
  const byHand = `install ${packages.join(' ')}`;
  if (!isThere('apt-get')) return `there is no apt-get to install it with; ${byHand}`;
  if (process.getuid?.() !== 0) return `only root can install it; ${byHand}`;
  const apt = (...args) =>
    spawnSync('apt-get', args, { cwd: root, stdio: 'inherit', timeout: 5 * 60_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (install().status === 0) return 'apt-get installed its package, and it still is not there';
  apt('update');
  const second = install();
  return `apt-get install ended with ${second.status ?? second.signal}`;
}
