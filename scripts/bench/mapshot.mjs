// The built Mapshot in workerd, bare or through Miniflare, and captures over its protocol (docs/protocol.md).
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../shell.mjs';
import { call } from './http.mjs';
import { startKeyValueServer } from './key-value-server.mjs';
import { descendant, startNode } from './processes.mjs';
import { pixelSource } from './tile-server.mjs';
import { configure, serve } from './workerd.mjs';

/** The level whose tiles are used: an image around its middle is made of whole tiles. */
export const ZOOM = 10;

/** The formats of images, by the fields of a request. */
export const FORMATS = {
  png: { format: 'png' },
  // Without a quality JPEG tiles are carried over without loss.
  'jpeg lossless': { format: 'jpeg' },
  // With one their coefficients are quantised anew,
  'jpeg q85': { format: 'jpeg', quality: 85, subsampling: '4:2:0' },
  // but only those of a source that is opaque.
  'jpeg pixels q85': { format: 'jpeg', quality: 85, subsampling: '4:2:0', pixels: true },
};

/** The server refused a request. */
export class Refused extends Error {}

/**
 * Starts Mapshot's two scripts in bare workerd, their chunk store in a process beside it, with these catalogue entries: `{origin, pid,
 * stop}`, `pid` that of workerd. There is no page.
 */
export async function startEdge(sources) {
  const store = await startKeyValueServer();
  const object = (name, className, service) =>
    `(name = "${name}", durableObjectNamespace = (className = "${className}"${service ? `, serviceName = "${service}"` : ''}))`;
  const worker = (className, bindings) => ({
    bindings: [...bindings, '(name = "CHUNKS", kvNamespace = "chunks")'].join(', '),
    more: `durableObjectNamespaces = [(className = "${className}", uniqueKey = "${className}", enableSql = true)],
    durableObjectStorage = (localDisk = "objects"),`,
  });
  const text = (name, value) => `(name = "${name}", text = ${JSON.stringify(value)})`;
  const workers = {
    mapshot: worker('LaneObject', [
      object('LANES', 'LaneObject'), object('RENDERERS', 'RendererObject', 'renderer'), text('SLOTS', '2'), text('SOURCES', JSON.stringify(sources)),
    ]),
    renderer: worker('RendererObject', [object('LANES', 'LaneObject', 'mapshot'), object('RENDERERS', 'RendererObject')]),
  };
  const modules = { 'index.js': join(root, 'build/index.js'), 'index_bg.wasm': join(root, 'build/index_bg.wasm') };
  const config = configure('edge', modules, {
    workers,
    services: (at) => {
      mkdirSync(join(at, 'objects'));
      return `(name = "objects", disk = (path = "${join(at, 'objects')}", writable = true)),
    (name = "chunks", external = (address = "${store.address}", http = ())),
    (name = "internet", network = (allow = ["public", "private"]))`;
    },
  });
  const server = await serve(config);
  return { ...server, stop: async () => void (await Promise.all([server.stop(), store.stop()])) };
}

/** Starts Mapshot through Miniflare, as the tests run it, with these catalogue entries and variables: as `startEdge`, with the page. */
export async function startMapshot(sources, vars = {}) {
  const state = mkdtempSync(join(tmpdir(), 'mapshot-bench-'));
  const server = await startNode(['--import', 'tsx', 'tests/server/serve.ts', JSON.stringify({ sources, vars, state })]);
  const stop = async () => {
    await server.stop();
    rmSync(state, { recursive: true, force: true });
  };
  return { origin: server.origin, pid: descendant(server.pid, 'workerd'), stop };
}

/** What is measured end to end: bare workerd, or with BENCH_MINIFLARE=1 what `npm start` runs in, whose chunk store shares our thread. */
export const startMeasured = process.env.BENCH_MINIFLARE ? startMapshot : startEdge;

/**
 * One capture of `side_px` x `side_px` pixels, from the request to the last byte of the image: `{ms, parts, bytes, status}`, `parts`
 * being the file.
 */
export async function capture(origin, kind, format, side_px) {
  const { pixels, ...fields } = FORMATS[format];
  const body = JSON.stringify({
    area: { center: [0, 0], size_px: [side_px, side_px] },
    layers: [{ source: pixels ? pixelSource(kind) : kind }],
    zoom: ZOOM,
    ...fields,
  });
  const start = performance.now();
  const accepted = await call(`${origin}/api/captures`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  if (accepted.status !== 202) throw new Refused(`${accepted.status}: ${JSON.parse(accepted.text()).detail}`);
  const { id, plan, links } = JSON.parse(accepted.text());
  if (plan.tiles !== (side_px / 256) ** 2) throw new Error(`${plan.tiles} tiles: the image is not made of whole ones`);
  const image = await call(new URL(links.image, origin));
  const ms = performance.now() - start;
  const status = JSON.parse((await call(`${origin}/api/captures/${id}`)).text());
  const bytes = image.parts.reduce((sum, part) => sum + part.length, 0);
  if (image.status !== 200 || status.error || status.bytes !== bytes) {
    throw new Error(`${image.status}, ${bytes} of ${status.bytes} bytes: ${JSON.stringify(status.error)}`);
  }
  return { ms, parts: image.parts, bytes, status };
}
