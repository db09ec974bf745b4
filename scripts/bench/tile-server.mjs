// The tiles over HTTP on loopback, for ourselves and for peers: /{kind}/{z}/{x}/{y}. All
// are in memory and connections stay open, so that the server is not what is measured. Runs in a process of its own.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode } from './processes.mjs';
import { EXTENSION, KINDS, TILES, benchTiles, tileAt } from './tiles.mjs';

const program = fileURLToPath(import.meta.url);

/** So long after it was asked a tile comes, as from far away: BENCH_TILE_MS. */
const LATE_MS = Number(process.env.BENCH_TILE_MS ?? 0);

/** Starts it: `{origin, stop}`. */
export async function startTileServer() {
  await benchTiles();
  return startNode([program]);
}

/** The id of the entry whose JPEG tiles always become pixels. */
export const pixelSource = (kind) => `${kind}-pixels`;

/** The entries of the catalogue for one kind of tiles: a transparent source's tiles are never carried over. */
export function sources(origin, kind) {
  const entry = {
    id: kind, title: kind, kind: 'xyz', url: `${origin}/${kind}/{z}/{x}/{y}`, max_zoom: 20, attribution: 'Mapshot',
    max_connections: 12, max_tiles: 6400,
  };
  return [entry, { ...entry, id: pixelSource(kind), transparent: true }];
}

async function listen() {
  const folder = await benchTiles();
  const tiles = new Map();
  for (const kind of KINDS) {
    for (let i = 0; i < TILES * TILES; i++) {
      const [x, y] = [Math.floor(i / TILES), i % TILES];
      tiles.set(`${kind}/${x}/${y}`, readFileSync(join(folder, kind, String(x), `${y}.${EXTENSION[kind]}`)));
    }
  }
  const server = createServer((request, response) => {
    const [, kind, , x, y] = request.url.split('/');
    const tile = tiles.get([kind, ...tileAt(Number(x), Number(y))].join('/'));
    if (!tile) return response.writeHead(404).end();
    const type = EXTENSION[kind] === 'png' ? 'image/png' : 'image/jpeg';
    // Pages read them, too. The head goes with the first bytes.
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': tile.length, 'Access-Control-Allow-Origin': '*' });
    return LATE_MS > 0 ? setTimeout(() => response.end(tile), LATE_MS) : response.end(tile);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ origin: `http://127.0.0.1:${server.address().port}` })));
}

if (process.argv[1] === program) await listen();
