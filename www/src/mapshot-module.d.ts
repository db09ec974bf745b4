// What the page uses of the module's exports (src/browser/page_renderer.rs).
declare module '*/build/index.js' {
  export class PageRenderer {
    constructor(sources: string, request: string, workers: number, dataAddress: string);
    summary(): string;
    head(): Uint8Array<ArrayBuffer>;
    strip(
      index: number,
      onBytes: (bytes: Uint8Array<ArrayBuffer>) => void,
      onTile: (done: number, missing: number) => boolean,
    ): Promise<string>;
    tail(seals: string): Uint8Array<ArrayBuffer>;
  }
}
