// Tile grids as data: those known by name, and those that a source has of its own.
import type { GridSpec, Source } from './protocol.ts';

export interface Level {
  z: number;
  /** CRS units a pixel. */
  resolution: number;
}

/** A grid as a source has it. */
export interface SourceGrid {
  crs: string;
  origin: [number, number];
  rows: 'down' | 'up';
  tileSize: number;
  /** Those of the source, coarse to fine. */
  levels: Level[];
}

/** The grid of a source. */
export function gridOf(source: Source, named: Record<string, GridSpec>): SourceGrid {
  // A stack has the levels of its lowest part.
  const bottom = source.parts?.[0] ?? source;
  const spec = typeof bottom.grid === 'object' ? bottom.grid : named[bottom.grid ?? 'webmercator-xyz'];
  if (!spec) throw new Error(`The tile grid of "${source.title}" is not known.`);
  const tileSize = bottom.tile_size ?? spec.tile_size ?? 256;
  const first = spec.first_level ?? 0;
  const all = spec.levels ?? (spec.resolutions ?? []).map((resolution, index) => ({ z: first + index, resolution }));
  const levels = all
    .filter(({ z }) => z >= source.min_zoom && z <= source.max_zoom)
    // Larger tiles of the same grid have finer pixels.
    .map(({ z, resolution }) => ({ z, resolution: (resolution * (spec.tile_size ?? 256)) / tileSize }))
    .sort((a, b) => b.resolution - a.resolution);
  return { crs: spec.crs, origin: spec.origin, rows: spec.rows ?? 'down', tileSize, levels };
}
