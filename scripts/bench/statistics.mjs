// Numbers that stand for many.

/** The value below which a part of the values lies, by linear interpolation. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);
