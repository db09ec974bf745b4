// The map: what a source shows, the centre, and the exact frame of the image.
import Collection from 'ol/Collection';
import OlMap from 'ol/Map';
import View from 'ol/View';
import Feature from 'ol/Feature';
import Attribution from 'ol/control/Attribution';
import ScaleLine from 'ol/control/ScaleLine';
import Zoom from 'ol/control/Zoom';
import Point from 'ol/geom/Point';
import Polygon, { circular } from 'ol/geom/Polygon';
import type BaseLayer from 'ol/layer/Base';
import LayerGroup from 'ol/layer/Group';
import TileLayer from 'ol/layer/Tile';
import VectorLayer from 'ol/layer/Vector';
import { fromLonLat, toLonLat } from 'ol/proj';
import TileWMS from 'ol/source/TileWMS';
import VectorSource from 'ol/source/Vector';
import XYZ from 'ol/source/XYZ';
import { Circle, Fill, Stroke, Style } from 'ol/style';
import TileGrid from 'ol/tilegrid/TileGrid';
import 'ol/ol.css';
import { gridOf, type SourceGrid } from './grids.ts';
import { knows } from './projections.ts';
import type { GridSpec, Source } from './protocol.ts';

export interface CaptureMap {
  /** Shows sources, bottom to top. */
  show(sources: Source[]): void;
  /** Draws the centre, the circle around it and, where known, the frame of the image. */
  mark(center: [number, number], radiusM: number, frame?: { crs: string; extent: readonly number[] }): void;
  /** Moves the view so that the area is seen. */
  frame(center: [number, number], radiusM: number): void;
  onClick(listener: (center: [number, number]) => void): void;
}

/** A tile's address. */
function tileUrl(template: string, source: Source, z: number, x: number, row: number): string {
  const quadkey = (): string =>
    Array.from({ length: z }, (_, i) => ((x >> (z - 1 - i)) & 1) + 2 * ((row >> (z - 1 - i)) & 1)).join('');
  const hosts = source.subdomains ?? [];
  const values: Record<string, string> = {
    z: String(z),
    zz: String(z).padStart(2, '0'),
    id: source.matrix_ids?.[z - source.min_zoom] ?? String(z),
    x: String(x),
    y: String(row),
    '-y': String(2 ** z - 1 - row),
    s: hosts[(x + row) % Math.max(1, hosts.length)] ?? '',
  };
  return template.replace(/\{([^}]+)\}/g, (whole, name: string) => (name === 'q' ? quadkey() : (values[name] ?? whole)));
}

/** Tiles of a grid, whatever its CRS and the way its rows go. */
function tilesOf(source: Source, grid: SourceGrid): XYZ {
  const direct = source.browser && source.url !== undefined && source.kind !== 'naturalearth';
  const template = direct ? (source.url ?? '') : `/tiles/${source.id}/{z}/{x}/{y}.png`;
  return new XYZ({
    projection: grid.crs,
    attributions: source.attribution,
    tileGrid: new TileGrid({
      origin: grid.origin,
      resolutions: grid.levels.map((level) => level.resolution),
      tileSize: grid.tileSize,
    }),
    // OpenLayers counts rows downward from the origin.
    tileUrlFunction: ([index = 0, x = 0, y = 0]) => {
      const z = grid.levels[index]?.z;
      return z === undefined ? undefined : tileUrl(template, source, z, x, grid.rows === 'up' ? -1 - y : y);
    },
  });
}

/** Maps of a WMS, in the map's own CRS if the service has it. */
function mapsOf(source: Source): TileWMS | undefined {
  const offered = source.crs ?? ['EPSG:3857'];
  const crs = offered.includes('EPSG:3857') ? 'EPSG:3857' : offered.find(knows);
  if (crs === undefined) return undefined;
  return new TileWMS({
    url: source.browser && source.url !== undefined ? source.url : `/tiles/${source.id}/wms`,
    params: { LAYERS: source.layers?.join(',') ?? '', VERSION: source.version ?? '1.3.0', TRANSPARENT: source.transparent ?? false },
    projection: crs,
    attributions: source.attribution,
  });
}

/** What the map shows of a source, bottom to top. */
function layersOf(source: Source, grids: Record<string, GridSpec>): TileLayer[] {
  if (source.parts) return source.parts.flatMap((part) => layersOf(part, grids));
  if (source.kind === 'wms') {
    const maps = mapsOf(source);
    return maps ? [new TileLayer({ source: maps })] : [];
  }
  const grid = gridOf(source, grids);
  return knows(grid.crs) ? [new TileLayer({ source: tilesOf(source, grid), opacity: source.opacity ?? 1 })] : [];
}

/** A box of another CRS on the map: its sides are curves there. */
function frameOf(extent: readonly number[], crs: string): Polygon {
  const [minX = 0, minY = 0, maxX = 0, maxY = 0] = extent;
  const STEPS = 24;
  const side = (x1: number, y1: number, x2: number, y2: number): [number, number][] =>
    Array.from({ length: STEPS }, (_, i) => [x1 + ((x2 - x1) * i) / STEPS, y1 + ((y2 - y1) * i) / STEPS]);
  const ring = [...side(minX, minY, maxX, minY), ...side(maxX, minY, maxX, maxY), ...side(maxX, maxY, minX, maxY), ...side(minX, maxY, minX, minY)];
  return new Polygon([[...ring, [minX, minY]]]).transform(crs, 'EPSG:3857') as Polygon;
}

export function createMap(target: HTMLElement, grids: Record<string, GridSpec>): CaptureMap {
  const shown = new LayerGroup();
  const marks = new VectorSource();
  const view = new View({ center: fromLonLat([127.5, 36.5]), zoom: 5, minZoom: 1, maxZoom: 20 });
  const map = new OlMap({
    target,
    view,
    layers: [
      shown,
      new VectorLayer({ source: marks, updateWhileAnimating: true, updateWhileInteracting: true }),
    ],
    controls: [new Zoom(), new Attribution({ collapsible: false }), new ScaleLine()],
  });

  const frameStyle = new Style({
    stroke: new Stroke({ color: '#c2410c', width: 2.5 }),
    fill: new Fill({ color: 'rgba(194, 65, 12, 0.06)' }),
  });
  const circleStyle = new Style({ stroke: new Stroke({ color: '#c2410c', width: 1.5, lineDash: [5, 6] }) });
  const centreStyle = new Style({
    image: new Circle({ radius: 6, fill: new Fill({ color: '#c2410c' }), stroke: new Stroke({ color: '#fff', width: 2 }) }),
  });

  return {
    show(sources) {
      shown.setLayers(new Collection<BaseLayer>(sources.flatMap((source) => layersOf(source, grids))));
    },
    mark(center, radiusM, frame) {
      marks.clear();
      const circle = new Feature(circular(center, radiusM, 128).transform('EPSG:4326', 'EPSG:3857'));
      circle.setStyle(circleStyle);
      marks.addFeature(circle);
      if (frame && knows(frame.crs)) {
        const box = new Feature(frameOf(frame.extent, frame.crs));
        box.setStyle(frameStyle);
        marks.addFeature(box);
      }
      const centre = new Feature(new Point(fromLonLat(center)));
      centre.setStyle(centreStyle);
      marks.addFeature(centre);
    },
    frame(center, radiusM) {
      const circle = circular(center, radiusM * 1.15, 64).transform('EPSG:4326', 'EPSG:3857');
      view.fit(circle.getExtent(), { duration: 250, padding: [20, 20, 20, 20] });
    },
    onClick(listener) {
      map.on('singleclick', (event) => {
        const [lon = 0, lat = 0] = toLonLat(event.coordinate);
        listener([lon, lat]);
      });
    },
  };
}
