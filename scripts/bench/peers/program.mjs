// One run of another program.
import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';

/** Runs a program that writes a file: `{ms, bytes, path}`. */
export async function timed(program, args, path) {
  rmSync(path, { force: true });
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (data) => (words += data));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 8).join(' ')} ended with ${code}: ${words.slice(0, 500)}`);
  return { ms, bytes: statSync(path).size, path };
}
