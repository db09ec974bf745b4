// A real HTTP tile server on loopback: real JPEG tiles, and whatever faults a test wants.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** The level of the Blue Marble pyramid that is served, and its tiles a side. */
const LEVEL = 4;
export const SIDE = 2 ** LEVEL;

/** The bytes of the Blue Marble tile that stands for (x, y): the world again and again. */
export function marble(x: number, y: number): Buffer {
  const wrap = (n: number) => ((n % SIDE) + SIDE) % SIDE;
  return readFileSync(`${fixtures}bluemarble/${LEVEL}/${wrap(x)}/${wrap(y)}.jpg`);
}

/** The bytes of one of the odd tiles. */
export function odd(name: string): Buffer {
  return readFileSync(`${fixtures}odd/${name}`);
}

export interface Tile {
  z: number;
  x: number;
  y: number;
}

/** Answers a request for a tile itself and returns true, or leaves it to the server. */
export type Fault = (tile: Tile, response: ServerResponse, request: IncomingMessage) => boolean | Promise<boolean>;

export interface TileServer {
  /** Address template of the tiles. */
  readonly template: string;
  readonly origin: string;
  /** Requests so far. */
  asked: number;
  /** The headers of the last request. */
  lastHeaders: IncomingMessage['headers'];
  /** What goes wrong. */
  fault: Fault;
  close(): Promise<void>;
}

/** Starts a server on a free port, or on one that was free before. */
export async function startTileServer(port = 0): Promise<TileServer> {
  const cache = new Map<string, Buffer>();
  const http = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const server: TileServer = {
    template: '',
    origin: '',
    asked: 0,
    lastHeaders: {},
    fault: () => false,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = /^\/(\d+)\/(-?\d+)\/(-?\d+)/.exec(request.url ?? '');
    if (!match) {
      response.writeHead(404).end();
      return;
    }
    const tile = { z: Number(match[1]), x: Number(match[2]), y: Number(match[3]) };
    server.asked += 1;
    server.lastHeaders = request.headers;
    // As map servers do, so that pages may read their tiles.
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (await server.fault(tile, response, request)) return;
    const key = `${tile.x % SIDE}/${tile.y % SIDE}`;
    const bytes = cache.get(key) ?? marble(tile.x, tile.y);
    cache.set(key, bytes);
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': bytes.length }).end(bytes);
  }
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return Object.assign(server, { origin, template: `${origin}/{z}/{x}/{y}.jpg` });
}
