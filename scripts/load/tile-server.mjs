// Map tiles on loopback in a process of its own, which remembers when each capture's first tile was asked for: captures lie side by side,
// each in a band of tile columns of its own. `GET /begun` tells; `POST /hold` lets no tile out until `POST /release`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode } from '../bench/processes.mjs';
import { call } from '../bench/http.mjs';
import { root } from '../shell.mjs';

const program = fileURLToPath(import.meta.url);

/** The fixtures' level, and its tiles a side. */
const LEVEL = 4;
const SIDE = 2 ** LEVEL;

/** Columns of one capture's band; its image starts at the band's first column. */
export const BAND = 16;

/** The level whose tiles are asked for. */
export const ZOOM = 15;

/** A square of so many whole tiles at the start of a band: the `area` of its request. */
export function squareOf(band, tiles) {
  const world = 2 ** ZOOM;
  const x = band * BAND + tiles / 2;
  const y = world / 2 + tiles / 2;
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / world))) * 180) / Math.PI;
  return { center: [(x / world) * 360 - 180, latitude], size_px: [tiles * 256, tiles * 256] };
}

/** Starts it: `{origin, source, begun, hold, release, stop}`; `begun()` gives a map from band to milliseconds since 1970. */
export async function startTileServer() {
  const { origin, stop } = await startNode([program]);
  const source = {
    id: 'load', title: 'load', kind: 'xyz', url: `${origin}/{z}/{x}/{y}`, max_zoom: 20, attribution: 'NASA Blue Marble',
    max_connections: 12,
  };
  const begun = async () => new Map(JSON.parse((await call(`${origin}/begun`)).text()));
  const tell = (path) => call(`${origin}/${path}`, { method: 'POST' });
  return { origin, source, begun, hold: () => tell('hold'), release: () => tell('release'), stop };
}

function listen() {
  const tiles = new Map();
  for (let i = 0; i < SIDE * SIDE; i++) {
    const at = `${Math.floor(i / SIDE)}/${i % SIDE}`;
    tiles.set(at, readFileSync(join(root, `tests/fixtures/bluemarble/${LEVEL}/${at}.jpg`)));
  }
  const begun = new Map();
  let held;
  const send = (response, x, y) => {
    const tile = tiles.get(`${x % SIDE}/${y % SIDE}`);
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': tile.length }).end(tile);
  };
  const server = createServer((request, response) => {
    const [, first, x, y] = request.url.split('/');
    if (first === 'begun') return response.end(JSON.stringify([...begun]));
    if (first === 'hold') held ??= [];
    else if (first === 'release') {
      for (const let_out of held ?? []) let_out();
      held = undefined;
    } else {
      const band = Math.floor(Number(x) / BAND);
      if (!begun.has(band)) begun.set(band, Date.now());
      if (held) return held.push(() => send(response, Number(x), Number(y)));
      return send(response, Number(x), Number(y));
    }
    return response.end();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ origin: `http://127.0.0.1:${server.address().port}` })));
}

if (process.argv[1] === program) listen();
