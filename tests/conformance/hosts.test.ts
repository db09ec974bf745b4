// One core, three hosts: the built Worker makes the very bytes that the native core makes of the same request and tiles.
// That a page makes the bytes of the Worker is in tests/browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client } from '../server/client.ts';
import { startMapshot, type Mapshot } from '../server/mapshot.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';
import { made, read } from './readers.ts';

const { source, captures } = JSON.parse(readFileSync(new URL('captures.json', import.meta.url), 'utf8')) as {
  source: object;
  captures: { name: string; request: object }[];
};

let tiles: TileServer;
let mapshot: Mapshot;
let client: Client;

before(async () => {
  tiles = await startTileServer();
  mapshot = await startMapshot({ sources: [{ ...source, url: tiles.template }] });
  client = new Client(mapshot.origin);
});

after(async () => {
  await mapshot?.close();
  await tiles?.close();
});

for (const { name, request } of captures) {
  test(`${name}: the Worker's bytes are those of the native core`, async () => {
    const native = made('png', 'jpeg').find((file) => file.capture === name);
    assert.ok(native, `${name} was not made natively`);
    const accepted = await client.capture(request);
    const [edge, wanted] = [await client.image(accepted.id), read(native.file)];
    const at = edge.findIndex((byte, i) => byte !== wanted[i]);
    assert.ok(edge.equals(wanted), `${edge.length} and ${wanted.length} bytes, the first that differs is ${at}`);
  });
}
