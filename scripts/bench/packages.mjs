// Programs of others that benchmarks compare with, from Debian's packages.
import { spawnSync } from 'node:child_process';
import { capture } from '../shell.mjs';

/** Whether a program is there, after trying to install its package. Says so when it is not. */
export function have(program, args, debian) {
  if (capture(program, args) !== undefined) return true;
  console.log(`${program} is not there; installing ${debian}`);
  for (const command of [['update'], ['install', '-y', '--no-install-recommends', debian]]) {
    spawnSync('apt-get', command, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 5 * 60_000 });
  }
  const there = capture(program, args) !== undefined;
  if (!there) console.log(`${program} cannot be had (apt-get install ${debian}); its rows are left out`);
  return there;
}
