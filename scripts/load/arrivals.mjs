// When people come: times from the start, ascending.

/** All at once. */
export const burst = (people) => Array(people).fill(0);

/** In an hour half of the people come one by one, the others in so many crowds, each within so long. */
const CROWDS = 4;
const CROWD_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * A bad hour: a Poisson process, given how many come in all (so each time is as likely), for one half, and crowds for the other; so many
 * times faster than it was.
 */
export function badHour(people, random, speed) {
  const crowds = Array.from({ length: CROWDS }, () => random() * (HOUR_MS - CROWD_MS));
  const times_ms = Array.from({ length: people }, (_, i) =>
    i % 2 === 0 ? random() * HOUR_MS : crowds[((i - 1) / 2) % CROWDS] + random() * CROWD_MS,
  );
  return times_ms.map((time_ms) => time_ms / speed).sort((a, b) => a - b);
}
