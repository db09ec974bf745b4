// `npm run deploy`: both scripts to Cloudflare. Each binds an object of the other, so on the very first deployment
// (`--first`) the Worker goes up once without its renderers, then the renderers, then the Worker as it is.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { fail, root, run, step } from './shell.mjs';

const [first, ...rest] = process.argv[2] === '--first' ? [true, ...process.argv.slice(3)] : [false, ...process.argv.slice(2)];

function deploy(config) {
  step(`deploy ${config}`);
  run(process.execPath, ['node_modules/wrangler/bin/wrangler.js', 'deploy', '-c', config, ...rest]);
}

if (/id = "0{32}"/.test(readFileSync(join(root, 'wrangler.toml'), 'utf8')) && !rest.includes('--dry-run')) {
  fail('wrangler.toml still has the placeholder id of the KV namespace: `npx wrangler kv namespace create CHUNKS` prints yours.');
}
await build();
if (first) {
  const whole = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const without = whole.replace(/\[\[durable_objects\.bindings\]\]\nname = "RENDERERS"\n(?:.+\n)+/, '');
  if (without === whole) fail('wrangler.toml has no binding RENDERERS to leave out');
  const config = 'wrangler.first.toml';
  writeFileSync(join(root, config), without);
  try {
    deploy(config);
  } finally {
    rmSync(join(root, config));
  }
}
deploy('wrangler.renderer.toml');
deploy('wrangler.toml');
