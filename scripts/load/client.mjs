// One client: orders a capture, listens to its socket, fetches the image, and notes when what happened.
import WebSocket from 'ws';
import { call } from '../bench/http.mjs';

/** Milliseconds since 1970 with a fraction, comparable with those of other processes on this machine. */
export const now_ms = () => performance.timeOrigin + performance.now();

/** A capture that is not ready after this is lost. */
const PATIENCE_MS = 15 * 60_000;

/** Orders a capture: its answer and how long that took. */
export async function order(origin, request) {
  const asked_ms = now_ms();
  const answer = await call(`${origin}/api/captures`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.text()}`);
  return { asked_ms, accepted_ms: now_ms(), ...JSON.parse(answer.text()) };
}

/** Opens a capture's status socket; `hear` gets each status as it comes, and says when it has heard enough. */
export function listen(origin, { links }, hear) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(origin.replace(/^http/, 'ws') + links.socket);
    const timer = setTimeout(() => reject(new Error(`${links.self} is not over after ${PATIENCE_MS} ms`)), PATIENCE_MS);
    socket.on('message', (data) => {
      if (!hear(JSON.parse(String(data)))) return;
      clearTimeout(timer);
      socket.close();
      resolve();
    });
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`the socket of ${links.self} was closed with ${code}`)));
  });
}

/**
 * One capture from the order to the last byte: times in milliseconds since 1970, `positions` as they were told, `told_ms` when each
 * message came, every ETA that was told and when, chunks and bytes.
 */
export async function see(origin, request) {
  const { id, ticket, eta_ms, asked_ms, accepted_ms, links } = await order(origin, request);
  const seen = { id, ticket, eta_ms, asked_ms, accepted_ms, told_ms: [], positions: [], etas: [{ at_ms: accepted_ms, eta_ms }] };
  await listen(origin, { links }, ({ status }) => {
    const at_ms = now_ms();
    seen.told_ms.push(at_ms);
    seen.positions.push(status.position);
    if (status.eta_ms !== null) seen.etas.push({ at_ms, eta_ms: status.eta_ms });
    if (status.tiles.done > 0) seen.progress_ms ??= at_ms;
    if (status.state === 'failed') throw new Error(`${id} failed: ${status.error.detail}`);
    if (status.state !== 'ready') return false;
    seen.ready_ms = at_ms;
    // The head and the tail are kept by the lane itself.
    seen.stored_chunks = status.chunks.length - 2;
    seen.file_bytes = status.bytes;
    return true;
  });
  const image = await call(new URL(links.image, origin));
  const bytes = image.parts.reduce((sum, part) => sum + part.length, 0);
  if (image.status !== 200 || bytes !== seen.file_bytes) throw new Error(`${id}: ${image.status}, ${bytes} bytes`);
  seen.fetched_ms = now_ms();
  return seen;
}
