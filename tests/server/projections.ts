// Coordinate reference systems by proj4js: what our own are held against.
import proj4 from 'proj4';

const TM = '+proj=tmerc +lat_0=38 +ellps=GRS80 +units=m +no_defs';
const DEFINITIONS: Record<string, string> = {
  'EPSG:5179': `${TM} +lon_0=127.5 +k=0.9996 +x_0=1000000 +y_0=2000000`,
  'EPSG:5181': `${TM} +lon_0=127 +k=1 +x_0=200000 +y_0=500000`,
  'EPSG:5185': `${TM} +lon_0=125 +k=1 +x_0=200000 +y_0=600000`,
  'EPSG:5186': `${TM} +lon_0=127 +k=1 +x_0=200000 +y_0=600000`,
  'EPSG:5187': `${TM} +lon_0=129 +k=1 +x_0=200000 +y_0=600000`,
  'EPSG:5188': `${TM} +lon_0=131 +k=1 +x_0=200000 +y_0=600000`,
  'EPSG:32652': '+proj=utm +zone=52 +datum=WGS84 +units=m +no_defs',
};
for (const [code, definition] of Object.entries(DEFINITIONS)) proj4.defs(code, definition);

export type Position = readonly [number, number];
export type Box = readonly [number, number, number, number];

/** Degrees to the units of a CRS, x east and y north. */
export function project(crs: string, [lon, lat]: Position): Position {
  const [x, y] = proj4('EPSG:4326', crs, [lon, lat]);
  return [x ?? NaN, y ?? NaN];
}

/** Whether the registered axis order of a CRS is north before east, as a WMS 1.3.0 takes boxes (EPSG registry). */
export function isNorthFirst(crs: string): boolean {
  return crs !== 'EPSG:3857' && !crs.startsWith('EPSG:326');
}

/** The fractional pixel of a position in an image of a box, from its top left corner. */
export function pixel(crs: string, at: Position, [minX, minY, maxX, maxY]: Box, width: number, height: number): Position {
  const [x, y] = project(crs, at);
  return [((x - minX) / (maxX - minX)) * width, ((maxY - y) / (maxY - minY)) * height];
}
