// Mapshot in a process group of its own, to be killed without warning.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MapshotOptions } from './mapshot.ts';
import { spawnGroup } from './process-group.ts';

const serve = fileURLToPath(new URL('serve.ts', import.meta.url));

export interface Killable {
  readonly origin: string;
  /** SIGKILL to the server and the runtime; resolves when they are gone. */
  kill(): Promise<void>;
}

export function startKillable(options: MapshotOptions): Promise<Killable> {
  const args = ['--import', 'tsx', serve, JSON.stringify(options)];
  const group = spawnGroup(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    group.child.on('exit', () => reject(new Error('the server ended before it was ready')));
    if (!group.child.stdout) return;
    createInterface(group.child.stdout).once('line', (line) => {
      const { origin } = JSON.parse(line) as { origin: string };
      resolve({ origin, kill: group.kill });
    });
  });
}
