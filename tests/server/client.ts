// A client of the protocol (docs/protocol.md) for tests.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, setGlobalDispatcher } from 'undici';

// No connection is kept: the server closes those that were idle, and a test that computes for seconds hears of it too late.
setGlobalDispatcher(new Agent({ pipelining: 0 }));

export interface Status {
  id: string;
  ticket: number;
  state: 'queued' | 'rendering' | 'ready' | 'delivered' | 'failed' | 'cancelled' | 'expired';
  position: number;
  eta_ms: number | null;
  paused: { source: string; reason: string; until_ms: number } | null;
  tiles: { done: number; total: number; missing: number; retries: number; carried: number; requantised: number };
  memory_bytes: number;
  strips: { done: number; total: number };
  bytes: number;
  chunks: { index: number; bytes: number; sha256: string; state: string }[];
  missing: { source: string; z: number; x: number; y: number; reason: string; shown: string }[];
  error: { code: string; detail: string } | null;
  plan: Plan;
  file_name: string;
}

export interface Plan {
  format: string;
  jpeg?: { carried: boolean; quality?: number };
  width_px: number;
  height_px: number;
  crs: string;
  resolution: number;
  zoom: number;
  extent: [number, number, number, number];
  tiles: number;
  strips: number;
  peak_bytes: number;
  warnings: string[];
}

export interface Accepted {
  id: string;
  ticket: number;
  position: number;
  plan: Plan;
  links: { self: string; socket: string; image: string };
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  field?: string;
  value?: string;
  limit?: string;
}

export class Client {
  constructor(readonly origin: string) {}

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.origin + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  }

  get(path: string): Promise<Response> {
    return fetch(this.origin + path);
  }

  delete(path: string): Promise<Response> {
    return fetch(this.origin + path, { method: 'DELETE' });
  }

  async capture(request: unknown, headers: Record<string, string> = {}): Promise<Accepted> {
    const response = await this.post('/api/captures', request, headers);
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Accepted;
  }

  async status(id: string): Promise<Status> {
    const response = await this.get(`/api/captures/${id}`);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Status;
  }

  /** Waits until the capture is in one of these states. */
  async until(id: string, states: Status['state'][], limitMs = 60_000): Promise<Status> {
    const end = Date.now() + limitMs;
    for (;;) {
      const status = await this.status(id);
      if (states.includes(status.state)) return status;
      if (Date.now() > end) throw new Error(`${id} is still ${status.state} after ${limitMs} ms: ${JSON.stringify(status)}`);
      await sleep(30);
    }
  }

  async image(id: string): Promise<Buffer> {
    const response = await this.get(`/api/captures/${id}/image`);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }
}

export async function problem(response: Response): Promise<Problem> {
  const type = response.headers.get('Content-Type');
  if (type !== 'application/problem+json') throw new Error(`${response.status} ${type}: ${await response.text()}`);
  return (await response.json()) as Problem;
}

/** Waits for something to become true. */
export async function eventually(what: string, check: () => Promise<boolean> | boolean, limitMs = 20_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(30);
  }
}
