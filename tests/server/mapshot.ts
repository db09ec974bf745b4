// The built Worker, Lane and Renderer in workerd, through the Miniflare API.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface MapshotOptions {
  /** Catalogue entries that are added to the built-in ones. */
  sources?: object[];
  /** Further variables. */
  vars?: Record<string, string>;
  /** Where state is kept; a new folder if not given. */
  state?: string;
  port?: number;
  /** Counts what each invocation does (watched.mjs); with an address, an observer is asked before the chunk store is. */
  watched?: string | true;
}

/** What one invocation did, as watched.mjs counts it. */
export interface Invocation {
  name: string;
  chain: string;
  depth: number;
  kv: number;
  stubs: number;
  fetches: number;
  mostOpen: number;
}

export interface Mapshot {
  readonly origin: string;
  /** Keys in the chunk store. */
  chunkKeys(): Promise<string[]>;
  /** The same with the time at which each expires, in seconds. */
  storedChunks(): Promise<StoredChunk[]>;
  close(): Promise<void>;
}

/** A key of the chunk store. */
export interface StoredChunk {
  name: string;
  expiration?: number;
}

/** As much of a KV namespace as tests look at. */
interface ChunkList {
  list(): Promise<{ keys: StoredChunk[] }>;
}

const COMPATIBILITY_DATE = '2026-04-24';

/** An entry of the catalogue for a tile server of a test. */
export function entry(id: string, url: string, more: object = {}): object {
  return { id, title: id, kind: 'xyz', url, max_zoom: 20, attribution: `Tiles of ${id}`, ...more };
}

/** Starts everything. */
export async function startMapshot(options: MapshotOptions = {}): Promise<Mapshot> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'mapshot-state-'));
  const bindings = { SLOTS: '2', SOURCES: JSON.stringify(options.sources ?? []), ...options.vars };
  const common = {
    modules: true,
    scriptPath: join(root, options.watched ? 'tests/server/watched.mjs' : 'build/index.js'),
    modulesRoot: options.watched ? root : join(root, 'build'),
    modulesRules: [
      { type: 'ESModule' as const, include: ['**/*.js', '**/*.mjs'] },
      { type: 'CompiledWasm' as const, include: ['**/*.wasm'] },
    ],
    compatibilityDate: COMPATIBILITY_DATE,
    kvNamespaces: { CHUNKS: 'chunks' },
    // Otherwise every request for a tile goes through a Worker of Miniflare's own, which costs more than the request.
    stripCfConnectingIp: false,
  };
  const observed = typeof options.watched === 'string' ? { OBSERVER: options.watched } : {};
  const page: WorkerOptions = {
    ...common,
    name: 'mapshot',
    bindings: { ...bindings, ...observed },
    durableObjects: {
      LANES: { className: 'LaneObject', useSQLite: true },
      RENDERERS: { className: 'RendererObject', scriptName: 'mapshot-renderer', useSQLite: true },
    },
    assets: {
      directory: join(root, 'www/dist'),
      binding: 'ASSETS',
      routerConfig: { has_user_worker: true },
    },
  };
  const renderer: WorkerOptions = {
    ...common,
    name: 'mapshot-renderer',
    bindings: observed,
    durableObjects: {
      LANES: { className: 'LaneObject', scriptName: 'mapshot', useSQLite: true },
      RENDERERS: { className: 'RendererObject', useSQLite: true },
    },
  };
  const miniflareOptions: MiniflareOptions = {
    workers: [page, renderer],
    host: '127.0.0.1',
    port: options.port ?? 0,
    cf: false,
    kvPersist: join(state, 'kv'),
    durableObjectsPersist: join(state, 'do'),
    ...(process.env['MAPSHOT_LOG'] ? {} : { handleRuntimeStdio: () => undefined }),
  };
  const miniflare = new Miniflare(miniflareOptions);
  const origin = (await miniflare.ready).origin;
  const chunks = (await miniflare.getKVNamespace('CHUNKS', 'mapshot')) as unknown as ChunkList;
  return {
    origin,
    chunkKeys: async () => (await chunks.list()).keys.map((key) => key.name),
    storedChunks: async () => (await chunks.list()).keys,
    close: () => miniflare.dispose(),
  };
}
