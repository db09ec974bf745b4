// Calls to the edge.
import type { Accepted, CaptureRequest, GridSpec, Plan, Problem, Source, Status } from './protocol.ts';

/** An error that the edge told in words. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** No answer came. */
class Unreachable extends Error {}

async function answer<T>(sent: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await sent;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable('The server cannot be reached. Check the connection and try again.');
  }
  if (response.headers.get('Content-Type')?.startsWith('application/problem+json')) {
    throw new ApiError((await response.json()) as Problem);
  }
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

function post<T>(path: string, body: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const headers = { 'Content-Type': 'application/json', ...more };
  return answer<T>(fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal: signal ?? null }));
}

export function listSources(): Promise<Source[]> {
  return answer(fetch('/api/sources'));
}

export function listGrids(): Promise<Record<string, GridSpec>> {
  return answer(fetch('/api/grids'));
}

export function planCapture(request: CaptureRequest, signal?: AbortSignal): Promise<Plan> {
  return post('/api/plan', request, signal);
}

/** Puts a capture into the queue. An answer that is lost on the way is asked for again, and no second capture comes of it. */
export async function createCapture(request: CaptureRequest): Promise<Accepted> {
  const key = { 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') };
  const ask = (): Promise<Accepted> => post('/api/captures', request, undefined, key);
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return ask();
  }
}

export function captureStatus(id: string): Promise<Status> {
  return answer(fetch(`/api/captures/${id}`));
}

export function cancelCapture(id: string): Promise<void> {
  return answer(fetch(`/api/captures/${id}`, { method: 'DELETE' }));
}
