// The simulated designs behave as they are described.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badHour, burst } from '../../scripts/load/arrivals.mjs';
import { seeded } from '../../scripts/load/random.mjs';
import { ANSWER_BYTES, COLD_START_MS, WARM_MS, functions, oneServer, polling, queue } from '../../scripts/load/simulation.mjs';

test('with polling a result is seen at the next look, and chance decides who is first', () => {
  const alone = polling([500], { render_ms: 800, workers: 1, random: () => 0 });
  assert.deepEqual(alone, [{ wait_ms: 0, ready_ms: 3000 }]);
  const latestFirst = polling(burst(4), { render_ms: 1000, workers: 2, random: () => 0.999 });
  assert.deepEqual(latestFirst.map(({ wait_ms }) => wait_ms), [1000, 1000, 0, 0]);
  const long = polling([0, 0], { render_ms: 3500, workers: 1, random: () => 0 });
  assert.deepEqual(long.map(({ ready_ms }) => ready_ms), [6000, 9000]);
  const idle = polling([0, 10_000], { render_ms: 100, workers: 3, random: () => 0 });
  assert.deepEqual(idle.map(({ wait_ms }) => wait_ms), [0, 0], 'who comes to idle workers does not wait');
});

test('one server serves one after the other, in order', () => {
  assert.deepEqual(oneServer([0, 100, 5000], { render_ms: 1000 }), [
    { wait_ms: 0, ready_ms: 1000 },
    { wait_ms: 900, ready_ms: 1900 },
    { wait_ms: 0, ready_ms: 1000 },
  ]);
});

test('two workers of one queue serve in order, whoever is free', () => {
  const served = queue([0, 0, 0, 1500], { render_ms: 1000, workers: 2 });
  assert.deepEqual(served.map(({ wait_ms }) => wait_ms), [0, 0, 1000, 0]);
  assert.deepEqual(served.map(({ ready_ms }) => ready_ms), [1000, 1000, 2000, 1000]);
});

test('functions start cold for each that comes at once, are used again while warm, and refuse large answers', () => {
  const cold = COLD_START_MS + 1000;
  const later = cold + 1;
  const atOnce = functions([0, 0, later], { render_ms: 1000, file_bytes: 1 });
  assert.deepEqual(atOnce.map(({ ready_ms }) => ready_ms), [cold, cold, 1000]);
  const gone = functions([0, cold + WARM_MS + 1], { render_ms: 1000, file_bytes: 1 });
  assert.deepEqual(gone.map(({ wait_ms }) => wait_ms), [COLD_START_MS, COLD_START_MS]);
  assert.deepEqual(functions([0], { render_ms: 1000, file_bytes: ANSWER_BYTES + 1 })[0]?.ready_ms, null);
});

test('no account runs more than a thousand functions at once', () => {
  const last = functions(burst(1001), { render_ms: 1000, file_bytes: 1 }).at(-1);
  assert.deepEqual(last, { wait_ms: COLD_START_MS + 1000, ready_ms: COLD_START_MS + 2000 });
});

test('a bad hour is the same each time, in order, and within its hour', () => {
  const arrivals = badHour(100, seeded(7), 60);
  assert.deepEqual(arrivals, badHour(100, seeded(7), 60));
  assert.notDeepEqual(arrivals, badHour(100, seeded(8), 60));
  assert.equal(arrivals.length, 100);
  assert.deepEqual(arrivals, [...arrivals].sort((a, b) => a - b));
  assert.ok(arrivals.every((time_ms) => time_ms >= 0 && time_ms < 60_000));
});
