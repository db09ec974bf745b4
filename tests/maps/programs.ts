// Other people's programs that these tests need (scripts/map-servers.mjs), and what to do without them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const missing = JSON.parse(process.env['MISSING_MAP_SERVERS'] ?? '{}') as Record<string, string>;

/** Options of a test that needs programs: without one it is skipped, saying why. */
export function needs(...programs: string[]): { skip: string | false } {
  return { skip: programs.map((program) => missing[program]).find((why) => why !== undefined) ?? false };
}

/** Whether all of them are there. */
export const has = (...programs: string[]): boolean => needs(...programs).skip === false;

/** Runs a program to its end. */
export function runs(program: string, args: string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`);
}
