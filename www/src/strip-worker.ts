// One Web Worker, as whoever gives it work sees it.
import type { FromWorker, ToWorker } from './render.worker.ts';

/** What a worker says of itself while it works. */
export type WorkerNews = Extract<FromWorker, { kind: 'tile' | 'bytes' }>;

export class StripWorker {
  private readonly worker = new Worker(new URL('./render.worker.ts', import.meta.url), { type: 'module' });
  private waiting: { resolve: (message: FromWorker) => void; reject: (error: Error) => void } | undefined;

  constructor(heard: (news: WorkerNews) => void) {
    this.worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.kind === 'tile' || message.kind === 'bytes') heard(message);
      else if (message.kind === 'fault') this.waiting?.reject(new Error(message.fault.message));
      else this.waiting?.resolve(message);
    });
    this.worker.addEventListener('error', () => {
      this.waiting?.reject(new Error('The renderer stopped. The image may be too large for this browser; try the edge.'));
    });
  }

  /** Sends a message and waits for the answer of its kind. */
  async ask<K extends FromWorker['kind']>(message: ToWorker, kind: K): Promise<Extract<FromWorker, { kind: K }>> {
    const answer = await new Promise<FromWorker>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.postMessage(message);
    });
    if (answer.kind !== kind) throw new Error(`the renderer answered ${answer.kind} instead of ${kind}`);
    return answer as Extract<FromWorker, { kind: K }>;
  }

  end(): void {
    this.worker.terminate();
  }
}
