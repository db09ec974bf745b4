// A capture on the edge: queue, progress by socket, download.
import { ApiError, cancelCapture, captureStatus, createCapture } from './api.ts';
import type { CaptureCard } from './capture-card.ts';
import type { CaptureRequest, Links, SocketMessage, Status } from './protocol.ts';
import { forget, remember, type Remembered } from './remembered.ts';
import { duration, state } from './words.ts';

/** After a socket broke: wait so long before the next, each time longer. */
const RECONNECT_MS = [500, 1000, 2000, 5000];

const isFinal = (status: Status): boolean => ['delivered', 'failed', 'cancelled', 'expired'].includes(status.state);

/** Follows a capture until it has ended, through as many sockets as it takes. */
async function follow(socketPath: string, id: string, tell: (status: Status) => void): Promise<void> {
  for (let broken = 0; ; broken++) {
    const last = await new Promise<Status | undefined>((resolve) => {
      const socket = new WebSocket(new URL(socketPath, location.href));
      let latest: Status | undefined;
      socket.addEventListener('message', (event) => {
        const message = JSON.parse(String(event.data)) as SocketMessage;
        latest = message.status;
        broken = 0;
        tell(latest);
        if (isFinal(latest)) socket.close();
      });
      socket.addEventListener('close', () => resolve(latest));
    });
    if (last && isFinal(last)) return;
    // The socket broke, by a deployment or a bad network: polling works as well until the next one opens.
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS[Math.min(broken, RECONNECT_MS.length - 1)]));
    const polled = await captureStatus(id).catch(() => undefined);
    if (polled) {
      tell(polled);
      if (isFinal(polled)) return;
    }
  }
}

/** Runs a capture on the edge and shows it on a card. */
export async function captureOnEdge(
  request: CaptureRequest,
  names: Omit<Remembered, 'id'>,
  card: CaptureCard,
  cancelled: Promise<void>,
): Promise<void> {
  card.progress('Asking…', 0, 1);
  const { id, links, plan } = await createCapture(request);
  remember({ id, ...names });
  card.plan(plan);
  await show(id, links, card, cancelled, true);
}

/** Goes on with a capture of an earlier page; `false` when there is nothing to go on with. */
export async function resumeOnEdge(id: string, makeCard: () => { card: CaptureCard; cancelled: Promise<void> }): Promise<boolean> {
  let status: Status;
  try {
    status = await captureStatus(id);
  } catch (error) {
    // Only who says that there is none is believed.
    if (error instanceof ApiError && error.problem.status === 404) forget(id);
    return false;
  }
  if (isFinal(status) || !status.links) {
    forget(id);
    return false;
  }
  const { card, cancelled } = makeCard();
  card.plan(status.plan);
  // An image that is ready may have been saved in part; whoever wants it again says so.
  await show(id, status.links, card, cancelled, status.state !== 'ready');
  return true;
}

/** Shows on a card how a capture goes, to its end. With `save` the image is saved as soon as it is ready. */
async function show(id: string, links: Links, card: CaptureCard, cancelled: Promise<void>, save: boolean): Promise<void> {
  void cancelled.then(() => cancelCapture(id)).catch(() => undefined);
  let offered = !save;
  await follow(links.socket, id, (status) => {
    if (isFinal(status)) forget(id);
    card.missing(status.missing);
    switch (status.state) {
      case 'queued':
      case 'rendering': {
        const eta = status.eta_ms && status.eta_ms > 1500 ? `, about ${duration(status.eta_ms)} left` : '';
        card.progress(`${state(status)}${eta}`, status.tiles.done, status.tiles.total);
        break;
      }
      case 'ready': {
        card.end(state(status), 'ready');
        const link = card.link('Save the image', links.image, status.file_name);
        // The file belongs to whoever fetches it first; save it without another click, once.
        if (!offered) link.click();
        offered = true;
        break;
      }
      case 'delivered':
        card.end(state(status), 'saved');
        break;
      default:
        card.end(state(status), 'failed');
    }
  });
}
