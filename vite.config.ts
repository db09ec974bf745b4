// Builds the page. It runs the very module that the Worker runs: the glue that worker-build made (build/index.js) is bundled
// with a stand-in for the runtime's own import, and the module compiled from the .wasm file as it is, which a worker is given.
import { defineConfig, type Plugin } from 'vite';

const RUNTIME = 'cloudflare:workers';
const WASM = /index_bg\.wasm$/;

function sameModule(): Plugin {
  return {
    name: 'mapshot-same-module',
    enforce: 'pre',
    resolveId(id) {
      if (id === RUNTIME) return '\0runtime';
      if (WASM.test(id)) return '\0module';
      return undefined;
    },
    load(id) {
      // The glue only extends these; nothing of the edge is called in a page.
      if (id === '\0runtime') return 'export class WorkerEntrypoint {} export class DurableObject {}';
      if (id === '\0module') return 'export default globalThis.mapshotModule;';
      return undefined;
    },
  };
}

export default defineConfig({
  root: 'www',
  publicDir: 'public',
  plugins: [sameModule()],
  worker: { format: 'es', plugins: () => [sameModule()] },
  build: { outDir: 'dist', emptyOutDir: true, target: 'esnext', assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
});
