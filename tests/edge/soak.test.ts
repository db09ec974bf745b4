// Ten kills at random moments. `npm run soak` does the same two hundred times; SOAK_SEED repeats a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from '../soak/soak.ts';

test('ten SIGKILLs at random moments lose nothing and double nothing', async (context) => {
  const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);
  context.diagnostic(`SOAK_SEED=${seed}`);
  const log = (line: string): void => context.diagnostic(line);
  // So many attempts that no strip runs out of them: every capture must be delivered.
  const report = await soak({ kills: 10, seed, untilEmpty: false, maxAttempts: 64, log });
  context.diagnostic(JSON.stringify(report));
  assert.equal(report.kills, 10);
  assert.ok(report.accepted >= 10, `${report.accepted} captures are too few to prove anything`);
  assert.equal(report.delivered, report.accepted);
});
