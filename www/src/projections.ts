// Coordinate reference systems for the map: those that Mapshot knows, by proj4js.
import { get } from 'ol/proj';
import { register } from 'ol/proj/proj4';
import proj4 from 'proj4';

const KOREAN = '+proj=tmerc +lat_0=38 +ellps=GRS80 +units=m +no_defs';
const BESSEL = '+proj=tmerc +lat_0=38 +k=1 +x_0=200000 +ellps=bessel +units=m +no_defs +towgs84=-145.907,505.034,685.756,-1.162,2.347,1.592,6.342';

/** Central meridian and false northing of the belts (EPSG registry). */
const BELTS: Record<number, [number, number]> = {
  5180: [125, 500_000], 5181: [127, 500_000], 5182: [127, 550_000], 5183: [129, 500_000], 5184: [131, 500_000],
  5185: [125, 600_000], 5186: [127, 600_000], 5187: [129, 600_000], 5188: [131, 600_000],
};
const BESSEL_BELTS: Record<number, [number, number]> = {
  2096: [129, 500_000], 2097: [127, 500_000], 2098: [125, 500_000], 5173: [125.002890278, 500_000], 5174: [127.002890278, 500_000],
  5175: [127.002890278, 550_000], 5176: [129.002890278, 500_000], 5177: [131.002890278, 500_000],
};

function definition(code: number): string | undefined {
  if (code === 5179) return `${KOREAN} +lon_0=127.5 +k=0.9996 +x_0=1000000 +y_0=2000000`;
  const belt = BELTS[code];
  if (belt) return `${KOREAN} +lon_0=${belt[0]} +k=1 +x_0=200000 +y_0=${belt[1]}`;
  const bessel = BESSEL_BELTS[code];
  if (bessel) return `${BESSEL} +lon_0=${bessel[0]} +y_0=${bessel[1]}`;
  const zone = code % 100;
  if (zone < 1 || zone > 60) return undefined;
  if (code > 32600 && code <= 32660) return `+proj=utm +zone=${zone} +datum=WGS84 +units=m +no_defs`;
  if (code > 32700 && code <= 32760) return `+proj=utm +zone=${zone} +south +datum=WGS84 +units=m +no_defs`;
  return undefined;
}

/** Makes a CRS known to the map. False where it is none that the map can show. */
export function knows(crs: string): boolean {
  if (get(crs)) return true;
  const words = definition(Number(crs.replace(/^EPSG:/, '')));
  if (words === undefined) return false;
  proj4.defs(crs, words);
  register(proj4);
  return get(crs) !== null;
}

/** Metres of ground for a unit of a CRS at a latitude, about. */
export function unitMetres(crs: string, latitude: number): number {
  if (crs === 'EPSG:4326') return 111_320;
  return crs === 'EPSG:3857' ? Math.cos((latitude * Math.PI) / 180) : 1;
}
