// `npm run bench:end-to-end`: captures over the protocol, from the request to the last byte, by content, format and size. Each row
// has a server of its own. BENCH_MAX_PX leaves larger images out.
import { fileURLToPath } from 'node:url';
import { build } from '../build.mjs';
import { step } from '../shell.mjs';
import { FORMATS, Refused, capture, startMeasured } from './mapshot.mjs';
import { cpuSeconds, peakBytes } from './processes.mjs';
import { save, table } from './report.mjs';
import { median } from './statistics.mjs';
import { sources, startTileServer } from './tile-server.mjs';

/** Sides, and captures of each: large ones vary less and take longer. */
const ROUNDS = { 2560: 7, 5120: 5, 10240: 3, 20480: 2 };
const SIDES = Object.keys(ROUNDS).map(Number);

/** What is measured: content, format, sides. */
const SERIES = [
  ['sat', 'png', SIDES],
  ['sat', 'jpeg lossless', SIDES],
  ['sat', 'jpeg q85', [5120]],
  ['sat', 'jpeg pixels q85', [5120]],
  ['aerial', 'png', [5120]],
  ['aerial', 'jpeg lossless', [5120]],
  ['aerial', 'jpeg q85', [5120]],
  ['aerial', 'jpeg pixels q85', [5120]],
  ['map', 'png', SIDES],
  ['map', 'jpeg q85', SIDES],
];

/** Captures of one kind, format and size on a fresh server. */
async function measure(tiles, kind, format, side_px) {
  const server = await startMeasured(sources(tiles.origin, kind));
  try {
    // Loads the module in both scripts.
    await capture(server.origin, kind, format, 512);
    const started_bytes = peakBytes(server.pid);
    const runs = [];
    for (let i = 0; i < ROUNDS[side_px]; i++) {
      const before = cpuSeconds(server.pid);
      const { ms, bytes, status } = await capture(server.origin, kind, format, side_px);
      runs.push({ ms, cpu_ms: (cpuSeconds(server.pid) - before) * 1000, bytes, memory_bytes: status.memory_bytes });
    }
    return { kind, format, side_px, runs, started_bytes, peak_bytes: peakBytes(server.pid) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind, format, side_px, refused: error.message };
  } finally {
    await server.stop();
  }
}

export async function benchEndToEnd() {
  await build({ withSize: false });
  step('end to end');
  const most = Number(process.env.BENCH_MAX_PX ?? Infinity);
  const tiles = await startTileServer();
  const figures = [];
  const rows = [];
  for (const [kind, format, sides] of SERIES) {
    let smallest;
    let smallestCpu;
    for (const side_px of sides.filter((side) => side <= most)) {
      const row = await measure(tiles, kind, format, side_px);
      figures.push(row);
      const name = `${kind}, ${format}, ${side_px} px`;
      if (row.refused) {
        console.log(`${name}: not available: ${row.refused}`);
        rows.push([name, `not available: ${row.refused}`]);
        break;
      }
      const of = (field) => median(row.runs.map((run) => run[field]));
      const megapixels = side_px ** 2 / 1e6;
      const pace = of('ms') / megapixels;
      const cpuPace = of('cpu_ms') / megapixels;
      smallest ??= pace;
      smallestCpu ??= cpuPace;
      const several = sides.length > 1;
      console.log(`${name}: ${of('ms').toFixed(0)} ms`);
      const wasm = row.runs[0].memory_bytes === undefined ? '–' : of('memory_bytes') / 2 ** 20;
      rows.push([name, row.runs.length, of('ms'), of('cpu_ms'), pace, several ? pace / smallest : '–', cpuPace, several ? cpuPace / smallestCpu : '–', of('bytes') / 1e6, row.started_bytes / 2 ** 20, row.peak_bytes / 2 ** 20, wasm]);
    }
  }
  await tiles.stop();
  table('End to end', ['content, format, side', 'captures', 'ms', 'CPU ms', 'ms / Mpx', 'to the smallest', 'CPU ms / Mpx', 'to the smallest', 'file, MB', 'workerd at start, MiB', 'workerd peak, MiB', 'wasm, MiB'], rows);
  save('end-to-end', { formats: FORMATS, rows: figures });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchEndToEnd();
