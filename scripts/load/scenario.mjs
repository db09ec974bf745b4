// A crowd of clients, and what came of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../bench/http.mjs';
import { startMapshot } from '../bench/mapshot.mjs';
import { cpuSeconds, peakBytes } from '../bench/processes.mjs';
import { median, quantile } from '../bench/statistics.mjs';
import { now_ms, order, see } from './client.mjs';
import { ZOOM, squareOf } from './tile-server.mjs';

/** Renderers of the lane, as deployed. */
export const SLOTS = 2;

/** What a thousand clients at once need beyond what is set for a public service: all of it is set here. */
export const VARS = { SLOTS: String(SLOTS), MAX_QUEUED: '5000' };

/** The request of a client: a square of so many tiles a side, in a place of its own. */
export function request(band, tiles) {
  return { area: squareOf(band, tiles), layers: [{ source: 'load' }], zoom: ZOOM };
}

/** The captures before a crowd comes; their bands. */
const WARM = [0, 1, 2, 3, 4];

/** The first band that is free. */
export const FREE = WARM.length;

/** A server that has served a few captures of that size: the module is loaded, and the lane has seen how long a tile takes. */
export async function startWarm(tiles, side, vars = VARS) {
  const server = await startMapshot([tiles.source], vars);
  for (const band of WARM) await see(server.origin, request(band, side));
  return server;
}

/** How long one capture takes on a server that does nothing else, from its order to its last byte. */
export async function alone(tiles, side) {
  const server = await startWarm(tiles, side);
  try {
    const times_ms = [];
    for (let i = 0; i < 9; i++) {
      const { asked_ms, fetched_ms } = await seeEarly(server.origin, request(FREE + i, side));
      times_ms.push(fetched_ms - asked_ms);
    }
    return median(times_ms);
  } finally {
    await server.stop();
  }
}

/** A capture whose image is asked for at once, so that no socket's pace adds to its time. */
async function seeEarly(origin, wanted) {
  const { asked_ms, links } = await order(origin, wanted);
  const image = await call(new URL(links.image, origin));
  if (image.status !== 200) throw new Error(`${image.status}: ${image.text()}`);
  return { asked_ms, fetched_ms: now_ms() };
}

/** Clients who come at these times, each for a square of `side` tiles. */
export async function crowd(tiles, arrivals_ms, side) {
  const server = await startWarm(tiles, side);
  try {
    const cpuBefore = cpuSeconds(server.pid);
    const start_ms = now_ms();
    const seen = await Promise.all(
      arrivals_ms.map(async (arrival_ms, i) => {
        await sleep(arrival_ms);
        return see(server.origin, request(FREE + i, side));
      }),
    );
    const took_ms = now_ms() - start_ms;
    const cpu_s = cpuSeconds(server.pid) - cpuBefore;
    const begun = await tiles.begun();
    seen.forEach((one, i) => (one.begun_ms = begun.get(FREE + i)));
    return { ...figures(seen), took_ms, cpu_s, peak_bytes: peakBytes(server.pid) };
  } finally {
    await server.stop();
  }
}

/** p50, p95 and p99. */
export const spread = (values) => [0.5, 0.95, 0.99].map((part) => quantile(values, part));

/** Times that are long beside the gap between two messages. */
const LONG_MS = 2_000;

/** What is reported of a crowd. */
function figures(seen) {
  // A message may be half a second late: to a shorter ETA than a few of those the factor says nothing.
  const factors = (etas) => {
    const long = etas.filter(({ truth_ms }) => truth_ms >= LONG_MS);
    return long.map(({ eta_ms, truth_ms }) => Math.max(truth_ms, eta_ms) / Math.max(1, Math.min(truth_ms, eta_ms)));
  };
  const told = seen.map(({ etas, ready_ms }) => etas.map(({ at_ms, eta_ms }) => ({ eta_ms, truth_ms: ready_ms - at_ms })));
  return {
    clients: seen.length,
    // A tile may be asked for before the answer has reached its client.
    accept_ms: seen.map((one) => one.accepted_ms - one.asked_ms),
    wait_ms: seen.map((one) => Math.max(0, one.begun_ms - one.accepted_ms)),
    begun_ms: seen.map((one) => one.begun_ms - one.asked_ms),
    progress_ms: seen.map((one) => (one.progress_ms ?? one.ready_ms) - one.accepted_ms),
    ready_ms: seen.map((one) => one.ready_ms - one.asked_ms),
    fetched_ms: seen.map((one) => one.fetched_ms - one.ready_ms),
    violations: violations(seen),
    messages: seen.map((one) => one.told_ms.length),
    most_per_second: Math.max(...seen.map((one) => perSecond(one.told_ms))),
    eta_factors: factors(told.map(([first]) => first)),
    told_eta_factors: factors(told.flat()),
    kv_operations: median(seen.map((one) => one.stored_chunks)),
    file_bytes: median(seen.map((one) => one.file_bytes)),
  };
}

/**
 * Captures that were begun while an earlier ticket waited: when one is begun, of those before it at most the other slots' may not have
 * asked for a tile yet, for the lane has just handed them out. And positions that grew.
 */
export function violations(seen) {
  let count = 0;
  const byTicket = [...seen].sort((a, b) => a.ticket - b.ticket);
  for (const [i, { begun_ms, positions }] of byTicket.entries()) {
    const overtaken = byTicket.slice(0, i).filter((earlier) => earlier.begun_ms > begun_ms).length;
    if (overtaken >= SLOTS) count += 1;
    if (positions.some((position, n) => n > 0 && position > positions[n - 1])) count += 1;
  }
  return count;
}

/** Updates a second of one socket, from the first to the last; the snapshot at its opening is not one. */
export function perSecond([, ...told_ms]) {
  return told_ms.length < 3 ? 0 : ((told_ms.length - 1) * 1_000) / (told_ms.at(-1) - told_ms[0]);
}
