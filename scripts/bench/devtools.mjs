// Headless Chromium by the DevTools protocol, with nothing watched: Playwright hears of every request, which takes a fifth of
// two cores from a page that makes a thousand.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { chromiumPath } from '../chromium.mjs';

/** Chromium's own housekeeping would take the cores away. */
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-port=0',
];

/** Starts Chromium: `{open, close, pid}`; `open(address)` is a page, `{evaluate, front}`. */
export async function startChromium() {
  const profile = mkdtempSync(join(tmpdir(), 'mapshot-chromium-'));
  const process = spawn(await chromiumPath(), [...ARGUMENTS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => process.on('exit', resolve));
  const address = await new Promise((resolve, reject) => {
    let words = '';
    process.stderr.on('data', (data) => {
      words += data;
      const found = /ws:\/\/\S+/.exec(words);
      if (found) resolve(found[0]);
    });
    process.on('exit', () => reject(new Error(`Chromium did not start: ${words}`)));
  });
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const waiting = new Map();
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(data);
    const asked = waiting.get(id);
    if (!asked) return;
    waiting.delete(id);
    if (error) asked.reject(new Error(error.message));
    else asked.resolve(result);
  });
  let serial = 0;
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      const id = (serial += 1);
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  await send('Browser.setDownloadBehavior', { behavior: 'deny' });

  const open = async (url) => {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    /** The value of an expression; a promise is awaited. */
    const evaluate = async (expression) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    await send('Page.navigate', { url }, sessionId);
    return { evaluate, front: () => send('Target.activateTarget', { targetId }) };
  };
  const close = async () => {
    socket.close();
    process.kill();
    await exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { open, close, pid: process.pid };
}
