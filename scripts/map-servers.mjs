// Other people's map servers and resampler for tests: MapServer and GDAL out of Debian's packages, MapProxy by pip.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrograms } from './debian.mjs';
import { digest, once, root, step, tools } from './shell.mjs';

const PACKAGES = { mapserv: 'cgi-mapserver', gdalwarp: 'gdal-bin', gdal_translate: 'gdal-bin' };
const REQUIREMENTS = 'tests/maps/requirements.txt';

/** MapProxy's program, in a Python environment of its own. */
const MAPPROXY = join(tools, 'mapproxy/bin/mapproxy-util');

/** Makes sure of them. Gives those that cannot be had, each with the reason, which is printed, too. */
export async function missingMapServers() {
  const missing = missingPrograms('map servers', PACKAGES);
  const why = await mapProxy();
  if (!why) return missing;
  console.log(`mapproxy is not there: ${why}`);
  return { ...missing, mapproxy: `mapproxy is not there: ${why}` };
}

/** Installs MapProxy; why that failed, if it did. */
async function mapProxy() {
  try {
    await once('mapproxy', digest([REQUIREMENTS]), ['.tools/mapproxy/bin/mapproxy-util'], () => {
      step('MapProxy into .tools (Python)');
      const home = join(tools, 'mapproxy');
      const python = spawnSync('python3', ['-m', 'venv', '--clear', home], { cwd: root, stdio: 'inherit' });
      if (python.status !== 0) throw new Error('python3 -m venv did not work (Debian: python3-venv)');
      const pip = spawnSync(join(home, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', '-r', REQUIREMENTS], { cwd: root, stdio: 'inherit' });
      if (pip.status !== 0) throw new Error(`pip install ended with ${pip.status ?? pip.signal}`);
    });
  } catch (error) {
    return error.message;
  }
  return existsSync(MAPPROXY) ? undefined : `${MAPPROXY} was not installed`;
}
