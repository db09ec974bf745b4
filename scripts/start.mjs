// `npm start`: sets up, builds and serves on 127.0.0.1 with wrangler dev. PORT changes the port; further arguments go to
// wrangler, for example `npm start -- --var SOURCES:'[...]'`.
import { spawn } from 'node:child_process';
import { build } from './build.mjs';
import { root } from './shell.mjs';

const port = process.env.PORT ?? '8787';

await build({ withSize: false });
console.log(`\nMapshot: http://127.0.0.1:${port}/\n`);
const args = [
  'node_modules/wrangler/bin/wrangler.js', 'dev',
  '-c', 'wrangler.toml', '-c', 'wrangler.renderer.toml',
  '--ip', '127.0.0.1', '--port', port,
  '--show-interactive-dev-session=false',
  ...process.argv.slice(2),
];
const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_SANITIZE: 'true' };
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));

/** A catalogue that is wrong stops the start: nothing could be rendered. */
async function checkCatalogue() {
  while (child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/sources`).catch(() => undefined);
    if (answer) {
      const problem = answer.ok ? undefined : await answer.json().catch(() => undefined);
      if (problem?.code !== 'bad_catalogue') return;
      console.error(`\nThe catalogue is wrong: ${problem.detail}\n`);
      child.removeAllListeners('exit');
      child.on('exit', () => process.exit(1));
      child.kill('SIGTERM');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
await checkCatalogue();
