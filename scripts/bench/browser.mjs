// `npm run bench:browser`: the page renders the same image with one and with two Web Workers, in headless Chromium. From the press of
// the button to the saved file; the pages take turns.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from '../build.mjs';
import { chromiumPath } from '../chromium.mjs';
import { step } from '../shell.mjs';
import { startMapshot } from './mapshot.mjs';
import { number, save, table } from './report.mjs';
import { median } from './statistics.mjs';
import { sources, startTileServer } from './tile-server.mjs';

const ROUNDS = 5;
const KIND = 'sat';
const WORKERS = [1, 2];

/** About the image's side; the page chooses by radius, not by pixels. */
const SIDE_PX = 8192;
const ZOOM = 12;
const RADIUS_M = Math.round((156_543.034 / 2 ** ZOOM) * (SIDE_PX / 2));

/** Chromium's own housekeeping would take the cores away. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A page with the image chosen, that renders with a number of workers. */
async function open(browser, origin, workers) {
  const page = await browser.newPage({ acceptDownloads: true });
  // The page takes as many workers as there are cores.
  await page.addInitScript((count) => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => count }), workers);
  await page.goto(`${origin}/?workers=${workers}`);
  await page.waitForSelector('#plan dl');
  await page.selectOption('#source', KIND);
  for (const [field, value] of [['#latitude', '0'], ['#longitude', '0']]) {
    await page.fill(field, value);
    await page.locator(field).blur();
  }
  await page.selectOption('#zoom', String(ZOOM));
  await page.waitForSelector('#plan:not(.waiting) dl');
  await page.waitForSelector('#capture-browser:not([disabled])');
  await page.waitForLoadState('networkidle');
  const size = /([\d,]+) × ([\d,]+) px/.exec((await page.textContent('#plan')) ?? '');
  const [width, height] = size.slice(1).map((side) => Number(side.replaceAll(',', '')));
  return { page, workers, width, height };
}

/** One capture: milliseconds, bytes, and how many workers there were. */
async function capture({ page }) {
  await page.bringToFront();
  let most = 0;
  page.on('worker', () => (most = Math.max(most, page.workers().length)));
  const download = page.waitForEvent('download', { timeout: 120_000 });
  const start = performance.now();
  await page.click('#capture-browser');
  const file = await (await download).path();
  const ms = performance.now() - start;
  page.removeAllListeners('worker');
  await page.evaluate(() => document.querySelector('#captures')?.replaceChildren());
  // One of them writes the file.
  return { ms, bytes: statSync(file).size, workers: most - 1 };
}

export async function benchBrowser() {
  await build({ withSize: false });
  step('browser');
  const tiles = await startTileServer();
  const server = await startMapshot([{ ...sources(tiles.origin, KIND)[0], presets_m: [RADIUS_M, RADIUS_M] }]);
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: ARGUMENTS });
  const runs = Object.fromEntries(WORKERS.map((workers) => [workers, []]));
  try {
    const pages = [];
    for (const workers of WORKERS) pages.push(await open(browser, server.origin, workers));
    for (let i = 0; i <= ROUNDS; i++) {
      for (const page of pages) {
        const run = await capture(page);
        if (run.workers !== page.workers) throw new Error(`the page used ${run.workers} workers instead of ${page.workers}`);
        // The first of each loads the module.
        if (i > 0) runs[page.workers].push(run);
      }
    }
    const [{ width, height }] = pages;
    const of = (workers) => median(runs[workers].map((run) => run.ms));
    const rows = WORKERS.map((workers) => [String(workers), of(workers), of(workers) / ((width * height) / 1e6), of(1) / of(workers)]);
    table(`In the browser: ${number(width)} x ${number(height)} px of ${KIND}, PNG, ${ROUNDS} captures each`, ['workers', 'ms', 'ms / Mpx', 'times as fast as one'], rows);
    save('browser', { width_px: width, height_px: height, runs });
  } finally {
    await browser.close();
    await server.stop();
    await tiles.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchBrowser();
