// A client that orders captures one after the other and fetches each in one of the ways there are.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../server/client.ts';
import { pick, type Random } from '../server/random.ts';
import { openSocket } from '../server/socket.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Life, World } from './world.ts';

/** A request and the file that it gives when nobody is killed. */
export interface Order {
  readonly name: string;
  readonly request: object;
  readonly file: Buffer;
}

const FETCHES = ['image', 'image early', 'chunks', 'chunks by two', 'chunks acknowledged'] as const;

export class Customer {
  private orders = 0;

  constructor(
    private readonly name: string,
    private readonly random: Random,
    private readonly world: World,
    private readonly ledger: Ledger,
  ) {}

  /** Orders one capture and sees it through. */
  async order(order: Order): Promise<void> {
    this.orders += 1;
    const how = pick(this.random, FETCHES);
    const follow = pick(this.random, ['socket', 'polling']);
    const entry = await this.accepted(order);
    if (how === 'image early' && (await this.image(entry, order))) return this.settled(entry);
    const ended = follow === 'socket' ? await this.bySocket(entry) : await this.byPolling(entry);
    if (ended.state === 'failed') {
      entry.end = 'failed';
      // A strip whose renderers were killed too often; nothing else goes wrong here.
      if (ended.error?.code !== 'renderer_lost') this.ledger.violation(`${entry.id}: ${JSON.stringify(ended.error)}`);
      return;
    }
    if (how.startsWith('chunks')) await this.chunks(entry, order, how);
    else await this.image(entry, order);
    return this.settled(entry);
  }

  private async accepted(order: Order): Promise<Entry> {
    const key = `${this.name}-${this.orders}`;
    let tries = 0;
    const { id, ticket } = await this.world.attempt(({ client }) => {
      tries += 1;
      return client.capture(order.request, { 'Idempotency-Key': key });
    });
    this.ledger.repeated += tries - 1;
    return this.ledger.accepted(id, ticket);
  }

  private byPolling(entry: Entry): Promise<Status> {
    return this.world.until(`${entry.id} is over`, async ({ client }) => this.over(entry, await client.status(entry.id)));
  }

  /** Listens to a socket; when it dies with the runtime, to the next. */
  private bySocket(entry: Entry): Promise<Status> {
    return this.world.until(`${entry.id} says that it is over`, async ({ client, number }) => {
      const socket = await openSocket(client.origin, `/api/captures/${entry.id}/socket`);
      let closed = false;
      void socket.closed.then(() => (closed = true));
      let read = 0;
      for (;;) {
        for (const message of socket.messages.slice(read)) {
          const expected = read === 0 ? 'snapshot' : 'update';
          read += 1;
          if (message.type !== expected || message.seq !== read) {
            this.ledger.violation(`${entry.id}: message ${read} is ${message.type} ${message.seq}`);
          }
          const over = this.over(entry, message.status);
          if (!over) continue;
          socket.close();
          return over;
        }
        if (closed || number !== this.world.kills) return undefined;
        await sleep(20);
      }
    });
  }

  private over(entry: Entry, status: Status): Status | undefined {
    this.ledger.heard('client', entry, status);
    entry.chunks = status.chunks.length;
    return ['queued', 'rendering'].includes(status.state) ? undefined : status;
  }

  /** Fetches the image; false when the capture failed instead. */
  private image(entry: Entry, order: Order): Promise<boolean> {
    return this.world.until(`the image of ${entry.id}`, async (life) => {
      const response = await life.client.get(`/api/captures/${entry.id}/image`);
      if (response.status !== 200) return this.refused(entry, response);
      const file = await this.body(life, response);
      if (!file) return undefined;
      if (!file.equals(order.file)) {
        // An image opened early that fails has no end.
        if ((await life.client.status(entry.id)).state === 'failed') return false;
        this.ledger.violation(`${entry.id}: ${file.length} bytes instead of the ${order.file.length} of ${order.name}`);
      }
      this.ledger.received(entry, 'image', life.number);
      return true;
    });
  }

  private async chunks(entry: Entry, order: Order, how: string): Promise<void> {
    const parts: Buffer[] = [];
    for (let index = 0; index < entry.chunks; index++) {
      const path = `/api/captures/${entry.id}/chunks/${index}`;
      const rivals = how === 'chunks by two' ? 2 : 1;
      // What one of them has counts, even if a kill comes before the other is answered.
      let part: Buffer | undefined;
      await this.world.until(`chunk ${index} of ${entry.id}`, async (life) => {
        const fetchOne = async (): Promise<number> => {
          const { status, bytes } = await this.chunk(life, entry, path, index);
          part ??= bytes;
          return status;
        };
        const statuses = part ? [] : await Promise.all(Array.from({ length: rivals }, fetchOne));
        if (part && how === 'chunks acknowledged') await life.client.delete(path);
        // Of two who ask at once, one may come when the other has it. But somebody must have it.
        if (!part && statuses.every((status) => status === 410)) throw new Error(`${path} is gone, and nobody got it`);
        return part;
      });
      if (part) parts.push(part);
    }
    if (!Buffer.concat(parts).equals(order.file)) this.ledger.violation(`${entry.id}: its chunks are not ${order.name}`);
  }

  /** One chunk; without bytes where somebody else has it or the transfer broke. */
  private async chunk(life: Life, entry: Entry, path: string, index: number): Promise<{ status: number; bytes?: Buffer }> {
    const response = await life.client.get(path);
    const { status } = response;
    if (status === 410) await response.arrayBuffer();
    else if (status !== 200) await this.refused(entry, response);
    if (status !== 200) return { status };
    const bytes = await this.body(life, response);
    if (!bytes) return { status };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== response.headers.get('X-SHA256')) this.ledger.violation(`${path}: other bytes than its digest says`);
    this.ledger.received(entry, `chunk ${index}`, life.number);
    return { status, bytes };
  }

  private async body(life: Life, response: Response): Promise<Buffer | undefined> {
    try {
      return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      if (life.number === this.world.kills) throw error;
      this.ledger.broken += 1;
      return undefined;
    }
  }

  /** Something was not given out: undefined because somebody has it, false because the capture failed. */
  private async refused(entry: Entry, response: Response): Promise<false | undefined> {
    const text = await response.text();
    const { code } = JSON.parse(text) as { code: string };
    if (code === 'being_fetched') return undefined;
    if (code === 'capture_failed') return false;
    throw new Error(`${entry.id} was lost: ${response.status} ${text}`);
  }

  /** The client has everything: the server hears of it, unless it knows. */
  private async settled(entry: Entry): Promise<void> {
    await this.world.until(`${entry.id} is delivered`, async ({ client }) => {
      const status = await client.status(entry.id);
      this.ledger.heard('client', entry, status);
      entry.chunks = status.chunks.length;
      if (status.state === 'delivered') return true;
      if (status.state !== 'ready') throw new Error(`${entry.id} is ${status.state} after its delivery`);
      // The news of the delivery may have died with the runtime.
      if (entry.receivedIn !== this.world.kills) {
        for (const { index } of status.chunks) await client.delete(`/api/captures/${entry.id}/chunks/${index}`);
      }
      return undefined;
    });
    entry.end = 'delivered';
  }
}
