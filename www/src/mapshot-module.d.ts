// What the page uses of the module's exports (src/browser/page_renderer.rs).
declare module '*/build/index.js' {
  export class PageRenderer {
    private constructor();
    static plan(sources: string, request: string, workers: number, dataAddress: string): Promise<PageRenderer>;
    static fromJson(plan: string, dataAddress: string): PageRenderer;
    toJson(): string;
    summary(): string;
    head(): Uint8Array<ArrayBuffer>;
    strip(
      index: number,
      onBytes: (bytes: Uint8Array<ArrayBuffer>) => void,
      /** `false` stops the strip. */
      onTile: (done: number, missing: number) => boolean | void,
    ): Promise<string>;
    tail(seals: string): Uint8Array<ArrayBuffer>;
  }
}
