// Strips of one image, rendered by several workers over one compiled module, put into the file in order.
import type { ImageFile } from './image-file.ts';
import type { CaptureRequest, MissingTile, Plan, Source } from './protocol.ts';
import { StripWorker, type WorkerNews } from './strip-worker.ts';

/** More workers than this fetch no faster: the source's connections are shared. */
const MOST_WORKERS = 4;

/** Strips that may be finished before their turn: what they have waits in memory. */
const AHEAD = 4;

/** How often it is shown how far the image is. */
const NEWS_MS = 250;

/** Bytes on their way to the file that nobody waits for. */
const UNWRITTEN_BYTES = 16 << 20;

export type LocalPlan = Plan & { file_name: string; media_type: string };

/** What a worker says of a finished strip. */
interface StripReport {
  seal: unknown;
  tiles: number;
  missing: MissingTile[];
  memory_bytes: number;
}

export interface PoolNews {
  planned(plan: LocalPlan): void;
  progress(tilesDone: number, tilesTotal: number): void;
}

export interface PoolResult {
  missing: MissingTile[];
  /** The largest memory of a worker's module. */
  memoryBytes: number;
}

/** How many workers render: as many as the machine has cores, up to a few; `?workers=2` in the address says otherwise. */
export function workerCount(): number {
  const asked = Number(new URLSearchParams(location.search).get('workers'));
  if (Number.isInteger(asked) && asked >= 1 && asked <= 16) return asked;
  return Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency));
}

/** The module, downloaded and compiled once for the page. */
let compiled: Promise<WebAssembly.Module> | undefined;
function module(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compileStreaming(fetch('/mapshot.wasm')).catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

/** Renders an image into a file. `end` stops it at any time. */
export class StripPool {
  private readonly workers: StripWorker[] = [];
  /** Pieces of strips whose turn has not come. */
  private readonly early = new Map<number, Uint8Array<ArrayBuffer>[]>();
  private readonly tilesDone = new Map<number, number>();
  /** The strip whose bytes go into the file now. */
  private turn = 0;
  private written: Promise<void> = Promise.resolve();
  private writeFault: unknown;
  private unwritten = 0;
  private total = 1;
  private told = 0;
  /** Workers that are too far ahead. */
  private waiting: (() => void)[] = [];

  constructor(
    private readonly file: ImageFile,
    private readonly news: PoolNews,
  ) {}

  async render(sources: Source[], request: CaptureRequest, count: number): Promise<{ plan: LocalPlan } & PoolResult> {
    const dataAddress = new URL('/data/naturalearth.bin', location.href).href;
    const common = { module: await module(), dataAddress };
    const first = this.worker();
    const what = { sources: JSON.stringify(sources), request: JSON.stringify(request), workers: count };
    const planned = await first.ask({ kind: 'setup', setup: { ...common, plan: what } }, 'planned');
    const plan = JSON.parse(planned.summary) as LocalPlan;
    this.total = plan.tiles;
    this.news.planned(plan);
    this.write(planned.head);

    const reports: StripReport[] = [];
    let next = 0;
    const run = async (worker: StripWorker): Promise<void> => {
      while (next < plan.strips) {
        const index = next++;
        while (index - this.turn > AHEAD) await new Promise<void>((resolve) => this.waiting.push(resolve));
        const done = await worker.ask({ kind: 'strip', index }, 'strip');
        reports[index] = JSON.parse(done.report) as StripReport;
        this.tilesDone.set(index, reports[index].tiles);
        this.progress();
        await this.finished(reports);
      }
    };
    const join = async (): Promise<void> => {
      const worker = this.worker();
      await worker.ask({ kind: 'setup', setup: { ...common, plan: planned.plan } }, 'planned');
      await run(worker);
    };
    const others = Array.from({ length: Math.min(count, plan.strips) - 1 }, join);
    await Promise.all([run(first), ...others]);
    const seals = JSON.stringify(reports.map((report) => report.seal));
    this.write((await first.ask({ kind: 'tail', seals }, 'tail')).bytes);
    await this.settled();
    const memoryBytes = Math.max(...reports.map((report) => report.memory_bytes));
    return { plan, missing: reports.flatMap((report) => report.missing), memoryBytes };
  }

  end(): void {
    for (const worker of this.workers) worker.end();
  }

  private worker(): StripWorker {
    const worker = new StripWorker((news) => this.heard(news));
    this.workers.push(worker);
    return worker;
  }

  private heard(news: WorkerNews): void {
    if (news.kind === 'tile') {
      this.tilesDone.set(news.index, news.done);
      this.progress();
    } else if (news.index === this.turn) {
      this.write(news.bytes);
    } else {
      const pieces = this.early.get(news.index) ?? [];
      pieces.push(news.bytes as Uint8Array<ArrayBuffer>);
      this.early.set(news.index, pieces);
    }
  }

  /** Tells how far it is, now and then: to show it takes the cores that the workers need. */
  private progress(): void {
    if (performance.now() - this.told < NEWS_MS) return;
    this.told = performance.now();
    this.news.progress([...this.tilesDone.values()].reduce((a, b) => a + b, 0), this.total);
  }

  /** Moves on to the first strip that is not finished; what it has already goes into the file. */
  private async finished(reports: StripReport[]): Promise<void> {
    while (reports[this.turn]) {
      this.turn += 1;
      for (const piece of this.early.get(this.turn) ?? []) this.write(piece);
      this.early.delete(this.turn);
    }
    for (const go of this.waiting.splice(0)) go();
    // A disk that is slower than the workers holds them up, and the memory does not fill.
    if (this.unwritten > UNWRITTEN_BYTES) await this.settled();
    else if (this.writeFault) throw this.writeFault;
  }

  private write(bytes: Uint8Array): void {
    this.unwritten += bytes.length;
    this.written = this.written
      .then(() => this.file.append(bytes as Uint8Array<ArrayBuffer>))
      .catch((error: unknown) => {
        this.writeFault ??= error;
      })
      .then(() => {
        this.unwritten -= bytes.length;
      });
  }

  private async settled(): Promise<void> {
    await this.written;
    if (this.writeFault) throw this.writeFault;
  }
}
