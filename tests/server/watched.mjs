// The built module with every way out of it watched: what goes to the chunk store, to objects and to sources is told to the test's
// observer, which counts, and may answer that it is to fail, to be late or to find nothing.
//
// Each event that the runtime delivers (a request, an alarm, a message) is an invocation with a number. Rust's futures of one isolate
// share a queue, so what an object does is counted to its latest invocation of that kind; tests use one renderer at a time.
import * as built from '../../build/index.js';

let serial = 0;
const real = globalThis.fetch.bind(globalThis);

/** Asks the observer what is to become of an operation. */
async function ask(env, what) {
  const response = await real(env.OBSERVER, { method: 'POST', body: JSON.stringify(what) });
  const { fail, late_ms, nothing, after_fail } = await response.json();
  if (late_ms) await new Promise((resolve) => setTimeout(resolve, late_ms));
  if (fail) throw new Error('KV is out of order');
  return { nothing, after_fail };
}

/** The chunk store, as faulty as the observer wants it. */
function watchedStore(env, store, invocation) {
  const watch = (op, key) => ask(env, { op, key, invocation: invocation() });
  return {
    async get(key, ...how) {
      const { nothing } = await watch('get', key);
      return nothing ? null : store.get(key, ...how);
    },
    async getWithMetadata(key, ...how) {
      const { nothing } = await watch('get', key);
      return nothing ? { value: null, metadata: null } : store.getWithMetadata(key, ...how);
    },
    async put(key, ...how) {
      const { nothing, after_fail } = await watch('put', key);
      // Accepted and lost; or stored, and the answer lost.
      if (!nothing) await store.put(key, ...how);
      if (after_fail) throw new Error('KV did not answer');
    },
    async delete(key) {
      await watch('delete', key);
      await store.delete(key);
    },
    list: (...how) => store.list(...how),
  };
}

/** The bindings of one script, watched. `invocation` says to whom an operation counts. */
function watched(env, invocation) {
  const store = watchedStore(env, env.CHUNKS, invocation);
  return new Proxy(env, { get: (target, name) => (name === 'CHUNKS' ? store : target[name]) });
}

/** An object's class with its events numbered. */
function numbered(name, Class) {
  return class extends Class {
    constructor(state, env) {
      const current = { name, id: 0 };
      super(state, watched(env, () => current));
      // What the built class makes of `this` is a stand-in; the events are replaced on it.
      const self = this;
      for (const event of ['fetch', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError']) {
        const original = self[event];
        if (typeof original !== 'function') continue;
        self[event] = function (...args) {
          serial += 1;
          Object.assign(current, { name: `${name}.${event}`, id: serial });
          return original.apply(this, args);
        };
      }
    }
  };
}

export const LaneObject = built.LaneObject;
export const RendererObject = built.RendererObject;
export const unused = { numbered };
export default built.default;
