// The map: what a source shows, the centre, and the exact frame of the image.
import OlMap from 'ol/Map';
import View from 'ol/View';
import Feature from 'ol/Feature';
import Attribution from 'ol/control/Attribution';
import ScaleLine from 'ol/control/ScaleLine';
import Zoom from 'ol/control/Zoom';
import Point from 'ol/geom/Point';
import { circular, fromExtent } from 'ol/geom/Polygon';
import TileLayer from 'ol/layer/Tile';
import VectorLayer from 'ol/layer/Vector';
import { fromLonLat, toLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import XYZ from 'ol/source/XYZ';
import { Circle, Fill, Stroke, Style } from 'ol/style';
import 'ol/ol.css';
import type { Source } from './protocol.ts';

export interface CaptureMap {
  show(source: Source): void;
  /** Draws the centre, the circle around it and, where known, the frame of the image in EPSG:3857. */
  mark(center: [number, number], radiusM: number, extent?: readonly number[]): void;
  /** Moves the view so that the area is seen. */
  frame(center: [number, number], radiusM: number): void;
  onClick(listener: (center: [number, number]) => void): void;
}

/** The addresses at which the map's own tiles are, for OpenLayers. */
function tileUrls(source: Source): string[] {
  const direct = source.browser && source.url !== undefined;
  const url = direct ? (source.url ?? '') : `/tiles/${source.id}/{z}/{x}/{y}.png`;
  // OpenLayers counts rows from the north, and knows {-y} for those counted from the south.
  const rows = source.grid === 'webmercator-tms' ? url.replace('{y}', '{-y}') : url;
  return rows.includes('{s}') ? (source.subdomains ?? []).map((s) => rows.replace('{s}', s)) : [rows];
}

export function createMap(target: HTMLElement): CaptureMap {
  const tiles = new TileLayer<XYZ>();
  const marks = new VectorSource();
  const view = new View({ center: fromLonLat([127.5, 36.5]), zoom: 5, minZoom: 1, maxZoom: 20 });
  const map = new OlMap({
    target,
    view,
    layers: [
      tiles,
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
    show(source) {
      tiles.setSource(
        new XYZ({
          urls: tileUrls(source),
          minZoom: source.min_zoom,
          maxZoom: source.max_zoom,
          tileSize: source.tile_size,
          attributions: source.attribution,
        }),
      );
    },
    mark(center, radiusM, extent) {
      marks.clear();
      const circle = new Feature(circular(center, radiusM, 128).transform('EPSG:4326', 'EPSG:3857'));
      circle.setStyle(circleStyle);
      marks.addFeature(circle);
      if (extent) {
        const frame = new Feature(fromExtent([...extent]));
        frame.setStyle(frameStyle);
        marks.addFeature(frame);
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
