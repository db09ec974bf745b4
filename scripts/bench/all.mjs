// `npm run bench`: everything that Mapshot is measured by on its own. `npm run bench:peers` compares it with other tools.
import { benchBrowser } from './browser.mjs';
import { benchColdStart } from './cold-start.mjs';
import { benchCore } from './core.mjs';
import { benchEndToEnd } from './end-to-end.mjs';

await benchCore();
await benchEndToEnd();
await benchColdStart();
await benchBrowser();
