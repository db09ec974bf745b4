// A person at the page, in headless Chromium.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Download, type Page } from 'playwright-core';
import sharp from 'sharp';
import { eventually } from '../server/client.ts';
import { middle, startControlServer, type ControlServer } from '../server/control-points.ts';
import { pixel, type Position } from '../server/projections.ts';
import { entry, root, startMapshot, type Mapshot } from '../server/mapshot.ts';
import type { Plan } from '../../www/src/protocol.ts';
import { decode, difference, paste, type Pixels } from '../server/pixels.ts';
import { SIDE, marble, startTileServer, type TileServer } from '../server/tile-server.ts';

const screens = join(root, 'tests/out/screens');
mkdirSync(screens, { recursive: true });

let tiles: TileServer;
let control: ControlServer;
let mapshot: Mapshot;
let browser: Browser;
let page: Page;
const troubles: string[] = [];

/** What the control server draws: the middle of the page's first view, and around it. */
const POINTS: Position[] = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy): Position => [127.5 + dx * 0.004, 36.5 + dy * 0.003]));

before(async () => {
  tiles = await startTileServer();
  control = await startControlServer(POINTS);
  mapshot = await startMapshot({
    sources: [
      entry('marble', tiles.template, { title: 'Blue Marble (test)' }),
      entry('shy', tiles.template, { title: 'Not for pages (test)', headers: { 'X-Token': 'x' }, proxy: false }),
      { id: 'korean', title: 'Points, Korean grid (test)', url: `${control.origin}/base/kakao-5181/{z}/{x}/{y}`, grid: 'kakao-5181', browser: false, region: 'kr' },
      entry('local', tiles.template, { title: 'One country alone (test)', region: 'kr' }),
      {
        id: 'points',
        title: 'Points, WMS (test)',
        kind: 'wms',
        url: `${control.origin}/wms`,
        layers: ['points'],
        crs: ['EPSG:5181', 'EPSG:3857'],
        transparent: true,
      },
    ],
  });
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

after(async () => {
  await browser?.close();
  await mapshot?.close();
  await tiles?.close();
  await control?.close();
});

beforeEach(async () => {
  tiles.fault = () => false;
  troubles.length = 0;
  await page?.close();
  page = await browser.newPage({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  await page.goto(mapshot.origin);
  await page.waitForSelector('#plan dl');
});

async function saved(download: Promise<Download>): Promise<{ file: Buffer; name: string; pixels: Pixels }> {
  const done = await download;
  assert.equal(await done.failure(), null);
  const file = readFileSync(await done.path());
  return { file, name: done.suggestedFilename(), pixels: await decode(file) };
}

const planned = async (): Promise<[number, number]> => {
  const text = (await page.textContent('#plan')) ?? '';
  const match = /([\d,]+) × ([\d,]+) px/.exec(text);
  assert.ok(match, text);
  const number = (s = '') => Number(s.replaceAll(',', ''));
  return [number(match[1]), number(match[2])];
};

/** The map has drawn what it shows: no tile is on its way any more. */
async function mapIsDrawn(): Promise<void> {
  await page.waitForLoadState('networkidle');
}

test('whoever opens the page and presses the button gets an image', async () => {
  await mapIsDrawn();
  await page.screenshot({ path: join(screens, '1-opened.png') });
  const [width, height] = await planned();
  const download = page.waitForEvent('download');
  await page.click('#capture-edge');
  const { pixels, name } = await saved(download);
  assert.deepEqual([pixels.width, pixels.height], [width, height]);
  assert.match(name, /^mapshot-naturalearth-z8-.*\.png$/);
  await page.waitForSelector('article[data-state="saved"]');
  assert.match((await page.textContent('article .state')) ?? '', /^Saved/);
  await page.screenshot({ path: join(screens, '2-saved.png') });
  assert.deepEqual(troubles, []);
});

test('the edge and this browser make the same pixels, of a clicked place and a chosen size', async () => {
  await page.selectOption('#source', 'marble');
  const radii = await page.locator('#radius label').allTextContents();
  assert.deepEqual(radii, ['1 km', '2 km', '5 km', '10 km']);
  await page.locator('#radius label', { hasText: /^2 km$/ }).click();
  const before = await page.inputValue('#longitude');
  await page.locator('#map').click({ position: { x: 300, y: 350 } });
  await page.waitForFunction((old) => (document.querySelector('#longitude') as HTMLInputElement).value !== old, before);
  await page.waitForSelector('#plan:not(.waiting) dl');
  await page.waitForSelector('#capture-browser:not([disabled])');
  const [width, height] = await planned();
  assert.ok(width > 3000 && width <= 6000, `${width} px`);
  await mapIsDrawn();
  await page.screenshot({ path: join(screens, '3-chosen.png') });

  // Slow enough to be seen at work.
  tiles.fault = async () => {
    await sleep(10);
    return false;
  };
  let download = page.waitForEvent('download', { timeout: 120_000 });
  await page.click('#capture-edge');
  await page.waitForFunction(() => /Rendering: [1-9]/.test(document.querySelector('article .state')?.textContent ?? ''));
  await page.screenshot({ path: join(screens, '4-edge-rendering.png') });
  const edge = await saved(download);

  download = page.waitForEvent('download', { timeout: 120_000 });
  await page.click('#capture-browser');
  await page.waitForFunction(() => /Rendering here: [1-9]/.test(document.querySelector('article .state')?.textContent ?? ''));
  assert.ok(page.workers().length >= 1, 'the work is done in workers');
  // The page goes on while they work: it draws frames, and the map can be moved.
  const frames = await page.evaluate<number>(`new Promise((resolve) => {
    const card = document.querySelector('article');
    let frames = 0;
    (function draw() {
      frames += 1;
      if (frames >= 20 || card.dataset.state !== 'working') resolve(frames);
      else requestAnimationFrame(draw);
    })();
  })`);
  assert.ok(frames >= 20, `only ${frames} frames were drawn during the work`);
  await page.screenshot({ path: join(screens, '5-browser-rendering.png') });
  const here = await saved(download);

  assert.deepEqual([edge.pixels.width, edge.pixels.height], [width, height]);
  assert.deepEqual(difference(edge.pixels, here.pixels), { largest: 0, mean: 0 });
  assert.equal(here.name, edge.name);
  assert.ok(here.file.equals(edge.file), 'the very same file');
  assert.deepEqual(troubles, []);
});

test('the page runs the very module that the edge runs', async () => {
  const digest = await page.evaluate(async () => {
    const bytes = await (await fetch('/mapshot.wasm')).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
  });
  assert.equal(digest, createHash('sha256').update(readFileSync(join(root, 'build/index_bg.wasm'))).digest('hex'));
  const download = page.waitForEvent('download');
  const loaded = page.waitForRequest((request) => request.url().endsWith('/mapshot.wasm'));
  await page.click('#capture-browser');
  assert.ok(await loaded, 'and it is this file that its workers load');
  await saved(download);
});

test('the embedded map is the same from the edge and in this browser', async () => {
  await page.locator('#radius label', { hasText: '500 km' }).click();
  await page.waitForSelector('#capture-browser:not([disabled])');
  let download = page.waitForEvent('download');
  await page.click('#capture-edge');
  const edge = await saved(download);
  await page.waitForSelector('article[data-state="saved"]');
  download = page.waitForEvent('download');
  await page.click('#capture-browser');
  const here = await saved(download);
  assert.ok(here.file.equals(edge.file));
  assert.deepEqual(troubles, []);
});

test('more than 16,384 x 16,384 px are rendered here in constant memory', async () => {
  await page.goto(`${mapshot.origin}/?workers=2`);
  await page.waitForSelector('#plan dl');
  await page.selectOption('#source', 'marble');
  await page.locator('#radius label', { hasText: /^10 km$/ }).click();
  await page.fill('#latitude', '20');
  await page.locator('#latitude').blur();
  const levels = await page.locator('#zoom option').allTextContents();
  const wide = (level: string): number => Number(/([\d,]+) px/.exec(level)?.[1]?.replaceAll(',', ''));
  const level = levels.find((option) => wide(option) < 21_000);
  assert.ok(level, levels.join('; '));
  const answer = page.waitForResponse((response) => response.url().endsWith('/api/plan') && response.request().postData()?.includes(`"zoom":${/\d+/.exec(level)?.[0]}`) === true);
  await page.selectOption('#zoom', { label: level });
  const plan = (await (await answer).json()) as Plan;
  await page.waitForSelector('#capture-browser:not([disabled])');
  assert.ok(plan.width_px >= 16_384 && plan.height_px >= 16_384, `${plan.width_px} px`);

  const download = page.waitForEvent('download', { timeout: 300_000 });
  await page.click('#capture-browser');
  const done = await download;
  assert.equal(await done.failure(), null);
  await page.screenshot({ path: join(screens, '8-large.png') });
  const memory = Number(await page.getAttribute('article', 'data-memory-bytes'));
  assert.ok(memory > 1 << 20 && memory <= 48 << 20, `${memory} bytes of WebAssembly memory`);
  const onDisk = await page.evaluate(async () => {
    const names: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  });
  assert.equal(onDisk.length, 1, 'the file is on disk');

  const file = await done.path();
  const image = () => sharp(file, { limitInputPixels: false, sequentialRead: true });
  const { width, height } = await image().metadata();
  assert.deepEqual([width, height], [plan.width_px, plan.height_px]);
  const half = 20037508.342789244;
  const [left, top] = [Math.round((plan.extent[0] + half) / plan.resolution), Math.round((half - plan.extent[3]) / plan.resolution)];
  const turbo = new Map<string, Buffer>();
  for (let x = 0; x < SIDE; x++) {
    for (let y = 0; y < SIDE; y++) turbo.set(`${x}/${y}`, (await decode(marble(x, y))).data);
  }
  for (const at of [0, 0.31, 1]) {
    const size = 600;
    const [x, y] = [Math.floor(at * (plan.width_px - size)), Math.floor((1 - at) * (plan.height_px - size))];
    const data = await image().extract({ left: x, top: y, width: size, height: size }).raw().toBuffer();
    const want = paste(size, size, left + x, top + y, (tx, ty) => turbo.get(`${tx % SIDE}/${ty % SIDE}`) ?? Buffer.alloc(0));
    const { mean, largest } = difference({ width: size, height: size, channels: 3, data }, want);
    assert.ok(mean < 0.5 && largest <= 8, `at ${x}, ${y}: mean ${mean}, largest ${largest}`);
  }
  assert.deepEqual(troubles, []);
});

test('errors are told in words', async () => {
  // A place that the map does not reach.
  await page.fill('#latitude', '89.9');
  await page.locator('#latitude').blur();
  await page.waitForSelector('#plan .error');
  assert.match((await page.textContent('#plan .error')) ?? '', /reaches latitude 90\.0000.*ends at 85\.0511/i);
  assert.ok(await page.isDisabled('#capture-edge'));
  await page.screenshot({ path: join(screens, '6-refused.png') });
  // Nonsense.
  await page.fill('#latitude', 'north');
  await page.locator('#latitude').blur();
  assert.match(await page.$eval('#latitude', (input) => (input as HTMLInputElement).validationMessage), /Degrees/);

  // A source that fails, on both ways.
  await page.reload();
  await page.waitForSelector('#plan dl');
  await page.selectOption('#source', 'marble');
  await page.waitForSelector('#capture-browser:not([disabled])');
  tiles.fault = (_, response) => {
    response.writeHead(404).end();
    return true;
  };
  for (const button of ['#capture-edge', '#capture-browser']) {
    await page.click(button);
    await page.waitForSelector('article[data-state="failed"]');
    const words = (await page.textContent('article[data-state="failed"] .state')) ?? '';
    assert.match(words, /tile \d+\/\d+\/\d+ of "marble" is missing: the source answered with status 404/);
    if (button === '#capture-edge') await page.screenshot({ path: join(screens, '7-failed.png') });
    await page.evaluate(() => document.querySelector('#captures')?.replaceChildren());
  }
  // Marked instead: the image comes, and what is missing is told.
  tiles.fault = (tile, response) => {
    if ((tile.x + tile.y) % 4 !== 0) return false;
    response.writeHead(404).end();
    return true;
  };
  await page.click('details:has(#missing) summary');
  await page.selectOption('#missing', 'mark');
  await page.waitForSelector('#capture-edge:not([disabled])');
  const download = page.waitForEvent('download', { timeout: 120_000 });
  await page.click('#capture-edge');
  await saved(download);
  assert.match((await page.textContent('article .note')) ?? '', /tiles are missing and marked in the image: .*404/);
});

test('a capture can be cancelled, and a source not meant for pages stays on the edge', async () => {
  await page.selectOption('#source', 'shy');
  await page.waitForSelector('#capture-edge:not([disabled])');
  assert.ok(await page.isDisabled('#capture-browser'));
  assert.match((await page.getAttribute('#capture-browser', 'title')) ?? '', /cannot be asked by a page/);
  tiles.fault = async () => {
    await sleep(100);
    return false;
  };
  for (const [source, button] of [['shy', '#capture-edge'], ['marble', '#capture-browser']] as const) {
    await page.selectOption('#source', source);
    await page.waitForSelector(`${button}:not([disabled])`);
    await page.click(button);
    await page.waitForFunction(() => /Rendering/.test(document.querySelector('article .state')?.textContent ?? ''));
    await page.click('article button');
    await page.waitForSelector('article[data-state="failed"]');
    assert.equal(await page.textContent('article .state'), 'Cancelled');
    await page.evaluate(() => document.querySelector('#captures')?.replaceChildren());
  }
});

test('a service that answers its own country alone is offered in this browser first, and the page says why', async () => {
  const primary = () => page.$eval('.actions .primary', (button) => button.id);
  assert.equal(await primary(), 'capture-edge');
  assert.ok(await page.isHidden('#hint'));
  await page.selectOption('#source', 'local');
  await page.waitForSelector('#capture-browser:not([disabled])');
  assert.equal(await primary(), 'capture-browser');
  assert.match((await page.textContent('#hint')) ?? '', /One country alone \(test\) may answer addresses in South Korea only/);
  await page.screenshot({ path: join(screens, 'local.png') });
  await page.selectOption('#source', 'marble');
  await page.waitForSelector('#capture-edge:not([disabled])');
  assert.equal(await primary(), 'capture-edge');
  assert.ok(await page.isHidden('#hint'));
});

test('layers of other grids and services, asked through the edge, line up in this browser, too', async () => {
  await page.selectOption('#source', 'korean');
  await page.click('#overlays summary');
  await page.check('[data-source="points"] label:nth-child(1) input');
  await page.check('[data-source="points"] label:nth-child(2) input');
  await page.waitForSelector('#capture-browser:not([disabled])');
  const images: Pixels[] = [];
  for (const button of ['#capture-edge', '#capture-browser']) {
    const download = page.waitForEvent('download');
    await page.click(button);
    images.push((await saved(download)).pixels);
  }
  await page.screenshot({ path: join(screens, 'layers.png') });
  const [edge, here] = images;
  assert.ok(edge && here);
  assert.ok(edge.data.equals(here.data), 'the edge and this browser make the same pixels');
  const plan = (await (
    await fetch(`${mapshot.origin}/api/plan`, {
      method: 'POST',
      body: JSON.stringify({
        area: { center: [127.5, 36.5], radius_m: 2000 },
        layers: [{ source: 'korean' }, { source: 'points', blend: 'multiply' }],
        zoom: 3,
      }),
    })
  ).json()) as Plan;
  assert.deepEqual([plan.width_px, plan.height_px], [edge.width, edge.height]);
  for (const point of POINTS) {
    const at = pixel(plan.crs, point, plan.extent, edge.width, edge.height);
    for (const channel of [0, 2]) {
      const [x = NaN, y = NaN] = middle(edge.data, edge.width, edge.channels, channel, at) ?? [];
      assert.ok(Math.hypot(x - at[0], y - at[1]) < 0.5, `${point}, channel ${channel}: ${x}, ${y} instead of ${at}`);
    }
  }
  assert.deepEqual(troubles, []);
});

test('a page that is loaded again finds its captures and goes on', async () => {
  let open = (): void => undefined;
  let gate = new Promise<void>((resolve) => (open = resolve));
  tiles.fault = async (tile) => {
    if (tile.z >= 14) await gate;
    return false;
  };
  await page.selectOption('#source', 'marble');
  await page.waitForSelector('#capture-edge:not([disabled])');
  await page.click('#capture-edge');
  await page.waitForFunction(() => /Next|Rendering/.test(document.querySelector('article .state')?.textContent ?? ''));
  const before = await page.textContent('article h2');
  const download = (): Promise<Download> => page.waitForEvent('download');
  await page.reload();
  await page.waitForSelector('article');
  assert.equal(await page.textContent('article h2'), before);
  const first = download();
  open();
  const { pixels } = await saved(first);
  await page.waitForFunction(() => document.querySelector('article')?.dataset['state'] === 'saved');
  assert.ok(pixels.width > 100);
  // What was saved is not shown again.
  await page.reload();
  await page.waitForSelector('#plan dl');
  await page.waitForLoadState('networkidle');
  assert.equal(await page.locator('article').count(), 0);

  // One that became ready while nobody looked waits with its link.
  gate = new Promise<void>((resolve) => (open = resolve));
  await page.selectOption('#source', 'marble');
  await page.waitForSelector('#capture-edge:not([disabled])');
  await page.click('#capture-edge');
  await page.waitForFunction(() => /Next|Rendering/.test(document.querySelector('article .state')?.textContent ?? ''));
  const [kept] = await page.evaluate(() => JSON.parse(localStorage.getItem('mapshot.captures') ?? '[]') as { id: string }[]);
  assert.ok(kept);
  await page.goto('about:blank');
  open();
  const status = async (): Promise<string> => ((await (await fetch(`${mapshot.origin}/api/captures/${kept.id}`)).json()) as { state: string }).state;
  await eventually('it is ready', async () => (await status()) === 'ready');
  await page.goto(mapshot.origin);
  await page.waitForFunction(() => document.querySelector('article')?.dataset['state'] === 'ready');
  await page.screenshot({ path: join(screens, 'found-again.png') });
  const second = download();
  await page.click('article a');
  await saved(second);
  await page.waitForFunction(() => document.querySelector('article')?.dataset['state'] === 'saved');
});
