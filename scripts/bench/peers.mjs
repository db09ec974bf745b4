// `npm run bench:peers`: the same image of the same tiles by other tools and by ourselves, in turns, as ratios against the targets.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../build.mjs';
import { step } from '../shell.mjs';
import { buildCore } from './core.mjs';
import { ZOOM, startMeasured } from './mapshot.mjs';
import { gdal } from './peers/gdal.mjs';
import { core, endToEnd } from './peers/mapshot.mjs';
import { staticmap } from './peers/staticmap.mjs';
import { vips } from './peers/vips.mjs';
import { difference, samples } from './pixels.mjs';
import { folder as benchFolder, number, save, table } from './report.mjs';
import { median } from './statistics.mjs';
import { PSNR_BELOW_DB, SAME_MEAN, TARGETS } from './targets.mjs';
import { sources, startTileServer } from './tile-server.mjs';
import { KINDS, TILES, TILE_PX, benchTiles, tileBytes } from './tiles.mjs';

/** Rounds: BENCH_ROUNDS, at least 5 for figures to be kept. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
/** staticmap is slow and in no target: it takes part in this many. */
const STATICMAP_ROUNDS = 2;
const SIDE_PX = TILES * TILE_PX;

/** Everybody who takes part, by content and name: functions that make the image once. */
async function contestants(place, server, config, refused) {
  const all = {};
  const stops = [];
  for (const kind of KINDS) {
    const own = await core(kind, config, refused);
    stops.push(own.stop);
    all[kind] = {
      ...(await endToEnd(kind, server, place, refused)),
      ...own.runs,
      ...gdal(kind, place),
      ...vips(kind, place),
      ...staticmap(kind, place),
    };
  }
  return { all, stop: () => Promise.all(stops.map((stop) => stop())) };
}

/** Runs all in turns: figures by content and name, one per round. */
async function rounds(all) {
  const figures = {};
  for (let i = 0; i < ROUNDS; i++) {
    step(`round ${i + 1} of ${ROUNDS}`);
    for (const [kind, runs] of Object.entries(all)) {
      for (const [name, run] of Object.entries(runs)) {
        if (name.startsWith('staticmap') && i >= STATICMAP_ROUNDS) continue;
        ((figures[kind] ??= {})[name] ??= []).push(await run());
      }
    }
  }
  for (const kind of KINDS) figures[kind].tiles = figures[kind]['core png'].map(() => ({ bytes: tileBytes(kind) }));
  return figures;
}

/** Compares every file with what vips put together without loss; stops where files that must show the same do not. */
async function compare(figures) {
  step('pixels');
  const found = {};
  for (const kind of KINDS) {
    const path = (name) => figures[kind][name]?.[0].path;
    const reference = ['vips png c6', 'gdal png z1'].find(path);
    if (!reference) continue;
    const truth = await samples(path(reference));
    for (const name of Object.keys(figures[kind])) {
      if (!path(name) || name === reference) continue;
      const { mean, largest, psnr_db } = difference(truth, await samples(path(name)));
      (found[kind] ??= {})[name] = { mean, largest, psnr_db };
      if (!name.endsWith('q85') && mean >= SAME_MEAN) {
        throw new Error(`${kind}: ${name} does not show what ${reference} shows: mean difference ${mean}`);
      }
    }
  }
  return found;
}

function printFigures(figures, pixels) {
  const rows = KINDS.flatMap((kind) =>
    Object.entries(figures[kind])
      .filter(([name]) => name !== 'tiles')
      .map(([name, runs]) => {
        const { mean, psnr_db } = pixels[kind]?.[name] ?? {};
        return [`${kind}, ${name}`, median(runs.map((run) => run.ms)), median(runs.map((run) => run.bytes)) / 1e6, mean, psnr_db === Infinity ? 'equal' : psnr_db];
      }),
  );
  table(`${SIDE_PX} x ${SIDE_PX} px, medians of ${ROUNDS} rounds (staticmap: ${Math.min(ROUNDS, STATICMAP_ROUNDS)})`, ['content, tool', 'ms', 'file, MB', 'mean difference', 'PSNR, dB'], rows);
}

function printTargets(figures, pixels) {
  const rows = TARGETS.map(([kind, ours, peer, field, limit]) => {
    const [a, b] = [figures[kind][ours], figures[kind][peer]];
    const what = `${kind}: ${ours} / ${peer}, ${field === 'ms' ? 'time' : 'size'}`;
    if (!a || !b) return [what, '–', `≤ ${limit}`, 'not available'];
    // Both of one round, so that what else the machine did counts for both.
    const ratio = median(a.map((run, i) => run[field] / b[i][field]));
    return [what, number(ratio), `≤ ${limit}`, ratio <= limit ? 'met' : 'missed'];
  });
  for (const [kind, name] of ['sat', 'aerial'].flatMap((kind) => ['mapshot jpeg q85', 'mapshot jpeg pixels q85'].map((name) => [kind, name]))) {
    const [ours, theirs] = [name, 'gdal jpeg q85'].map((who) => pixels[kind]?.[who]?.psnr_db);
    const what = `${kind}: ${name} − gdal jpeg q85, PSNR in dB`;
    if (ours === undefined || theirs === undefined) rows.push([what, '–', `≥ −${PSNR_BELOW_DB}`, 'not available']);
    else rows.push([what, (ours - theirs).toFixed(2), `≥ −${PSNR_BELOW_DB}`, ours - theirs >= -PSNR_BELOW_DB ? 'met' : 'missed']);
  }
  table('Against the targets: medians of the ratios of each round', ['', 'ratio', 'target', ''], rows);
}

export async function benchPeers() {
  await build({ withSize: false });
  const folder = join(benchFolder, 'peers');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const config = buildCore();
  const tiles = await startTileServer();
  const server = await startMeasured(KINDS.flatMap((kind) => sources(tiles.origin, kind)));
  const place = { origin: tiles.origin, tiles: await benchTiles(), zoom: ZOOM, left_px: 2 ** ZOOM * (TILE_PX / 2) - SIDE_PX / 2, side_px: SIDE_PX, folder };
  const refused = [];
  const { all, stop } = await contestants(place, server, config, refused);
  const figures = await rounds(all);
  await Promise.all([stop(), server.stop(), tiles.stop()]);
  const pixels = await compare(figures);
  printFigures(figures, pixels);
  printTargets(figures, pixels);
  for (const words of refused) console.log(`\nNot available: ${words}`);
  save('peers', { figures, pixels, refused });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchPeers();
