// What clients saw, and the rules it must keep.
import type { Status } from '../server/client.ts';

/** A capture as its client knows it. */
export interface Entry {
  readonly id: string;
  /** Its place in its lane's order. */
  readonly ticket: number;
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
  /** What each observer of a capture heard last: two who ask at once may be answered in any order. */
  private readonly last = new Map<string, Status>();
  private readonly tickets = new Set<string>();
  /** In which life each chunk, or image, arrived in full. */
  private readonly arrived = new Map<string, Set<number>>();

  accepted(id: string, ticket: number): Entry {
    const entry: Entry = { id, ticket, end: undefined, chunks: 0, receivedIn: undefined };
    const place = `ticket ${ticket} of ${laneOf(entry)}`;
    if (this.tickets.has(place)) this.violation(`${place} was given to two clients`);
    this.tickets.add(place);
    this.entries.push(entry);
    return entry;
  }

  violation(what: string): void {
    this.violations.push(what);
  }

  /** An observer heard how a capture stands. */
  heard(by: string, entry: Entry, status: Status): void {
    const key = `${by} ${entry.id}`;
    const last = this.last.get(key);
    this.last.set(key, status);
    if (status.ticket !== entry.ticket) this.violation(`${entry.id} had ticket ${entry.ticket} and has ${status.ticket}`);
    if (!last) return;
    if (status.state === 'queued' && last.state !== 'queued') this.violation(`${entry.id} was begun and is queued again`);
    if (status.position > last.position) {
      this.violation(`${entry.id} moved back from ${last.position} to ${status.position}`);
    }
  }

  /** All that were not over, heard one after the other: none has its turn while one with an earlier ticket waits afterwards. */
  heardInTurn(heard: readonly { entry: Entry; status: Status }[]): void {
    for (const [i, { entry, status }] of heard.entries()) {
      if (status.state !== 'queued') continue;
      for (const earlier of heard.slice(0, i)) {
        const overtook = ['rendering', 'ready', 'delivered'].includes(earlier.status.state);
        if (overtook && laneOf(earlier.entry) === laneOf(entry) && entry.ticket < earlier.entry.ticket) {
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
