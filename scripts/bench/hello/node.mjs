// A Node program that answers HTTP on the port of its first argument.
import { createServer } from 'node:http';

createServer((_, response) => response.end('ok')).listen(Number(process.argv[2]), '127.0.0.1');
