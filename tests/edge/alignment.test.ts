// Layers line up: every base and every overlay show the same ground control points at the same pixels.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { GRIDS, middle, REACH_PX, startControlServer, type ControlServer } from '../server/control-points.ts';
import { startMapshot, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { pixel, type Position } from '../server/projections.ts';

const PLACES: Record<string, Position> = {
  Seoul: [126.978, 37.5665],
  Busan: [129.0756, 35.1796],
  Jeju: [126.5312, 33.4996],
  Ulleung: [130.9057, 37.4845],
};

/** Levels of about a metre to a pixel. */
const BASES: Record<string, number> = { 'webmercator-xyz': 17, 'geodetic-wmts': 16, 'kakao-5181': 3, 'naver-5179': 12 };

const WMS_CRSS = ['EPSG:3857', 'EPSG:4326', 'EPSG:5179', 'EPSG:5181', 'EPSG:5186', 'EPSG:5187', 'EPSG:32652'];

/** As far as two layers may be apart, in pixels. */
const LIMIT_PX = 0.5;

/** Points around every place, some hundred metres apart. */
const points = Object.values(PLACES).flatMap(([lon, lat]) =>
  [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy): Position => [lon + dx * 0.0021, lat + dy * 0.0018])),
);

let server: ControlServer;
let mapshot: Mapshot;
let client: Client;
const overlays: string[] = [];

before(async () => {
  server = await startControlServer(points);
  const sources: object[] = [];
  for (const grid of Object.keys(GRIDS)) {
    const tiles = (kind: string) => `${server.origin}/${kind}/${grid}/{z}/{x}/{y}`;
    const own = (kind: string, more: object) => ({ id: `${kind}-${grid}`, url: tiles(kind), grid, ...more });
    sources.push(own('base', {}), own('over', { transparent: true }));
    overlays.push(`over-${grid}`);
  }
  for (const crs of WMS_CRSS) {
    for (const version of ['1.1.1', '1.3.0']) {
      const id = `wms-${crs.slice(5)}-${version.replaceAll('.', '')}`;
      sources.push({ id, kind: 'wms', url: `${server.origin}/wms`, version, layers: ['points'], crs: [crs], transparent: true });
      overlays.push(id);
    }
  }
  mapshot = await startMapshot({ sources });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await server?.close();
});

for (const [base, zoom] of Object.entries(BASES)) {
  test(`every overlay on ${base}`, async () => {
    let [worst, compared] = [0, 0];
    for (const [place, center] of Object.entries(PLACES)) {
      for (const overlay of overlays) {
        const accepted = await client.capture({
          area: { center, size_px: [640, 640] },
          layers: [{ source: `base-${base}` }, { source: overlay, blend: 'multiply' }],
          zoom,
        });
        const { data, width, height, channels } = await decode(await client.image(accepted.id));
        const { memory_bytes } = await client.status(accepted.id);
        assert.ok(memory_bytes <= 48 << 20, `${memory_bytes} bytes`);
        let seen = 0;
        for (const point of points) {
          const at = pixel(accepted.plan.crs, point, accepted.plan.extent, width, height);
          const inside = (v: number, side: number) => v > REACH_PX && v < side - REACH_PX - 1;
          if (!inside(at[0], width) || !inside(at[1], height)) continue;
          seen += 1;
          const below = middle(data, width, channels, 0, at);
          const above = middle(data, width, channels, 2, at);
          assert.ok(below && above, `${overlay} on ${base} at ${place}: a point is not there`);
          for (const [a, b] of [[below, at], [above, at], [below, above]] as const) {
            worst = Math.max(worst, Math.hypot(a[0] - b[0], a[1] - b[1]));
          }
          compared += 1;
        }
        assert.ok(seen >= 4, `${overlay} on ${base} at ${place}: ${seen} points`);
        assert.ok(worst <= LIMIT_PX, `${overlay} on ${base} at ${place}: ${worst.toFixed(3)} px apart`);
      }
    }
    console.log(`${compared} points compared, at the most ${worst.toFixed(3)} px apart`);
  });
}

test('neighbouring captures ask a WMS for the same boxes', async () => {
  const asked = async (lon: number) => {
    server.boxes.length = 0;
    const accepted = await client.capture({
      area: { center: [lon, 37.5665], size_px: [1500, 700] },
      layers: [{ source: 'base-webmercator-xyz' }, { source: 'wms-3857-130' }],
      zoom: 17,
    });
    await client.image(accepted.id);
    return new Set(server.boxes);
  };
  const [one, other] = [await asked(126.978), await asked(126.984)];
  const common = [...one].filter((box) => other.has(box));
  assert.ok(common.length > 0 && one.size > 0, `${[...one].join(' ')} and ${[...other].join(' ')} have nothing in common`);
});
