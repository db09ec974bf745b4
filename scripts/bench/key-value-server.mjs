// A chunk store in a process of its own, as production's is: what workerd asks of a KV namespace, over HTTP, from memory. Values do not
// expire here; a run is short.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startNode } from './processes.mjs';

const program = fileURLToPath(import.meta.url);

/** Starts it: `{address, stop}`. */
export function startKeyValueServer() {
  return startNode([program]);
}

function listen() {
  const values = new Map();
  const verbs = {
    GET(key, request, response) {
      const parts = values.get(key);
      if (!parts) return response.writeHead(404).end();
      response.writeHead(200, { 'Content-Length': parts.reduce((sum, part) => sum + part.length, 0) });
      for (const part of parts) response.write(part);
      return response.end();
    },
    PUT(key, request, response) {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        values.set(key, parts);
        response.writeHead(200, { 'Content-Length': 0 }).end();
      });
    },
    DELETE(key, request, response) {
      values.delete(key);
      response.writeHead(200, { 'Content-Length': 0 }).end();
    },
  };
  const server = createServer((request, response) => {
    const verb = verbs[request.method];
    if (!verb) return response.writeHead(405).end();
    return verb(request.url.split('?')[0], request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ address: `127.0.0.1:${server.address().port}` })));
}

if (process.argv[1] === program) listen();
