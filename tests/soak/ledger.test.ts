// The soak's own rules: each finds what it is there for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../server/client.ts';
import { Ledger } from './ledger.ts';

const status = (state: Status['state'], position = 0, ticket = 1) => ({ state, position, ticket }) as Status;

test('nobody is served before who has an earlier ticket of the same lane', () => {
  const ledger = new Ledger();
  const first = ledger.accepted('marble-1', 1);
  const second = ledger.accepted('marble-2', 2);
  const elsewhere = ledger.accepted('earth-3', 3);
  ledger.heardInTurn([
    { entry: elsewhere, status: status('rendering') },
    { entry: second, status: status('rendering') },
    { entry: first, status: status('rendering') },
  ]);
  ledger.heardInTurn([
    { entry: elsewhere, status: status('rendering') },
    { entry: second, status: status('queued') },
    { entry: first, status: status('queued') },
  ]);
  ledger.heardInTurn([
    { entry: first, status: status('rendering') },
    { entry: second, status: status('queued') },
  ]);
  assert.deepEqual(ledger.violations, []);
  ledger.heardInTurn([
    { entry: second, status: status('rendering') },
    { entry: first, status: status('queued') },
  ]);
  assert.deepEqual(ledger.violations, ['marble-2 was served before marble-1']);
});

test('no ticket is given twice, and none changes', () => {
  const ledger = new Ledger();
  const entry = ledger.accepted('marble-1', 1);
  ledger.accepted('earth-2', 1);
  ledger.heard('client', entry, status('queued', 0, 1));
  assert.deepEqual(ledger.violations, []);
  ledger.accepted('marble-3', 1);
  ledger.heard('client', entry, status('queued', 0, 2));
  assert.deepEqual(ledger.violations, ['ticket 1 of marble was given to two clients', 'marble-1 had ticket 1 and has 2']);
});

test('nobody moves back, and nothing that was begun waits again', () => {
  const ledger = new Ledger();
  const entry = ledger.accepted('marble-1', 1);
  for (const position of [3, 3, 1]) ledger.heard('client', entry, status('queued', position));
  // Another, whose answer was under way for longer.
  ledger.heard('watcher', entry, status('queued', 2));
  assert.deepEqual(ledger.violations, []);
  ledger.heard('client', entry, status('queued', 2));
  ledger.heard('client', entry, status('rendering'));
  ledger.heard('client', entry, status('queued'));
  assert.deepEqual(ledger.violations, ['marble-1 moved back from 1 to 2', 'marble-1 was begun and is queued again']);
});

test('a chunk arrives once in a life of the runtime, and again at most after a kill', () => {
  const ledger = new Ledger();
  const entry = ledger.accepted('marble-1', 1);
  ledger.received(entry, 'chunk 0', 0);
  ledger.received(entry, 'chunk 1', 0);
  ledger.received(entry, 'chunk 0', 1);
  assert.deepEqual(ledger.violations, []);
  ledger.received(entry, 'chunk 0', 1);
  assert.deepEqual(ledger.violations, ['marble-1 chunk 0 was delivered twice']);
});
