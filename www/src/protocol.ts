// The shapes of docs/protocol.md, version 1, as far as the page uses them.

/** A source of the catalogue (`GET /api/sources`). */
export interface Source {
  id: string;
  title: string;
  kind: 'xyz' | 'wms' | 'stack' | 'naturalearth';
  /** Address template; absent where the page may not fetch directly. */
  url?: string;
  subdomains?: string[];
  /** A grid by its name (`GET /api/grids`), or in full; none of a stack. */
  grid?: string | GridSpec;
  min_zoom: number;
  max_zoom: number;
  tile_size?: number;
  /** The names of the levels from `min_zoom` on, where its address has `{id}`. */
  matrix_ids?: string[];
  /** Of a WMS: what it offers, and how it is asked. */
  crs?: string[];
  version?: '1.1.1' | '1.3.0';
  axis?: 'standard' | 'xy' | 'yx';
  layers?: string[];
  /** Of a stack: its sources, bottom to top. */
  parts?: Source[];
  /** How strongly a part covers what is below. */
  opacity?: number;
  /** Whether lower layers show through. */
  transparent?: boolean;
  /** The country whose addresses alone it answers. */
  region?: string;
  attribution: string;
  terms_url?: string;
  max_tiles: number;
  /** Whether the page may fetch its tiles directly. */
  browser: boolean;
  /** Whether `/tiles/{id}/...` passes its tiles on. */
  proxy: boolean;
  /** Radii that suit it, metres. */
  presets_m: number[];
}

/** A tile grid in full. */
export interface GridSpec {
  crs: string;
  origin: [number, number];
  rows?: 'down' | 'up';
  tile_size?: number;
  levels?: { z: number; resolution: number }[];
  resolutions?: number[];
  first_level?: number;
}

export type Format = 'png' | 'jpeg';

export type OnMissing = 'fail' | 'mark' | 'parent';

/** The body of `POST /api/plan` and `POST /api/captures`. */
export interface CaptureRequest {
  area: { center: [number, number]; radius_m: number };
  layers: { source: string; opacity?: number; blend?: 'normal' | 'multiply' }[];
  zoom: number;
  format: Format;
  on_missing: OnMissing;
}

/** The answer of `POST /api/plan`. */
export interface Plan {
  width_px: number;
  height_px: number;
  crs: string;
  resolution: number;
  zoom: number | null;
  ground_resolution: { east_m: number; north_m: number };
  /** CRS units: min_x, min_y, max_x, max_y. */
  extent: [number, number, number, number];
  /** How each layer comes about, bottom to top. */
  layers: { source: string; resampled: boolean; crs: string; zoom: number | null }[];
  tiles: number;
  strips: number;
  peak_bytes: number;
  format: Format;
  /** How a JPEG comes about. */
  jpeg?: { carried: boolean; quality?: number };
  attribution: string[];
  warnings: string[];
}

export type CaptureState = 'queued' | 'rendering' | 'ready' | 'delivered' | 'failed' | 'cancelled' | 'expired';

/** A tile that could not be had. */
export interface MissingTile {
  source: string;
  z: number;
  x: number;
  y: number;
  reason: string;
  shown: 'mark' | 'parent' | 'nothing';
}

/** The status of a capture, by polling and by socket. */
export interface Status {
  id: string;
  state: CaptureState;
  position: number;
  eta_ms: number | null;
  /** The source that it waits for, because that does not want to be asked now. */
  paused: { source: string; reason: string; until_ms: number } | null;
  tiles: { done: number; total: number; missing: number; retries: number };
  strips: { done: number; total: number };
  bytes: number;
  missing: MissingTile[];
  error: { code: string; detail: string } | null;
  plan: Plan;
  file_name: string;
  /** By polling only. */
  links?: Links;
}

/** Where a capture's parts are. */
export interface Links {
  self: string;
  socket: string;
  image: string;
}

/** The answer of `POST /api/captures`. */
export interface Accepted {
  id: string;
  position: number;
  plan: Plan;
  links: Links;
}

/** What the status socket says. */
export interface SocketMessage {
  type: 'snapshot' | 'update';
  seq: number;
  status: Status;
}

/** An error (`application/problem+json`). */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  field?: string;
  value?: string;
  limit?: string;
  retry_after_ms?: number;
}
