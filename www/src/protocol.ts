// The shapes of docs/protocol.md, version 1, as far as the page uses them.

/** A source of the catalogue (`GET /api/sources`). */
export interface Source {
  id: string;
  title: string;
  kind: 'xyz' | 'naturalearth';
  /** Address template; absent where the page may not fetch directly. */
  url?: string;
  subdomains?: string[];
  grid: 'webmercator-xyz' | 'webmercator-tms';
  min_zoom: number;
  max_zoom: number;
  tile_size: number;
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

export type Format = 'png' | 'jpeg';

export type OnMissing = 'fail' | 'mark' | 'parent';

/** The body of `POST /api/plan` and `POST /api/captures`. */
export interface CaptureRequest {
  area: { center: [number, number]; radius_m: number };
  layers: { source: string; opacity?: number }[];
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
  zoom: number;
  ground_resolution: { east_m: number; north_m: number };
  /** CRS units: min_x, min_y, max_x, max_y. */
  extent: [number, number, number, number];
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
