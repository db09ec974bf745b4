// Ourselves: captures end to end, and the core alone in workerd on one thread.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCore } from '../core.mjs';
import { FORMATS, Refused, capture } from '../mapshot.mjs';

/** What the server does with a kind of tiles, by name; formats that it refuses are told to `refused` and left out. */
export async function endToEnd(kind, server, { side_px, folder }, refused) {
  const found = {};
  for (const format of Object.keys(FORMATS)) {
    const name = `mapshot ${format}`;
    if (kind === 'map' && format !== 'png') continue;
    try {
      // Loads the module, and tells whether the format is there.
      await capture(server.origin, kind, format, 512);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.push(`${kind}, ${name}: ${error.message}`);
      continue;
    }
    const path = join(folder, `${kind}-mapshot-${format.replace(' ', '-')}.${format === 'png' ? 'png' : 'jpg'}`);
    found[name] = async () => {
      const { ms, parts, bytes } = await capture(server.origin, kind, format, side_px);
      writeFileSync(path, Buffer.concat(parts));
      return { ms, bytes, path };
    };
  }
  return found;
}

/** What the core does: `{runs, stop}`. */
export async function core(kind, config, refused) {
  const started = await startCore(config, kind);
  const runs = {};
  for (const stage of started.stages) {
    const format = /^render (.*)/.exec(stage.name)?.[1];
    if (!format || (kind === 'map' && format !== 'png')) continue;
    const { fault } = await started.time(stage);
    if (fault) refused.push(`${kind}, core ${format}: ${fault}`);
    else runs[`core ${format}`] = () => started.time(stage);
  }
  return { runs, stop: started.stop };
}
