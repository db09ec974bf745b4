// What the watched module (watched.mjs) asks before each operation.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An operation on the chunk store, or a call to a lane, whose key is the capture and the strip it is about. */
export interface Operation {
  op: 'get' | 'put' | 'delete' | 'lease' | 'progress' | 'complete' | 'fail' | 'enqueue' | 'status';
  key: string;
  /** How often this operation was tried on this key, this time included. */
  times: number;
}

/** What becomes of an operation: see watched.mjs. */
export interface StoreFault {
  fail?: boolean;
  nothing?: boolean;
  silent?: boolean;
  twice?: boolean;
  abort?: boolean;
  late_ms?: number;
}

export interface Observer {
  readonly origin: string;
  /** What goes wrong. */
  fault: (operation: Operation) => StoreFault;
  /** All operations so far. */
  operations: Operation[];
  close(): Promise<void>;
}

export async function startObserver(): Promise<Observer> {
  const observer: Observer = {
    origin: '',
    fault: () => ({}),
    operations: [],
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += String(data)));
    request.on('end', () => {
      const { op, key } = JSON.parse(body) as Omit<Operation, 'times'>;
      const times = observer.operations.filter((earlier) => earlier.op === op && earlier.key === key).length + 1;
      const operation = { op, key, times };
      observer.operations.push(operation);
      response.end(JSON.stringify(observer.fault(operation)));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(observer, { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}
