// Mapshot in a process group of its own, to be killed without warning.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MapshotOptions } from './mapshot.ts';

const serve = fileURLToPath(new URL('serve.ts', import.meta.url));

export interface Killable {
  readonly origin: string;
  /** SIGKILL to the server and the runtime; resolves when they are gone. */
  kill(): Promise<void>;
}

export function startKillable(options: MapshotOptions): Promise<Killable> {
  const child = spawn(process.execPath, ['--import', 'tsx', serve, JSON.stringify(options)], {
    // A group of its own: the runtime is the server's child and must go with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => {
      const { origin } = JSON.parse(line) as { origin: string };
      resolve({
        origin,
        kill: () => {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
          return gone;
        },
      });
    });
    void gone.then(() => reject(new Error('the server ended before it was ready')));
  });
}
