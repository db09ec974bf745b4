// `npm run load`: many clients at once, a bad hour, and what waiting costs, against the built Worker in workerd; beside it a simulation
// of older designs with the same arrivals and the same time of a render (docs/load.md). `-- --write` renews the page and its plots.
// LOAD_CLIENTS=10,100 limits the crowds, LOAD_SPEED is how many times faster the hour passes, LOAD_SEED is the seed of its chance.
import { cpus } from 'node:os';
import { save } from './bench/report.mjs';
import { build } from './build.mjs';
import { fail, step } from './shell.mjs';

const PEOPLE = 100;

/** Tiles a side of a capture in a burst, and in the hour. */
const SMALL = 3;
const LARGER = 10;

const clients = (process.env.LOAD_CLIENTS ?? '10,100,1000').split(',').map(Number);
const speed = Number(process.env.LOAD_SPEED ?? 60);
const seed = Number(process.env.LOAD_SEED ?? 1);
if (!clients.every((n) => Number.isInteger(n) && n > 0) || !(speed > 0) || !Number.isInteger(seed)) {
  fail('LOAD_CLIENTS=10,100,1000 LOAD_SPEED=60 LOAD_SEED=1');
}

await build({ withSize: false });
// Only now is everything installed that these need.
const { badHour, burst } = await import('./load/arrivals.mjs');
const { markdown, write } = await import('./load/page.mjs');
const { distribution } = await import('./load/plot.mjs');
const { seeded } = await import('./load/random.mjs');
const { SLOTS, alone, crowd } = await import('./load/scenario.mjs');
const { functions, oneServer, polling, queue } = await import('./load/simulation.mjs');
const { startTileServer } = await import('./load/tile-server.mjs');
const { whileManyWait, whileRenderersWork } = await import('./load/waiting.mjs');

/** Something that needs tiles, with a tile server of its own. */
async function withTiles(title, act) {
  step(title);
  const tiles = await startTileServer();
  try {
    return await act(tiles);
  } finally {
    await tiles.stop();
  }
}

/** What was measured of a crowd, beside the designs with the same arrivals: two plots. */
function plotsOf(file, title, { arrivals_ms, figures }, render_ms) {
  const how = { render_ms, workers: SLOTS, random: seeded(seed), file_bytes: figures.file_bytes };
  const designs = [
    ['this design, simulated without its costs', queue],
    ['polling every 3 s, no order', polling],
    ['one server with a queue', oneServer],
    ['functions, 3 s cold start', functions],
  ].map(([name, simulate]) => ({ name, outcome: simulate(arrivals_ms, how) }));
  const plot = (what, axis, measured, field) => {
    const series = [
      { name: 'Mapshot, measured', values_ms: measured },
      ...designs.map(({ name, outcome }) => ({ name, values_ms: outcome.map((one) => one[field]) })),
    ];
    const heading = `${title}: ${what}`;
    return { title: heading, file: `load-${file}-${what}.svg`, svg: distribution(heading, axis, series) };
  };
  return [
    plot('wait', 'seconds from the order until rendering begins', figures.begun_ms, 'wait_ms'),
    plot('ready', 'seconds from the order until the client knows that it is ready', figures.ready_ms, 'ready_ms'),
  ];
}

const render = {
  small_ms: await withTiles('a small capture, alone', (tiles) => alone(tiles, SMALL)),
  hour_ms: await withTiles('a capture of the hour, alone', (tiles) => alone(tiles, LARGER)),
};
const crowds = [];
for (const people of clients) {
  const arrivals_ms = burst(people);
  const figures = await withTiles(`${people} at once`, (tiles) => crowd(tiles, arrivals_ms, SMALL));
  crowds.push({ name: `${people} at once`, arrivals_ms, figures });
}
const arrivals_ms = badHour(PEOPLE, seeded(seed), speed);
const hour = {
  name: `bad hour, ${speed} times as fast`,
  arrivals_ms,
  figures: await withTiles(`${PEOPLE} in an hour, ${speed} times as fast`, (tiles) => crowd(tiles, arrivals_ms, LARGER)),
};
const work = await withTiles('answers while renderers work', whileRenderersWork);
const most = Math.max(...clients);
const many = await withTiles(`${most} wait`, (tiles) => whileManyWait(tiles, most));

const largest = crowds.find(({ arrivals_ms }) => arrivals_ms.length === most);
const plots = [
  ...plotsOf('burst', `${most} at once`, largest, render.small_ms),
  ...plotsOf('hour', `${PEOPLE} in a bad hour, ${speed} times as fast`, hour, render.hour_ms),
];
const machine = { date: new Date().toISOString().slice(0, 10), cores: cpus().length, node: process.version };
const text = markdown({ machine, crowds: [...crowds, hour], many, work, plots, alone: render });
console.log(`\n${text}`);
save('load', { render, crowds, hour, work, many });
if (process.argv.includes('--write')) write(text, plots);
const violations = [...crowds, hour].reduce((sum, { figures }) => sum + figures.violations, 0);
if (violations > 0) fail(`${violations} captures were not served in order`);
// Connections of the crowds may still be closing; what they belong to is gone.
process.exit(0);
