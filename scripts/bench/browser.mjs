// `npm run bench:browser`: the page renders the same image with one and with two Web Workers, in headless Chromium. From the press of
// the button to the file on disk; the pages take turns.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from '../build.mjs';
import { step } from '../shell.mjs';
import { startChromium } from './devtools.mjs';
import { startMapshot } from './mapshot.mjs';
import { cpuSecondsOfAll } from './processes.mjs';
import { number, save, table } from './report.mjs';
import { median } from './statistics.mjs';
import { sources, startTileServer } from './tile-server.mjs';

const ROUNDS = 5;
const KINDS = ['sat', 'aerial'];
const WORKERS = [1, 2];

/** About the image's side; the page chooses by radius, not by pixels. */
const SIDE_PX = 8192;
const ZOOM = 12;
const RADIUS_M = Math.round((156_543.034 / 2 ** ZOOM) * (SIDE_PX / 2));

/** What runs in the page: it chooses the image. */
async function choose(kind, zoom) {
  const until = async (check) => {
    while (!check()) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const find = (selector) => document.querySelector(selector);
  const planned = () => find('#plan:not(.waiting) dl') && !find('#capture-browser').disabled;
  await until(planned);
  for (const [selector, value] of [['#source', kind], ['#latitude', '0'], ['#longitude', '0'], ['#zoom', zoom]]) {
    find(selector).value = value;
    find(selector).dispatchEvent(new Event('change'));
  }
  // The new plan is on its way when the button is off.
  await until(planned);
  return /([\d,]+) × ([\d,]+) px/.exec(find('#plan').textContent).slice(1).map((side) => Number(side.replaceAll(',', '')));
}

/** What runs in the page: one capture, in milliseconds. */
async function capture() {
  const list = document.querySelector('#captures');
  const start = performance.now();
  document.querySelector('#capture-browser').click();
  const state = await new Promise((resolve) => {
    const look = new MutationObserver(() => {
      const { state } = document.querySelector('article').dataset;
      if (state === 'working') return;
      look.disconnect();
      resolve(state);
    });
    look.observe(list, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
  });
  const ms = performance.now() - start;
  if (state !== 'saved') throw new Error(list.textContent);
  list.replaceChildren();
  return ms;
}

/** A page with the image chosen, that renders with a number of workers. */
async function open(chromium, origin, kind, workers) {
  const page = await chromium.open(`${origin}/?workers=${workers}`);
  // Until the page's script runs there is nothing to ask.
  while (!(await page.evaluate(`!!document.querySelector('#plan dl')`).catch(() => false))) await sleep(100);
  const [width, height] = await page.evaluate(`(${choose})('${kind}', '${ZOOM}')`);
  return { ...page, workers, width, height };
}

/** All captures of one kind of tiles, the two pages in turns. */
async function measure(chromium, origin, kind) {
  const runs = Object.fromEntries(WORKERS.map((workers) => [workers, []]));
  const pages = [];
  for (const workers of WORKERS) pages.push(await open(chromium, origin, kind, workers));
  for (let i = 0; i <= ROUNDS; i++) {
    for (const page of pages) {
      await page.front();
      const before = cpuSecondsOfAll(chromium.pid);
      const ms = await page.evaluate(`(${capture})()`);
      const cores = (cpuSecondsOfAll(chromium.pid) - before) * 1000 / ms;
      // The first of each loads the module.
      if (i > 0) runs[page.workers].push({ ms, cores });
    }
  }
  const [{ width, height }] = pages;
  const of = (workers, what) => median(runs[workers].map((run) => run[what]));
  const rows = WORKERS.map((workers) => [
    String(workers), of(workers, 'ms'), of(workers, 'ms') / ((width * height) / 1e6), of(1, 'ms') / of(workers, 'ms'), of(workers, 'cores'),
  ]);
  const title = `In the browser: ${number(width)} x ${number(height)} px of ${kind}, PNG, ${ROUNDS} captures each`;
  table(title, ['workers', 'ms', 'ms / Mpx', 'times as fast as one', 'cores that Chromium had busy'], rows);
  return { kind, width_px: width, height_px: height, runs };
}

export async function benchBrowser() {
  await build({ withSize: false });
  step('browser');
  const tiles = await startTileServer();
  const entries = KINDS.map((kind) => ({ ...sources(tiles.origin, kind)[0], presets_m: [RADIUS_M, RADIUS_M] }));
  const server = await startMapshot(entries);
  const chromium = await startChromium();
  try {
    const figures = [];
    for (const kind of KINDS) figures.push(await measure(chromium, server.origin, kind));
    save('browser', figures);
  } finally {
    await chromium.close();
    await server.stop();
    await tiles.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchBrowser();
