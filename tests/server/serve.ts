// Runs Mapshot in a process of its own, so that a test can kill it. The options come as JSON in the first argument; the
// address goes to standard output.
import { startMapshot, type MapshotOptions } from './mapshot.ts';

const mapshot = await startMapshot(JSON.parse(process.argv[2] ?? '{}') as MapshotOptions);
console.log(JSON.stringify({ origin: mapshot.origin }));
