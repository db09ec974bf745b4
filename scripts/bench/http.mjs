// HTTP calls that each open a connection of their own: a server may close an idle one at the moment that it is used again.
import { request } from 'node:http';

/** Makes a call: `{status, parts, text()}`, the body in the parts that it came in. */
export function call(url, { method = 'GET', headers = {}, body = '' } = {}) {
  const length = body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...length, ...headers }, agent: false }, (response) => {
      const parts = [];
      response.on('data', (data) => parts.push(data));
      response.on('end', () => resolve({ status: response.statusCode, parts, text: () => Buffer.concat(parts).toString() }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
