// Numbers and states in words.
import type { MissingTile, Status } from './protocol.ts';

const whole = new Intl.NumberFormat('en');

/** 5120 as `5,120`. */
export function count(n: number): string {
  return whole.format(n);
}

/** Metres as `5 km` or `250 m`. */
export function distance(metres: number): string {
  return metres >= 1000 ? `${count(metres / 1000)} km` : `${count(metres)} m`;
}

/** Metres per pixel with three digits that count. */
export function resolution(metres: number): string {
  return `${Number(metres.toPrecision(3))} m`;
}

/** A file's size. */
export function bytes(n: number): string {
  if (n < 1e6) return `${Math.max(1, Math.round(n / 1e3))} kB`;
  return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
}

/** A duration, roughly. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** What is going on with a capture. */
export function state(status: Status): string {
  if (status.paused) return `Waiting for the source, which says: ${status.paused.reason}`;
  switch (status.state) {
    case 'queued':
      if (status.position === 0) return 'Next in the queue';
      return status.position === 1 ? 'One capture is ahead of yours' : `${count(status.position)} captures are ahead of yours`;
    case 'rendering':
      return `Rendering: ${count(status.tiles.done)} of ${count(status.tiles.total)} tiles`;
    case 'ready':
      return `Ready: ${bytes(status.bytes)}`;
    case 'delivered':
      return 'Saved. The server has deleted its copy.';
    case 'failed':
      return `Failed: ${status.error?.detail ?? 'the reason is not known'}`;
    case 'cancelled':
      return 'Cancelled';
    case 'expired':
      return 'Nobody waited for it or fetched it in time; it is deleted';
  }
}

/** What is missing in an image. */
export function missing(tiles: MissingTile[]): string {
  const reasons = [...new Set(tiles.map((tile) => tile.reason))];
  const what = tiles.length === 1 ? 'One tile is missing' : `${count(tiles.length)} tiles are missing`;
  const filled = tiles.filter((tile) => tile.shown === 'parent').length;
  const shown =
    filled === tiles.length ? 'filled from a coarser level' : filled === 0 ? 'marked in the image' : 'marked or filled';
  return `${what} and ${shown}: ${reasons.slice(0, 3).join('; ')}`;
}
