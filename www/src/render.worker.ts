// A Web Worker that renders strips with the module that the edge runs, too.
import type { PageRenderer } from '../../build/index.js';

export interface Setup {
  /** The module, compiled once for all workers. */
  module: WebAssembly.Module;
  dataAddress: string;
  /** A plan that another worker made, or what to plan. */
  plan: string | { sources: string; request: string; workers: number };
}

export type ToWorker =
  | { kind: 'setup'; setup: Setup }
  | { kind: 'strip'; index: number }
  | { kind: 'tail'; seals: string };

export interface RenderFault {
  message: string;
  code?: string;
}

export type FromWorker =
  | { kind: 'planned'; plan: string; summary: string; head: Uint8Array }
  | { kind: 'tile'; index: number; done: number; missing: number }
  | { kind: 'bytes'; index: number; bytes: Uint8Array }
  | { kind: 'strip'; index: number; report: string }
  | { kind: 'tail'; bytes: Uint8Array }
  | { kind: 'fault'; fault: RenderFault };

const scope = self as unknown as {
  /** Where the glue of the module finds it (vite.config.ts). */
  mapshotModule: WebAssembly.Module;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
};

/** Each message costs the page's own thread time, so there are few. */
const PIECE_BYTES = 1 << 20;
const NEWS_MS = 250;

/** Joins small pieces of bytes to larger ones. */
class Pieces {
  private buffer = new Uint8Array(PIECE_BYTES);
  private filled = 0;

  constructor(private readonly give: (bytes: Uint8Array) => void) {}

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(bytes.length - at, PIECE_BYTES - this.filled);
      this.buffer.set(bytes.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      if (this.filled === PIECE_BYTES) this.flush();
    }
  }

  flush(): void {
    if (this.filled === 0) return;
    const full = this.filled === PIECE_BYTES;
    this.give(full ? this.buffer : this.buffer.slice(0, this.filled));
    if (full) this.buffer = new Uint8Array(PIECE_BYTES);
    this.filled = 0;
  }
}

let renderer: PageRenderer | undefined;

function send(message: FromWorker, ...bytes: Uint8Array[]): void {
  scope.postMessage(message, bytes.map((b) => b.buffer));
}

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === 'setup') {
    const { module, dataAddress, plan } = message.setup;
    scope.mapshotModule = module;
    // Loaded only now: the glue needs the module, and a worker that waits before it listens misses its messages.
    const { PageRenderer } = await import('../../build/index.js');
    renderer =
      typeof plan === 'string'
        ? PageRenderer.fromJson(plan, dataAddress)
        : await PageRenderer.plan(plan.sources, plan.request, plan.workers, dataAddress);
    const head = renderer.head();
    send({ kind: 'planned', plan: renderer.toJson(), summary: renderer.summary(), head }, head);
    return;
  }
  if (!renderer) throw new Error('the worker was not set up');
  if (message.kind === 'tail') {
    const bytes = renderer.tail(message.seals);
    send({ kind: 'tail', bytes }, bytes);
    return;
  }
  const { index } = message;
  const pieces = new Pieces((bytes) => send({ kind: 'bytes', index, bytes }, bytes));
  let told = 0;
  const report = await renderer.strip(
    index,
    (bytes: Uint8Array) => pieces.add(bytes),
    (done: number, missing: number) => {
      if (performance.now() - told < NEWS_MS) return;
      told = performance.now();
      send({ kind: 'tile', index, done, missing });
    },
  );
  pieces.flush();
  send({ kind: 'strip', index, report });
}

scope.addEventListener('message', (event) => {
  handle(event.data).catch((error: unknown) => {
    const { message, code } = error as { message?: string; code?: string };
    send({ kind: 'fault', fault: { message: message ?? String(error), ...(code === undefined ? {} : { code }) } });
  });
});
