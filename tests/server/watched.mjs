// The built module with every way out of it watched: what goes to the chunk store, to objects and to sources is counted to the
// invocation it belongs to, and the chunk store is as faulty as the test's observer wants it.
//
// An invocation is one event that the runtime delivers. What a Worker's request does is known by its own bindings; what an object
// does counts to its latest event that begins work, which is right as long as an object has one at a time.
import * as built from '../../build/index.js';

const fetchOutside = globalThis.fetch.bind(globalThis);

/** Invocations of this isolate: `{name, chain, depth, kv, stubs, fetches, open, mostOpen}`. */
const invocations = [];
/** The invocation that tile requests of this isolate count to: a test has one renderer. */
let rendering;
/** Whether things go wrong here. */
let observed = false;

function begin(name, chain, depth) {
  const invocation = { name, chain, depth, kv: 0, stubs: 0, fetches: 0, open: 0, mostOpen: 0 };
  invocations.push(invocation);
  return invocation;
}

/** Counts an operation that waits for the head of an answer. */
async function open(invocation, operation) {
  invocation.open += 1;
  invocation.mostOpen = Math.max(invocation.mostOpen, invocation.open);
  try {
    return await operation();
  } finally {
    invocation.open -= 1;
  }
}

globalThis.fetch = (...args) => {
  if (!rendering) return fetchOutside(...args);
  rendering.fetches += 1;
  return open(rendering, () => fetchOutside(...args));
};

/** What the observer wants to go wrong. `late_ms`: slow; `fail`: refused. */
async function ask(observer, op, key) {
  const told = await fetchOutside(observer, { method: 'POST', body: JSON.stringify({ op, key }) });
  const fault = await told.json();
  if (fault.late_ms) await new Promise((resolve) => setTimeout(resolve, fault.late_ms));
  if (fault.fail) throw new Error('out of order');
  return fault;
}

/** The chunk store. `nothing`: a get that finds nothing, a put that is accepted and lost;
 * `silent`: done, and the answer lost. */
function store(env, current) {
  const { CHUNKS } = env;
  const watch = (op, key, act, nothing) => {
    const invocation = current();
    invocation.kv += 1;
    return open(invocation, async () => {
      if (!env.OBSERVER) return act();
      const fault = await ask(env.OBSERVER, op, key);
      const done = fault.nothing ? nothing : await act();
      if (fault.silent) throw new Error('the store did not answer');
      return done;
    });
  };
  return {
    get: (key, ...how) => watch('get', key, () => CHUNKS.get(key, ...how), null),
    getWithMetadata: (key, ...how) =>
      watch('get', key, () => CHUNKS.getWithMetadata(key, ...how), { value: null, metadata: null, cacheStatus: null }),
    put: (key, ...how) => watch('put', key, () => CHUNKS.put(key, ...how)),
    delete: (key) => watch('delete', key, () => CHUNKS.delete(key)),
    list: (...how) => CHUNKS.list(...how),
  };
}

/** Something of the runtime's with some of its members replaced; the others stay its own. */
function instead(target, replaced) {
  return new Proxy(target, {
    get: (_, name) => {
      if (Object.hasOwn(replaced, name)) return replaced[name];
      const member = target[name];
      return typeof member === 'function' && name !== 'constructor' ? member.bind(target) : member;
    },
  });
}

/** Objects: calls carry the chain they belong to, and go wrong as the observer wants it. `nothing`: the caller hangs for ever; `twice`: sent
 * twice; `abort`: the object is reset afterwards; `silent`: the answer is lost. */
function namespace(objects, current, observer) {
  const call = (stub) => async (first, init) => {
    const invocation = current();
    invocation.stubs += 1;
    const request = new Request(first, init);
    request.headers.set('X-Chain', `${invocation.chain} ${invocation.depth + 1}`);
    // Objects have connections of their own.
    const send = () => stub.fetch(request.clone());
    if (!observer || request.method !== 'POST') return send();
    const said = await request.clone().json();
    // A call to a lane is one field; whoever is told to work is told in two.
    const [op, ...more] = Object.keys(said);
    if (more.length > 0) return send();
    const { capture, strip } = said[op]?.at ?? {};
    const fault = await ask(observer, op, `${capture}/${strip}`);
    if (fault.nothing) return new Promise(() => undefined);
    if (fault.twice) await (await send()).text();
    const answer = await send();
    if (fault.abort) await stub.fetch('http://lane/abort').catch(() => undefined);
    if (fault.silent) throw new Error('the answer was lost');
    return answer;
  };
  const watched = (stub) => instead(stub, { fetch: call(stub) });
  return instead(objects, { getByName: (name, ...how) => watched(objects.getByName(name, ...how)), get: (...how) => watched(objects.get(...how)) });
}

function bindings(env, current) {
  return instead(env, {
    CHUNKS: store(env, current),
    LANES: namespace(env.LANES, current, env.OBSERVER),
    RENDERERS: namespace(env.RENDERERS, current),
  });
}

/** What a request belongs to: the chain of whoever sent it, or a new one. */
function chainOf(request) {
  const [chain, depth] = (request.headers.get('X-Chain') ?? '').split(' ');
  return chain ? [chain, Number(depth)] : [crypto.randomUUID(), 1];
}

/** An object's class, each event of which is an invocation. */
function counted(name, Class, isRenderer) {
  return class {
    constructor(state, env) {
      this.state = state;
      observed = Boolean(env.OBSERVER);
      this.current = begin(`${name} before its first event`, 'none', 0);
      this.inner = new Class(state, bindings(env, () => this.current));
    }

    event(kind, [chain, depth]) {
      this.current = begin(`${name} ${kind}`, chain, depth);
      if (isRenderer) rendering = this.current;
      return this.inner;
    }

    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/invocations') return Response.json(invocations);
      if (pathname === '/abort') return this.state.abort('a test wants it');
      return this.event('fetch', chainOf(request)).fetch(request);
    }

    async alarm() {
      // At least once, says the platform: with an observer each comes twice.
      if (observed) await this.event('alarm', [crypto.randomUUID(), 1]).alarm();
      return this.event('alarm', [crypto.randomUUID(), 1]).alarm();
    }

    webSocketMessage(...args) {
      return this.event('message', [crypto.randomUUID(), 1]).webSocketMessage(...args);
    }

    webSocketClose(...args) {
      return this.inner.webSocketClose(...args);
    }

    webSocketError(...args) {
      return this.inner.webSocketError(...args);
    }
  };
}

export const LaneObject = counted('lane', built.LaneObject, false);
export const RendererObject = counted('renderer', built.RendererObject, true);

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === '/invocations') {
      const renderers = await env.RENDERERS.getByName('nobody/0').fetch('http://renderer/invocations');
      return Response.json([...invocations, ...(await renderers.json())]);
    }
    const invocation = begin(`worker ${request.method} ${new URL(request.url).pathname}`, ...chainOf(request));
    return new built.default(ctx, bindings(env, () => invocation)).fetch(request);
  },
};
