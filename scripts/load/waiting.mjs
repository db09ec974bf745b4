// What it costs when many wait, and how fast the lane answers while renderers work.
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../bench/http.mjs';
import { cpuSeconds } from '../bench/processes.mjs';
import { listen, now_ms, order } from './client.mjs';
import { FREE, VARS, request, startWarm } from './scenario.mjs';

/** How long the processor is watched. */
const WATCH_MS = 10_000;

/** Tiles a side of a small capture. */
const SMALL = 3;

/** Two strips are held by the source while so many wait with a socket each: `{waiting, core_share, messages_per_s, status_ms}`. */
export async function whileManyWait(tiles, waiting) {
  const server = await startWarm(tiles, SMALL);
  try {
    await tiles.hold();
    let messages = 0;
    let opened = 0;
    const hear = () => {
      let first = true;
      return () => {
        messages += 1;
        if (first) opened += 1;
        first = false;
        return false;
      };
    };
    const ids = await Promise.all(
      Array.from({ length: waiting }, async (_, i) => {
        const accepted = await order(server.origin, request(FREE + i, SMALL));
        // They never end: the server is stopped while they wait.
        listen(server.origin, accepted, hear()).catch(() => undefined);
        return accepted.id;
      }),
    );
    while (opened < waiting) await sleep(50);
    // What came of the openings is over after this.
    await sleep(2_000);
    const [cpu, heard] = [cpuSeconds(server.pid), messages];
    await sleep(WATCH_MS);
    const core_share = ((cpuSeconds(server.pid) - cpu) * 1_000) / WATCH_MS;
    const messages_per_s = ((messages - heard) * 1_000) / WATCH_MS;
    const status_ms = [];
    for (const id of ids.slice(-50)) status_ms.push(await timed(() => call(`${server.origin}/api/captures/${id}`)));
    return { waiting, core_share, messages_per_s, status_ms };
  } finally {
    await tiles.release();
    await server.stop();
  }
}

/** Renderers that work at once, the side of what they render, and how often. */
const RENDERERS = 8;
const LARGE = 16;
const ROUNDS = 4;

/** Status calls and orders, one after the other, while eight strips are rendered: `{idle, busy}`, each `{status_ms, order_ms}`. */
export async function whileRenderersWork(tiles) {
  const server = await startWarm(tiles, SMALL, { ...VARS, SLOTS: String(RENDERERS) });
  let band = FREE;
  const sample = async (goesOn, id) => {
    const [status_ms, order_ms] = [[], []];
    while (goesOn(status_ms.length)) {
      status_ms.push(await timed(() => call(`${server.origin}/api/captures/${id}`)));
      order_ms.push(await timed(() => order(server.origin, request(band++, 1))));
    }
    return { status_ms, order_ms };
  };
  try {
    const first = await order(server.origin, request(band++, SMALL));
    await listen(server.origin, first, ({ status }) => status.state === 'ready');
    const idle = await sample((n) => n < 50, first.id);
    let last;
    for (let i = 0; i < ROUNDS; i++) last = await order(server.origin, request(band++, LARGE));
    let done = false;
    const over = listen(server.origin, last, ({ status }) => status.state === 'ready').then(() => (done = true));
    const busy = await sample(() => !done, last.id);
    await over;
    return { idle, busy };
  } finally {
    await server.stop();
  }
}

async function timed(act) {
  const start = now_ms();
  await act();
  return now_ms() - start;
}
