// Running programs and remembering what is done: all that the other scripts share. Node's own modules only, because
// this runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Tools that are installed for this project alone. */
export const tools = join(root, '.tools');

/** Stops everything, saying why. */
export function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

/** Runs a program in the project's folder and waits for it; its failure is ours. */
export function run(program, args, { env = {}, cwd = root } = {}) {
  const done = spawnSync(program, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (done.error) fail(`${program} cannot be run: ${done.error.message}`);
  if (done.status !== 0) fail(`${program} ${args.join(' ')} ended with ${done.status ?? done.signal}`);
}

/** Runs a program and gives what it printed, or undefined when it failed. */
export function capture(program, args) {
  const done = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Runs a program, shows what it prints and gives it back, too. */
export function watch(program, args, { env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env } });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        printed += data;
        process.stdout.write(data);
      });
    }
    child.on('error', (error) => fail(`${program} cannot be run: ${error.message}`));
    child.on('close', (code) => resolve({ code, printed }));
  });
}

/** A heading, so that long runs can be read. */
export function step(title) {
  console.log(`\n== ${title}`);
}

function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* filesBelow(join(path, name));
}

/** A digest of files and folders and anything else that matters. */
export function digest(paths, ...others) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((p) => [...filesBelow(join(root, p))])) {
    hash.update(`${relative(root, path)}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.update(JSON.stringify(others)).digest('hex');
}

/** Does something unless it was done with the same inputs before and its outputs are still there. */
export async function once(name, inputs, outputs, work) {
  const stamp = join(tools, 'stamps', name);
  const there = outputs.every((path) => existsSync(join(root, path)));
  if (there && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return false;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
  return true;
}
