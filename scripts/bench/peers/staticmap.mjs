// The Python library staticmap: the same tiles over the same server, PNG as it writes it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { root, tools } from '../../shell.mjs';
import { timed } from './program.mjs';

const VERSION = '0.5.7';

/** A Python with the library, or undefined. */
function python() {
  const environment = join(tools, 'bench/python');
  const program = join(environment, 'bin/python');
  const works = () => existsSync(program) && spawnSync(program, ['-c', 'import staticmap']).status === 0;
  if (!works()) {
    spawnSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
    spawnSync(program, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', `staticmap==${VERSION}`], { stdio: 'inherit' });
  }
  if (works()) return program;
  console.log('staticmap cannot be had (python3 with venv, pip install staticmap); its rows are left out');
  return undefined;
}

/** What staticmap does with a kind of tiles, by name; empty without it. */
export function staticmap(kind, { origin, zoom, side_px, folder }) {
  const program = python();
  if (!program) return {};
  const path = join(folder, `${kind}-staticmap.png`);
  const args = [join(root, 'scripts/bench/peers/one_map.py'), `${origin}/${kind}/{z}/{x}/{y}`, String(zoom), String(side_px), path];
  return { 'staticmap png': () => timed(program, args, path) };
}
