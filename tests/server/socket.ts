// A client of the status socket.
import WebSocket from 'ws';
import type { Status } from './client.ts';

export interface Message {
  type: 'snapshot' | 'update';
  seq: number;
  status: Status;
}

export interface StatusSocket {
  /** All messages so far, with the time each came. */
  readonly messages: (Message & { at: number })[];
  /** Resolves with the close code when the server is done with it. */
  readonly closed: Promise<number>;
  /** Resolves with the answer to a ping. */
  ping(): Promise<string>;
  close(): void;
}

/** Opens a socket and collects what it says. */
export function openSocket(origin: string, path: string): Promise<StatusSocket> {
  const socket = new WebSocket(origin.replace(/^http/, 'ws') + path);
  const messages: (Message & { at: number })[] = [];
  const pongs: ((text: string) => void)[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  socket.on('message', (data) => {
    const text = String(data);
    if (text === 'pong') pongs.shift()?.(text);
    else messages.push({ ...(JSON.parse(text) as Message), at: Date.now() });
  });
  const ping = () =>
    new Promise<string>((resolve) => {
      pongs.push(resolve);
      socket.send('ping');
    });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ messages, closed, ping, close: () => socket.close() }));
    socket.on('error', reject);
  });
}
