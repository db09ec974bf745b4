// Three older designs and the present one, simulated: pure functions of the arrivals, the time that a render takes, and chance. Each gives, in the order of
// the arrivals, `{wait_ms, ready_ms}` from the arrival on: until its rendering begins, and until its client has it.

/** A client of design 1 asks this often. */
export const POLL_MS = 3_000;

/** A function of design 3 takes this long to start, is kept for a while, and answers with so many bytes at the most. */
export const COLD_START_MS = 3_000;
export const WARM_MS = 5 * 60_000;
export const ANSWER_BYTES = 6 * 2 ** 20;

/** As many functions as an account may run at once. */
const MOST_INSTANCES = 1_000;

/**
 * Design 1: no queue. A worker that is free takes any that waits, and clients ask every three seconds, from their arrival on,
 * whether theirs is ready.
 */
export function polling(arrivals_ms, { render_ms, workers, random }) {
  const free_ms = Array(workers).fill(0);
  const waiting = [];
  const outcome = [];
  let next = 0;
  while (outcome.filter(Boolean).length < arrivals_ms.length) {
    const worker = free_ms.indexOf(Math.min(...free_ms));
    // If nobody waits, the worker waits for the next who comes.
    if (waiting.length === 0) free_ms[worker] = Math.max(free_ms[worker], arrivals_ms[next]);
    const now_ms = free_ms[worker];
    while (next < arrivals_ms.length && arrivals_ms[next] <= now_ms) waiting.push(next++);
    const [taken] = waiting.splice(Math.floor(random() * waiting.length), 1);
    free_ms[worker] = now_ms + render_ms;
    const since_ms = now_ms - arrivals_ms[taken];
    outcome[taken] = { wait_ms: since_ms, ready_ms: Math.ceil((since_ms + render_ms) / POLL_MS) * POLL_MS };
  }
  return outcome;
}

/** One queue, first in, first out, for so many workers, and a socket that says when it is ready: Mapshot's own design without its costs. */
export function queue(arrivals_ms, { render_ms, workers }) {
  const free_ms = Array(workers).fill(0);
  return arrivals_ms.map((arrival_ms) => {
    const worker = free_ms.indexOf(Math.min(...free_ms));
    const begun_ms = Math.max(free_ms[worker], arrival_ms);
    free_ms[worker] = begun_ms + render_ms;
    return { wait_ms: begun_ms - arrival_ms, ready_ms: free_ms[worker] - arrival_ms };
  });
}

/** Design 2: one server with one queue and a socket, one render at a time. */
export const oneServer = (arrivals_ms, { render_ms }) => queue(arrivals_ms, { render_ms, workers: 1 });

/**
 * Design 3: a function for each request. One that is warm and idle begins at once, any other after a cold start. An answer that is
 * too large fails: `ready_ms` is then null.
 */
export function functions(arrivals_ms, { render_ms, file_bytes }) {
  /** When each instance that was ever started is done. */
  const done_ms = [];
  return arrivals_ms.map((arrival_ms) => {
    // The one that was used last: so the platform can let others go.
    let instance = -1;
    done_ms.forEach((done, i) => {
      if (done <= arrival_ms && arrival_ms - done <= WARM_MS && done > (done_ms[instance] ?? -1)) instance = i;
    });
    const running = done_ms.filter((done) => done > arrival_ms).length;
    let wait_ms = 0;
    if (instance < 0 && running < MOST_INSTANCES) {
      instance = done_ms.length;
      wait_ms = COLD_START_MS;
    } else if (instance < 0) {
      instance = done_ms.indexOf(Math.min(...done_ms.filter((done) => done > arrival_ms)));
      wait_ms = done_ms[instance] - arrival_ms;
    }
    done_ms[instance] = arrival_ms + wait_ms + render_ms;
    return { wait_ms, ready_ms: file_bytes > ANSWER_BYTES ? null : wait_ms + render_ms };
  });
}
