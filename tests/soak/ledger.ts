// What clients saw, and the rules it must keep.
import type { Status } from '../server/client.ts';

/** A capture as its client knows it. */
export interface Entry {
  readonly id: string;
  /** When it was first asked for and when that was answered, in the ledger's own time. */
  readonly asked: number;
  readonly answered: number;
  /** The smallest position it was told. */
  position: number;
  /** Whether a renderer was seen to have begun it. */
  begun: boolean;
  end: 'delivered' | 'failed' | undefined;
  chunks: number;
  /** The life of the runtime in which the first of its bytes arrived. */
  receivedIn: number | undefined;
}

export class Ledger {
  readonly entries: Entry[] = [];
  readonly violations: string[] = [];
  /** POSTs whose answer was lost to a kill and that were made again. */
  repeated = 0;
  /** Transfers that a kill broke. */
  broken = 0;
  private time = 0;
  /** In which life each chunk, or image, arrived in full. */
  private readonly arrived = new Map<string, Set<number>>();

  /** The next moment: of two events, the one that was over before the other began has the smaller one. */
  now(): number {
    this.time += 1;
    return this.time;
  }

  accepted(id: string, asked: number): Entry {
    if (this.entries.some((entry) => entry.id === id)) this.violation(`${id} was given to two clients`);
    const entry: Entry = { id, asked, answered: this.now(), position: Infinity, begun: false, end: undefined, chunks: 0, receivedIn: undefined };
    this.entries.push(entry);
    return entry;
  }

  violation(what: string): void {
    this.violations.push(what);
  }

  /** A client heard how its capture stands. */
  heard(entry: Entry, status: Status): void {
    if (status.state === 'queued' && entry.begun) this.violation(`${entry.id} was begun and is queued again`);
    if (status.position > entry.position) {
      this.violation(`${entry.id} moved back from ${entry.position} to ${status.position}`);
    }
    entry.position = Math.min(entry.position, status.position);
    if (status.state !== 'queued') entry.begun = true;
  }

  /**
   * All that were not over, heard one after the other, the latest first: none waits for its turn while one that was
   * certainly accepted later has had it.
   */
  heardInTurn(heard: readonly { entry: Entry; status: Status }[]): void {
    for (const [i, { entry, status }] of heard.entries()) {
      if (status.state !== 'queued') continue;
      for (const earlier of heard.slice(0, i)) {
        const overtook = ['rendering', 'ready', 'delivered'].includes(earlier.status.state);
        if (overtook && laneOf(earlier.entry) === laneOf(entry) && entry.answered < earlier.entry.asked) {
          this.violation(`${earlier.entry.id} was served before ${entry.id}`);
        }
      }
    }
  }

  /** A chunk, or the image, arrived in full; within one life of the runtime that happens once. */
  received(entry: Entry, what: string, life: number): void {
    entry.receivedIn ??= life;
    const key = `${entry.id} ${what}`;
    const lives = this.arrived.get(key) ?? new Set();
    if (lives.has(life)) this.violation(`${key} was delivered twice`);
    this.arrived.set(key, lives.add(life));
  }
}

/** The lane's name: what is before the dash and the random bits. */
function laneOf(entry: Entry): string {
  return entry.id.slice(0, entry.id.lastIndexOf('-'));
}
