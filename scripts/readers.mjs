// Other people's readers of PNG and JPEG for the conformance tests: those that are there, else Debian's packages.
import { missingPrograms } from './debian.mjs';

/** Programs, and the package that each is in. */
const PACKAGES = {
  pngcheck: 'pngcheck',
  pngfix: 'libpng-tools',
  pngtopam: 'netpbm',
  djpeg: 'libjpeg-turbo-progs',
  vips: 'libvips-tools',
};

/** Makes sure of the readers. Gives those that cannot be had, each with the reason, which is printed, too. */
export function missingReaders() {
  return missingPrograms('readers of PNG and JPEG', PACKAGES);
}
