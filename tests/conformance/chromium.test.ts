// The files in a browser: Chromium's decoders.
/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { decode, difference } from '../server/pixels.ts';
import { assertSize, made, read, type Made } from './readers.ts';

/** Chromium refuses images with a longer side. */
const LONGEST_PX = 16_383;

let server: Server;
let browser: Browser;
let page: Page;
/** Pixels that a page may ask for beside the files. */
const expected = new Map<string, Buffer>();

before(async () => {
  server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1));
    if (name === '') response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Files</title>');
    else if (name === 'favicon.ico') response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(expected.get(name) ?? read(name));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // WebGL in software, wherever it runs.
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

interface Seen {
  width: number;
  height: number;
  /** Samples that differ, and by how many levels all samples differ on average. */
  different: number;
  mean: number;
}

/** Decodes a file in the page and compares it there with raw pixels. */
function seen(file: Made, pixels: string): Promise<Seen> {
  return page.evaluate(
    async ({ name, pixels, channels }) => {
      const encoded = new Uint8Array(await (await fetch(name)).arrayBuffer());
      const wanted = new Uint8Array(await (await fetch(pixels)).arrayBuffer());
      const type = name.endsWith('.png') ? 'image/png' : 'image/jpeg';
      let [width, height, got] = [0, 0, new Uint8Array()];
      if (channels === 4) {
        // A canvas multiplies by alpha, which loses colours; a texture need not.
        const bitmap = await createImageBitmap(new Blob([encoded], { type }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
        [width, height] = [bitmap.width, bitmap.height];
        const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
        if (!gl) throw new Error('no WebGL');
        gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
        gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, gl.getParameter(gl.TEXTURE_BINDING_2D), 0);
        got = new Uint8Array(width * height * 4);
        gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, got);
        if (gl.getError() !== gl.NO_ERROR) throw new Error('WebGL failed');
        gl.getExtension('WEBGL_lose_context')?.loseContext();
      } else {
        const bitmap = await createImageBitmap(new Blob([encoded], { type }), { colorSpaceConversion: 'none' });
        [width, height] = [bitmap.width, bitmap.height];
        const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
        if (!context) throw new Error('no canvas');
        context.drawImage(bitmap, 0, 0);
        got = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
      }
      let [different, sum] = [0, 0];
      const count = (wanted.length / channels) * 4 === got.length ? wanted.length : 0;
      for (let i = 0; i < count; i++) {
        const at = channels === 4 ? i : Math.floor(i / 3) * 4 + (i % 3);
        const d = Math.abs((got[at] ?? 0) - (wanted[i] ?? 0));
        if (d > 0) different += 1;
        sum += d;
      }
      return { width, height, different: count === 0 ? -1 : different, mean: sum / count };
    },
    { name: file.file, pixels, channels: file.channels },
  );
}

const small = (file: Made) => file.width <= LONGEST_PX && file.height <= LONGEST_PX;

test('Chromium gets the pixels of a PNG back', async () => {
  const files = made('png').filter((file) => file.pixels && small(file));
  assert.ok(files.length >= 40, `${files.length} files`);
  for (const file of files) {
    const { width, height, different } = await seen(file, file.pixels ?? '');
    assert.deepEqual([width, height, different], [file.width, file.height, 0], file.file);
  }
});

test('Chromium shows a JPEG as libjpeg-turbo does', async () => {
  let worst = 0;
  for (const file of made('jpeg', 'carried')) {
    const turbo = await decode(read(file.file));
    assertSize(file, turbo);
    expected.set('expected', turbo.data);
    const { width, height, different, mean } = await seen(file, 'expected');
    assert.deepEqual([width, height], [file.width, file.height], file.file);
    assert.ok(different >= 0 && mean < 0.5, `${file.file}: mean ${mean}`);
    worst = Math.max(worst, mean);
  }
  console.log(`mean difference at the most ${worst.toFixed(4)} levels`);
});

test('the comparison itself sees a single level of difference', async () => {
  const file = made('png').find((one) => one.file === '257-rgba-fast-1.png');
  assert.ok(file?.pixels);
  const changed = Buffer.from(read(file.pixels));
  changed[77] = (changed[77] ?? 0) ^ 1;
  expected.set('expected', changed);
  assert.equal((await seen(file, 'expected')).different, 1);
  assert.equal(difference({ ...file, data: changed }, { ...file, data: read(file.pixels) }).largest, 1);
});
