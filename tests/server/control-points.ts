// A tile server and a WMS that draw the same ground control points, each in its own CRS by proj4js.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { isNorthFirst, pixel, type Box, type Position } from './projections.ts';

/** A tile grid: what tests need of one. */
export interface Grid {
  crs: string;
  /** Top left where rows go down, bottom left where they go up. */
  origin: Position;
  rows: 'down' | 'up';
  tile: number;
  resolution(level: number): number;
}

const mercator = 20037508.342789244;

/** Grids by the ids that Mapshot knows (sources of the numbers: ARCHITECTURE.md, "Grids"). */
export const GRIDS: Record<string, Grid> = {
  'webmercator-xyz': { crs: 'EPSG:3857', origin: [-mercator, mercator], rows: 'down', tile: 256, resolution: (z) => (2 * mercator) / 256 / 2 ** z },
  'geodetic-wmts': { crs: 'EPSG:4326', origin: [-180, 90], rows: 'down', tile: 256, resolution: (z) => 0.703125 / 2 ** z },
  'kakao-5181': { crs: 'EPSG:5181', origin: [-30000, -60000], rows: 'up', tile: 256, resolution: (level) => 2 ** (level - 3) },
  'naver-5179': { crs: 'EPSG:5179', origin: [90112, 1192896], rows: 'up', tile: 256, resolution: (z) => 2 ** (12 - z) },
};

/** The box of a tile. */
function boxOf(grid: Grid, z: number, x: number, y: number): Box {
  const span = grid.resolution(z) * grid.tile;
  const left = grid.origin[0] + x * span;
  const bottom = grid.rows === 'down' ? grid.origin[1] - (y + 1) * span : grid.origin[1] + y * span;
  return [left, bottom, left + span, bottom + span];
}

type Colour = readonly [number, number, number];

/** A disc's radius, and how far around its middle it is looked for, in pixels. */
const RADIUS_PX = 6;
export const REACH_PX = 12;

/** A picture of a box: discs of a colour, on white or on nothing. */
async function draw(points: readonly Position[], crs: string, box: Box, width: number, height: number, colour: Colour, opaque: boolean): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 4);
  for (let at = 0; at < data.length; at += 4) data.fill(255, at, at + (opaque ? 4 : 3));
  for (const point of points) {
    const [cx, cy] = pixel(crs, point, box, width, height);
    if (!(cx > -REACH_PX && cy > -REACH_PX && cx < width + REACH_PX && cy < height + REACH_PX)) continue;
    for (let y = Math.max(0, Math.floor(cy - RADIUS_PX - 1)); y <= Math.min(height - 1, cy + RADIUS_PX + 1); y++) {
      for (let x = Math.max(0, Math.floor(cx - RADIUS_PX - 1)); x <= Math.min(width - 1, cx + RADIUS_PX + 1); x++) {
        const cover = Math.min(1, Math.max(0, RADIUS_PX + 0.5 - Math.hypot(x + 0.5 - cx, y + 0.5 - cy)));
        const to = (y * width + x) * 4;
        if (opaque) for (let c = 0; c < 3; c++) data[to + c] = Math.round(255 - (255 - (colour[c] ?? 0)) * cover);
        else if (cover > 0) data.set([...colour, Math.round(cover * 255)], to);
      }
    }
  }
  return sharp(data, { raw: { width, height, channels: 4 } }).png({ compressionLevel: 1 }).toBuffer();
}

export interface ControlServer {
  readonly origin: string;
  /** The boxes that the WMS was asked for. */
  readonly boxes: string[];
  close(): Promise<void>;
}

/** Cyan takes red away, yellow takes blue away: multiplied, each is seen in a channel of its own. */
const CYAN: Colour = [0, 255, 255];
const YELLOW: Colour = [255, 255, 0];

/**
 * `/base/{grid}/{z}/{x}/{y}`: cyan discs on white; `/over/{grid}/{z}/{x}/{y}`: yellow ones on nothing;
 * `/wms`: yellow ones on nothing in 1.1.1 and 1.3.0, boxes in the order that the standard says.
 */
export async function startControlServer(points: readonly Position[]): Promise<ControlServer> {
  const boxes: string[] = [];
  async function answer(url: URL, response: ServerResponse): Promise<void> {
    const [, kind = '', id = '', z, x, y] = url.pathname.split('/');
    let picture: Promise<Buffer>;
    const grid = GRIDS[id];
    if (grid && (kind === 'base' || kind === 'over')) {
      const box = boxOf(grid, Number(z), Number(x), Number(y));
      picture = draw(points, grid.crs, box, grid.tile, grid.tile, kind === 'base' ? CYAN : YELLOW, kind === 'base');
    } else if (kind === 'wms') {
      const query = new Map([...url.searchParams].map(([name, value]) => [name.toUpperCase(), value]));
      const text = query.get('BBOX') ?? '';
      boxes.push(text);
      const version = query.get('VERSION');
      const crs = query.get(version === '1.3.0' ? 'CRS' : 'SRS') ?? '';
      const [a = NaN, b = NaN, c = NaN, d = NaN] = text.split(',').map(Number);
      const box: Box = version === '1.3.0' && isNorthFirst(crs) ? [b, a, d, c] : [a, b, c, d];
      picture = draw(points, crs, box, Number(query.get('WIDTH')), Number(query.get('HEIGHT')), YELLOW, false);
    } else {
      response.writeHead(404).end();
      return;
    }
    const bytes = await picture;
    response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': bytes.length }).end(bytes);
  }
  const http = createServer((request, response) => {
    void answer(new URL(request.url ?? '', 'http://localhost'), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    boxes,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

/** The middle of what a channel shows darker than white around an expected place, or `undefined` where there is nothing. */
export function middle(data: Buffer, width: number, channels: number, channel: number, [cx, cy]: Position): Position | undefined {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = Math.floor(cy) - REACH_PX; y <= Math.floor(cy) + REACH_PX; y++) {
    for (let x = Math.floor(cx) - REACH_PX; x <= Math.floor(cx) + REACH_PX; x++) {
      const weight = 255 - (data[(y * width + x) * channels + channel] ?? 255);
      sum += weight;
      sumX += weight * (x + 0.5);
      sumY += weight * (y + 0.5);
    }
  }
  return sum > 255 ? [sumX / sum, sumY / sum] : undefined;
}
