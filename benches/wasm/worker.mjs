// Runs the stages in workerd. Clocks stand still inside, so the client takes the time:
//   POST /tiles             all tiles, each after its length (4 bytes, little endian)
//   GET  /stages            [{"name", "pixels"}]
//   GET  /run?stage=&times= {"bytes"} or {"fault"}; times=0 prepares the stage and does nothing
import module from './core.wasm';

const core = new WebAssembly.Instance(module).exports;

function take(body) {
  core.clear();
  const view = new DataView(body);
  for (let at = 0; at < body.byteLength; ) {
    const length = view.getUint32(at, true);
    const to = core.open(length);
    new Uint8Array(core.memory.buffer, to, length).set(new Uint8Array(body, at + 4, length));
    at += 4 + length;
  }
}

function words() {
  return new TextDecoder().decode(new Uint8Array(core.memory.buffer, core.words(), core.words_bytes()));
}

function stages() {
  const list = [];
  for (let pixels; (pixels = core.pixels(list.length)) > 0; ) list.push({ name: words(), pixels });
  return list;
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/tiles') {
      take(await request.arrayBuffer());
      return new Response();
    }
    if (pathname === '/stages') return Response.json(stages());
    const bytes = core.run(Number(searchParams.get('stage')), Number(searchParams.get('times')));
    if (bytes < 0) return Response.json({ fault: words() });
    return Response.json({ bytes });
  },
};
