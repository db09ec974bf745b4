// The soak's own rules: each finds what it is there for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../server/client.ts';
import { Ledger } from './ledger.ts';

const status = (state: Status['state'], position = 0) => ({ state, position }) as Status;

test('a capture that was certainly accepted later must not be served first', () => {
  const ledger = new Ledger();
  const first = ledger.accepted('marble-1', ledger.now());
  const second = ledger.accepted('marble-2', ledger.now());
  ledger.heardInTurn([
    { entry: second, status: status('rendering') },
    { entry: first, status: status('rendering') },
  ]);
  assert.deepEqual(ledger.violations, []);
  ledger.heardInTurn([
    { entry: second, status: status('rendering') },
    { entry: first, status: status('queued') },
  ]);
  assert.deepEqual(ledger.violations, ['marble-2 was served before marble-1']);
});

test('of two that were asked for at once, or in two lanes, either may be first', () => {
  const ledger = new Ledger();
  const [asked, alsoAsked] = [ledger.now(), ledger.now()];
  const first = ledger.accepted('marble-1', asked);
  const atOnce = ledger.accepted('marble-2', alsoAsked);
  const elsewhere = ledger.accepted('earth-3', ledger.now());
  for (const other of [atOnce, elsewhere]) {
    ledger.heardInTurn([
      { entry: other, status: status('rendering') },
      { entry: first, status: status('queued') },
    ]);
  }
  assert.deepEqual(ledger.violations, []);
});

test('nobody moves back, and nothing that was begun waits again', () => {
  const ledger = new Ledger();
  const entry = ledger.accepted('marble-1', ledger.now());
  for (const position of [3, 3, 1]) ledger.heard(entry, status('queued', position));
  assert.deepEqual(ledger.violations, []);
  ledger.heard(entry, status('queued', 2));
  ledger.heard(entry, status('rendering'));
  ledger.heard(entry, status('queued'));
  assert.deepEqual(ledger.violations, ['marble-1 moved back from 1 to 2', 'marble-1 was begun and is queued again']);
});

test('a chunk arrives once in a life of the runtime, and again at most after a kill', () => {
  const ledger = new Ledger();
  const entry = ledger.accepted('marble-1', ledger.now());
  ledger.received(entry, 'chunk 0', 0);
  ledger.received(entry, 'chunk 1', 0);
  ledger.received(entry, 'chunk 0', 1);
  assert.deepEqual(ledger.violations, []);
  ledger.received(entry, 'chunk 0', 1);
  assert.deepEqual(ledger.violations, ['marble-1 chunk 0 was delivered twice']);
});
