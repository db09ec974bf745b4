// Servers in processes of their own, and what the system knows of a process (Linux: /proc).
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { root } from '../shell.mjs';

/** Ticks a second in /proc; the kernel's ABI fixes it. */
const TICKS_PER_S = 100;

/** Processes that are to end with this one. */
const running = new Set();
process.on('exit', () => running.forEach((kill) => kill()));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Sees to it that a program ends, with its group if it has one: returns what kills it and waits until it is gone. */
export function endWithUs(child, { group = false } = {}) {
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(group ? -child.pid : child.pid, 'SIGKILL');
  };
  running.add(kill);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return async () => {
    kill();
    await gone;
    running.delete(kill);
  };
}

/** Starts a Node program in a process group of its own; resolves with the JSON of its first line. */
export function startNode(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const stop = endWithUs(child, { group: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code} before it was ready`)));
    createInterface(child.stdout).once('line', (line) => resolve({ ...JSON.parse(line), pid: child.pid, stop }));
  });
}

/** The fields of /proc/{pid}/stat after the name, which may hold spaces. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), fields: text.slice(text.lastIndexOf(')') + 2).split(' ') };
}

/** All processes, each with its name and its parent. */
function processes() {
  const found = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const { name, fields } = stat(entry);
      found.set(Number(entry), { name, parent: Number(fields[1]) });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** A process and all below it, with their names. */
function below(pid) {
  const all = processes();
  return [...all].filter(([candidate]) => {
    for (let at = candidate; at > 1; at = all.get(at)?.parent ?? 0) if (at === pid) return true;
    return false;
  });
}

/** The process of a name below another. */
export function descendant(pid, name) {
  const found = below(pid).find(([candidate, { name: itsName }]) => candidate !== pid && itsName === name);
  if (!found) throw new Error(`there is no ${name} below process ${pid}`);
  return found[0];
}

/** Seconds of processor time of a process and all below it. */
export function cpuSecondsOfAll(pid) {
  return below(pid).reduce((sum, [each]) => {
    try {
      return sum + cpuSeconds(each);
    } catch {
      return sum; // It ended meanwhile.
    }
  }, 0);
}

/** Seconds of processor time, user and system, all threads. */
export function cpuSeconds(pid) {
  const { fields } = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** The most memory that a process had resident so far. */
export function peakBytes(pid) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
