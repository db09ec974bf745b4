// The captures on the edge that this browser began: after a reload they are found again by their names.

/** A capture as it is remembered: its name is the only key to the image. */
export interface Remembered {
  id: string;
  title: string;
  where: string;
}

const KEY = 'mapshot.captures';

/** More are not kept; the oldest go first. */
const MOST = 50;

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, where } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof title === 'string' && typeof where === 'string';
}

/** All of them, oldest first; none where the browser keeps nothing. */
export function remembered(): Remembered[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRemembered) : [];
  } catch {
    return [];
  }
}

function keep(captures: Remembered[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(captures.slice(-MOST)));
  } catch {
    // A browser that keeps nothing loses the list with the page, and nothing else.
  }
}

export function remember(capture: Remembered): void {
  keep([...remembered().filter(({ id }) => id !== capture.id), capture]);
}

export function forget(id: string): void {
  keep(remembered().filter((capture) => capture.id !== id));
}
