// `npm run soak -- --kills 200`: the whole runtime is killed at random moments while clients order and fetch (tests/soak).
// SOAK_SEED repeats a run: the same kills, orders and ways of fetching; what meets what is up to the machine.
import { tsImport } from 'tsx/esm/api';
import { build } from './build.mjs';
import { fail, step } from './shell.mjs';

const KILLS = 200;

/** Attempts a strip, as deployed: a strip that is killed three times fails its capture, and says so. */
const MAX_ATTEMPTS = 3;

const at = process.argv.indexOf('--kills');
const kills = at < 0 ? KILLS : Number(process.argv[at + 1]);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) fail('npm run soak -- --kills <number>; SOAK_SEED=<number>');

await build({ withSize: false });
step(`${kills} kills, SOAK_SEED=${seed}`);
const { soak } = await tsImport('../tests/soak/soak.ts', import.meta.url);
const started = Date.now();
const log = (line) => console.log(`${Math.round((Date.now() - started) / 1000)} s: ${line}`);
const report = await soak({ kills, seed, untilEmpty: true, maxAttempts: MAX_ATTEMPTS, log });
console.log(JSON.stringify(report, null, 1));
if (report.delivered === 0) fail('nothing was delivered: this proves nothing');
console.log(`\n${report.kills} kills: nothing was lost, doubled, or left behind.`);
