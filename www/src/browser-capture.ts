// A capture in this browser: strips in Web Workers, tiles fetched by the page, the file kept by the browser.
import type { CaptureCard } from './capture-card.ts';
import { createImageFile } from './image-file.ts';
import type { CaptureRequest, Source } from './protocol.ts';
import { StripPool, workerCount } from './strip-pool.ts';
import { bytes as sizeInWords, count } from './words.ts';

/** Whether this browser can run the module, or in words why not. */
export function whyNot(): string | undefined {
  // The module's exception handling needs it: Chrome and Edge 137, Firefox 131, Safari 18.4.
  if ('JSTag' in WebAssembly) return undefined;
  return 'This browser is too old to render by itself (it needs Chrome or Edge 137, Firefox 131 or Safari 18.4). The edge renders for it.';
}

/** A source as the module reads it: its addresses absolute, and through the edge where a page may not ask directly. */
function asked(source: Source): Source {
  if (source.parts) return { ...source, parts: source.parts.map(asked) };
  if (source.kind === 'naturalearth' || source.url !== undefined) return source;
  const through = `${location.origin}/tiles/${source.id}`;
  return { ...source, url: source.kind === 'wms' ? `${through}/wms` : `${through}/{z}/{x}/{y}.png` };
}

/** Whether a capture of the source can be rendered here: a page may ask for its tiles, itself or through the edge. */
export function isReachable(source: Source): boolean {
  if (source.parts) return source.parts.every(isReachable);
  return source.kind === 'naturalearth' || source.url !== undefined || source.proxy;
}

/** The catalogue as the module reads it. */
function reachable(sources: Source[]): Source[] {
  return sources.filter(isReachable).map(asked);
}

/** Runs a capture in this browser and shows it on a card. */
export async function captureInBrowser(
  request: CaptureRequest,
  sources: Source[],
  card: CaptureCard,
  cancelled: Promise<void>,
): Promise<void> {
  card.progress('Loading the renderer…', 0, 1);
  const file = await createImageFile();
  const pool = new StripPool(file, {
    planned: (plan) => card.plan(plan),
    progress: (done, total) => card.progress(`Rendering here: ${count(done)} of ${count(total)} tiles`, done, total),
  });
  const stop = cancelled.then(() => {
    throw new Error('Cancelled');
  });
  try {
    const { plan, missing, memoryBytes } = await Promise.race([
      pool.render(reachable(sources), request, workerCount()),
      stop,
    ]);
    const image = await file.finish(plan.media_type);
    card.missing(missing);
    card.end(`Rendered here: ${sizeInWords(image.size)}`, 'saved');
    card.memory(memoryBytes);
    card.link('Save the image', URL.createObjectURL(image), plan.file_name).click();
  } catch (error) {
    await file.discard();
    throw error;
  } finally {
    pool.end();
  }
}
