// Processes that are killed without warning, with all their children.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Whether it has ended. */
  ended(): boolean;
  /** SIGKILL to all of it; resolves when it is gone. A second time nothing happens. */
  kill(): Promise<void>;
}

/** Starts a program in a process group of its own. */
export function spawnGroup(program: string, args: string[], options: SpawnOptions): ProcessGroup {
  const child = spawn(program, args, { ...options, detached: true });
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    ended,
    kill: () => {
      if (!ended() && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      return gone;
    },
  };
}
