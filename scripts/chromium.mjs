// A Chromium for the browser tests: one that is there, else Playwright's own, else Debian's package.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fail, root, step } from './shell.mjs';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

async function find() {
  const present = PLACES.find((path) => path && existsSync(path));
  if (present) return present;
  const { chromium } = await import('playwright-core');
  const own = chromium.executablePath();
  return own && existsSync(own) ? own : undefined;
}

/** The program's path, after installing one if need be. */
export async function chromiumPath() {
  const present = await find();
  if (present) return present;
  step('Chromium for the browser tests');
  const tries = [
    [process.execPath, ['node_modules/playwright-core/cli.js', 'install', '--with-deps', 'chromium']],
    ['apt-get', ['update']],
    ['apt-get', ['install', '-y', '--no-install-recommends', 'chromium']],
  ];
  for (const [program, args] of tries) {
    spawnSync(program, args, { cwd: root, stdio: 'inherit', timeout: 10 * 60_000 });
    const installed = await find();
    if (installed) return installed;
  }
  return fail('No Chromium could be found or installed; set CHROMIUM to the path of one.');
}
