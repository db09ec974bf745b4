// `npm run bench:cold-start`: from starting a process to its first answer. The module in bare workerd, an empty Worker in bare
// workerd, a bare Java program, a bare Node program: one after the other, again and again.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from '../build.mjs';
import { root, run, step } from '../shell.mjs';
import { have } from './packages.mjs';
import { folder, save, table } from './report.mjs';
import { quantile } from './statistics.mjs';
import { compile, configure, program as workerd } from './workerd.mjs';

const ROUNDS = 20;
const WASM = join(root, 'build/index_bg.wasm');

/** A port that is free now. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** What the Worker of wrangler.toml has, as far as the first answer needs it. */
const MAPSHOT = {
  workers: {
    main: {
      bindings: `
    (name = "LANES", durableObjectNamespace = "LaneObject"), (name = "RENDERERS", durableObjectNamespace = "RendererObject"),
    (name = "SLOTS", text = "2")`,
      more: `durableObjectNamespaces = [
      (className = "LaneObject", uniqueKey = "lane", enableSql = true),
      (className = "RendererObject", uniqueKey = "renderer", enableSql = true),
    ],
    durableObjectStorage = (localDisk = "objects"),`,
    },
  },
  // On disk, for workerd's storage in memory has no SQL. The uncounted start creates the databases.
  services: (at) => {
    mkdirSync(join(at, 'objects'));
    return `(name = "objects", disk = (path = "${join(at, 'objects')}", writable = true))`;
  },
};

/** An answer that a lane did not give its part to would be one of another kind: its calls are repeated for half a second. */
const healthy = (body) => Object.values(JSON.parse(body).queue).every((depth) => Number.isInteger(depth));

const ok = (body) => body === 'ok';

/** The programs: each with its arguments for a port, the path to ask, and what a good answer is. */
async function programs() {
  const own = { 'index.js': join(root, 'build/index.js'), 'index_bg.wasm': WASM };
  const script = (name) => join(root, 'scripts/bench/hello', name);
  const workers = [
    { name: 'empty Worker', path: '/', good: ok, modules: { 'empty.mjs': script('empty.mjs') }, has: {} },
    // Its catalogue: the Worker alone answers.
    { name: 'Mapshot, /api/sources', path: '/api/sources', good: (body) => JSON.parse(body).length > 0, modules: own, has: MAPSHOT },
    // The Worker asks the lanes of all sources, which open their databases.
    { name: 'Mapshot, /api/health', path: '/api/health', good: healthy, modules: own, has: MAPSHOT },
  ];
  const list = [];
  for (const [i, { modules, has, ...rest }] of workers.entries()) {
    const port = await freePort();
    // The text would have to be parsed at each start, with the module in it.
    const config = compile(configure(`start-${i}`, modules, { ...has, port }));
    list.push({ ...rest, port, program: workerd, args: ['serve', '--binary', config] });
  }
  const node = await freePort();
  list.push({ name: 'Node', program: process.execPath, port: node, path: '/', good: ok, args: [script('node.mjs'), String(node)] });
  if (have('javac', ['-version'], 'default-jdk-headless')) {
    run('javac', ['-d', folder, script('Hello.java')]);
    const port = await freePort();
    list.push({ name: 'Java', program: 'java', port, path: '/', good: ok, args: ['-cp', folder, 'Hello', String(port)] });
  }
  return list;
}

/** An answer, or undefined while nobody listens. */
function ask(port, path) {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      const parts = [];
      response.on('data', (data) => parts.push(data));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    asked.on('error', () => resolve(undefined));
  });
}

/** Milliseconds from starting a program to its first answer. */
async function start({ name, program, args, port, path, good }) {
  const begin = performance.now();
  const child = spawn(program, args, { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let answer;
  while (!answer && performance.now() - begin < 20_000) answer = await ask(port, path);
  const ms = performance.now() - begin;
  child.kill('SIGKILL');
  await gone;
  if (answer?.status !== 200 || !good(answer.body)) throw new Error(`${name} answered ${answer?.status}: ${answer?.body}`);
  return ms;
}

export async function benchColdStart() {
  await build({ withSize: false });
  step('cold start');
  const list = await programs();
  const times = Object.fromEntries(list.map(({ name }) => [name, []]));
  // Once for the disk cache, uncounted.
  for (const program of list) await start(program);
  for (let i = 0; i < ROUNDS; i++) for (const program of list) times[program.name].push(await start(program));
  const empty = quantile(times['empty Worker'], 0.5);
  const rows = list.map(({ name }) => {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(times[name], part));
    return [name, middle, low, high, middle - empty];
  });
  table(`From starting the process to the first answer, ms (${ROUNDS} starts each)`, ['program', 'median', 'first quartile', 'third quartile', 'over an empty Worker'], rows);
  const wasm = readFileSync(WASM);
  const size = { bytes: wasm.length, gzipped_bytes: gzipSync(wasm, { level: 9 }).length };
  table('The module', ['', 'KiB'], [['raw', size.bytes / 1024], ['gzipped', size.gzipped_bytes / 1024]]);
  save('cold-start', { times, size });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchColdStart();
