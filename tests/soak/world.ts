// A server that is killed and started again on the same storage, and calls that go on through it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../server/client.ts';
import { startKillable, type Killable } from '../server/killable.ts';
import type { MapshotOptions } from '../server/mapshot.ts';

/** One run of the runtime, from its start to its death. */
export interface Life {
  readonly number: number;
  readonly client: Client;
  readonly server: Killable;
}

/** Between two looks at something that changes. */
const LOOK_MS = 40;

/** Whatever a client waits for comes within this, kills included. */
const PATIENCE_MS = 120_000;

/** As many connections as may have been kept open through a kill. */
const CONNECTIONS_KEPT = 16;

export class World {
  /** How often the runtime was killed. */
  kills = 0;
  /** Whether there will be no further life. */
  over = false;
  private current: Promise<Life>;

  constructor(private readonly options: MapshotOptions) {
    this.current = this.start();
  }

  private async start(): Promise<Life> {
    const server = await startKillable(this.options);
    return { number: this.kills, client: new Client(server.origin), server };
  }

  /** The life there is; waits for it while the runtime starts. */
  life(): Promise<Life> {
    return this.current;
  }

  /** SIGKILL, and a new life on the same storage. */
  async kill(): Promise<void> {
    const { server } = await this.current;
    if (this.over) return;
    // Before the signal: whatever fails from here on failed because of it.
    this.kills += 1;
    this.current = server.kill().then(() => this.start());
    await this.current;
  }

  /** The end: no further life. */
  async end(): Promise<void> {
    this.over = true;
    await (await this.current).server.kill();
  }

  /** Does something that may be done again, until no kill comes in between. */
  async attempt<T>(act: (life: Life) => Promise<T>): Promise<T> {
    for (let broken = 0; ; ) {
      const life = await this.life();
      try {
        return await act(life);
      } catch (error) {
        if (this.over) throw error;
        if (life.number !== this.kills) continue;
        // A connection that was kept from the life before breaks when it is used again: `fetch` calls that a TypeError.
        broken += 1;
        if (!(error instanceof TypeError) || broken > CONNECTIONS_KEPT) throw error;
      }
    }
  }

  /** Asks again and again until the answer is not undefined. */
  async until<T>(what: string, ask: (life: Life) => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.attempt(ask);
      if (answer !== undefined) return answer;
      if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
      await sleep(LOOK_MS);
    }
  }
}
