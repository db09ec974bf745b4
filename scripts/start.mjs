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
