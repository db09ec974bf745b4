// A capture in this browser: strips in Web Workers, tiles fetched by the page, the file put together as a Blob.
import type { CaptureCard } from './capture-card.ts';
import type { CaptureRequest, MissingTile, Plan, Source } from './protocol.ts';
import type { FromWorker, Setup, ToWorker } from './render.worker.ts';
import { bytes as sizeInWords, count } from './words.ts';

/** More workers than this fetch no faster: the source's connections are shared. */
const MOST_WORKERS = 4;

/** Whether this browser can run the module, or in words why not. */
export function whyNot(): string | undefined {
  // The module's exception handling needs it: Chrome and Edge 137, Firefox 131, Safari 18.4.
  if ('JSTag' in WebAssembly) return undefined;
  return 'This browser is too old to render by itself (it needs Chrome or Edge 137, Firefox 131 or Safari 18.4). The edge renders for it.';
}

interface Planned {
  plan: Plan & { file_name: string; media_type: string };
  head: Uint8Array<ArrayBuffer>;
}

interface StripReport {
  seal: unknown;
  tiles: number;
  missing: MissingTile[];
}

/** One Web Worker and whoever waits for it. */
class StripWorker {
  private readonly worker = new Worker(new URL('./render.worker.ts', import.meta.url), { type: 'module' });
  private waiting: { resolve: (message: FromWorker) => void; reject: (error: Error) => void } | undefined;

  constructor(private readonly heard: (message: FromWorker) => void) {
    this.worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.kind === 'tile' || message.kind === 'bytes') this.heard(message);
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

/** The catalogue as the module reads it: addresses absolute, and through the edge where a page may not ask directly. */
function reachable(sources: Source[]): Source[] {
  return sources
    .filter((source) => source.kind === 'naturalearth' || source.url !== undefined || source.proxy)
    .map((source) =>
      source.kind === 'naturalearth' || source.url !== undefined
        ? source
        : { ...source, url: `${location.origin}/tiles/${source.id}/{z}/{x}/{y}.png` },
    );
}

/** Runs a capture in this browser and shows it on a card. */
export async function captureInBrowser(
  request: CaptureRequest,
  sources: Source[],
  card: CaptureCard,
  cancelled: Promise<void>,
): Promise<void> {
  card.progress('Loading the renderer…', 0, 1);
  const parts = new Map<number, Blob[]>();
  const tiles = new Map<number, number>();
  let total = 1;
  const heard = (message: FromWorker): void => {
    if (message.kind === 'bytes') {
      // A Blob leaves the bytes to the browser, which may keep them on disk.
      const list = parts.get(message.index) ?? [];
      parts.set(message.index, [...list, new Blob([message.bytes as Uint8Array<ArrayBuffer>])]);
    } else if (message.kind === 'tile') {
      tiles.set(message.index, message.done);
      const done = [...tiles.values()].reduce((a, b) => a + b, 0);
      card.progress(`Rendering here: ${count(done)} of ${count(total)} tiles`, done, total);
    }
  };
  const workerCount = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency));
  const setup: Setup = {
    sources: JSON.stringify(reachable(sources)),
    request: JSON.stringify(request),
    workers: workerCount,
    dataAddress: new URL('/data/naturalearth.bin', location.href).href,
  };
  const workers: StripWorker[] = [];
  const add = async (): Promise<{ worker: StripWorker; planned: Planned }> => {
    const worker = new StripWorker(heard);
    workers.push(worker);
    const answer = await worker.ask({ kind: 'setup', setup }, 'planned');
    const head = answer.head as Uint8Array<ArrayBuffer>;
    return { worker, planned: { plan: JSON.parse(answer.summary) as Planned['plan'], head } };
  };
  const stop = cancelled.then(() => {
    throw new Error('Cancelled');
  });
  try {
    const render = async (): Promise<void> => {
      const { worker: first, planned } = await add();
      const { plan, head } = planned;
      card.plan(plan);
      total = plan.tiles;
      const reports: StripReport[] = [];
      let next = 0;
      const run = async (worker: StripWorker): Promise<void> => {
        while (next < plan.strips) {
          const index = next++;
          const done = await worker.ask({ kind: 'strip', index }, 'strip');
          reports[index] = JSON.parse(done.report) as StripReport;
        }
      };
      const others = Array.from({ length: Math.min(workerCount, plan.strips) - 1 }, async () => run((await add()).worker));
      await Promise.all([run(first), ...others]);
      const seals = JSON.stringify(reports.map((report) => report.seal));
      const tail = (await first.ask({ kind: 'tail', seals }, 'tail')).bytes as Uint8Array<ArrayBuffer>;
      const strips = reports.flatMap((_, index) => parts.get(index) ?? []);
      const file = new Blob([head, ...strips, tail], { type: plan.media_type });
      card.missing(reports.flatMap((report) => report.missing));
      card.end(`Rendered here: ${sizeInWords(file.size)}`, 'saved');
      card.link('Save the image', URL.createObjectURL(file), plan.file_name).click();
    };
    await Promise.race([render(), stop]);
  } finally {
    for (const worker of workers) worker.end();
  }
}
