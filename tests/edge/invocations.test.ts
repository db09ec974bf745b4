// What the platform allows one invocation, counted: requests, operations on the chunk store, connections, chains.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, problem } from '../server/client.ts';
import { entry, startMapshot, type Invocation, type Mapshot } from '../server/mapshot.ts';
import { decode } from '../server/pixels.ts';
import { startTileServer, type TileServer } from '../server/tile-server.ts';

let tiles: TileServer;

before(async () => {
  tiles = await startTileServer();
});

after(() => tiles?.close());

/** What is allowed: platform limits, or those of the free plan. */
interface Profile {
  subrequests: number;
  kv: number;
}

const PAID: Profile = { subrequests: 10_000, kv: 1_000 };
const FREE: Profile = { subrequests: 50, kv: 50 };

/** The most of each kind, after checking that nothing was exceeded. */
async function check(mapshot: Mapshot, profile: Profile): Promise<Record<string, number>> {
  const all = (await (await fetch(`${mapshot.origin}/invocations`)).json()) as Invocation[];
  const most: Record<string, number> = { invocations: all.length };
  const note = (what: string, value: number, limit: number, who: Invocation) => {
    most[what] = Math.max(most[what] ?? 0, value);
    assert.ok(value <= limit, `${who.name}: ${value} ${what}, ${limit} are allowed`);
  };
  const chains = new Map<string, string[]>();
  for (const each of all) {
    if (each.chain === 'none') continue;
    note('subrequests', each.fetches + each.kv + each.stubs, profile.subrequests, each);
    note('kv', each.kv, profile.kv, each);
    note('connections', each.mostOpen, 6, each);
    note('hops', each.depth, 16, each);
    chains.set(each.chain, [...(chains.get(each.chain) ?? []), each.name]);
  }
  for (const names of chains.values()) {
    most['invocations in a chain'] = Math.max(most['invocations in a chain'] ?? 0, names.length);
    assert.ok(names.length <= 32, `${names.length} invocations in a chain: ${names.join(', ')}`);
  }
  return most;
}

async function start(vars: Record<string, string>): Promise<{ mapshot: Mapshot; client: Client }> {
  const mapshot = await startMapshot({ sources: [entry('marble', tiles.template)], vars: { SLOTS: '1', ...vars }, watched: true });
  return { mapshot, client: new Client(mapshot.origin) };
}

test('6,400 tiles stay within what one invocation may do', async () => {
  const { mapshot, client } = await start({});
  try {
    for (const format of ['png', 'jpeg']) {
      const { id, plan } = await client.capture({
        // Whole tiles: the middle of the world at this level.
        area: { center: [0, 0], size_px: [20_480, 20_480] },
        layers: [{ source: 'marble' }],
        zoom: 15,
        format,
      });
      assert.equal(plan.tiles, 6400);
      // Opened early: it comes while it is being rendered, by one invocation.
      const response = await client.get(`/api/captures/${id}/image`);
      let bytes = 0;
      for await (const part of response.body ?? []) bytes += (part as Uint8Array).length;
      const status = await client.until(id, ['delivered'], 180_000);
      assert.equal(bytes, status.bytes);
      console.log(`${format}: ${status.chunks.length} chunks, ${JSON.stringify(await check(mapshot, PAID))}`);
    }
  } finally {
    await mapshot.close();
  }
});

test('with the limits of the free plan images are smaller, and each invocation does less', async () => {
  const { mapshot, client } = await start({ SUBREQUESTS: '50' });
  try {
    for (const [width, height] of [[4000, 3000], [256, 9000]]) {
      const { id, plan } = await client.capture({ area: { center: [10, 20], size_px: [width, height] }, layers: [{ source: 'marble' }], zoom: 15 });
      const response = await client.get(`/api/captures/${id}/image`);
      const image = await decode(Buffer.from(await response.arrayBuffer()));
      assert.deepEqual([image.width, image.height], [width, height]);
      await client.until(id, ['delivered']);
      console.log(`${plan.tiles} tiles, ${plan.strips} strips: ${JSON.stringify(await check(mapshot, FREE))}`);
    }
    // What one invocation cannot do is refused before anything begins.
    for (const [size, field] of [[[15_000, 300], 'tiles'], [[4000, 20_000], 'strips']] as const) {
      const refused = await client.post('/api/plan', { area: { center: [10, 20], size_px: size }, layers: [{ source: 'marble' }], zoom: 15 });
      assert.equal(refused.status, 422);
      const told = await problem(refused);
      assert.equal(told.code, 'too_many_subrequests');
      assert.match(`${told.detail} ${told.limit}`, new RegExp(field));
    }
  } finally {
    await mapshot.close();
  }
});
