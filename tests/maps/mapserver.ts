// MapServer, a real WMS, as CGI behind a small HTTP server.
import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The CRSs that it offers. */
export const OFFERED = ['EPSG:3857', 'EPSG:4326', 'EPSG:5181', 'EPSG:5179'];

const mapfile = (tiff: string) => `MAP
  NAME "marble"
  SIZE 256 256
  MAXSIZE 1500
  EXTENT -20037508.34 -20037508.34 20037508.34 20037508.34
  PROJECTION "init=epsg:3857" END
  OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA TRANSPARENT ON END
  WEB METADATA
    "wms_title" "Blue Marble" "wms_enable_request" "*" "wms_srs" "${OFFERED.join(' ')}" "wms_layer_limit" "3"
    "wms_onlineresource" "http://127.0.0.1/"
  END END
  LAYER NAME "marble" TYPE RASTER STATUS ON DATA "${tiff}" PROCESSING "RESAMPLE=BILINEAR"
    PROJECTION "init=epsg:3857" END
    METADATA "wms_title" "marble" END
  END
END
`;

export interface MapServer {
  /** The service's address, without a query. */
  readonly address: string;
  /** The queries so far. */
  readonly queries: URLSearchParams[];
  close(): Promise<void>;
}

/** Starts it over a GeoTIFF in EPSG:3857. */
export async function startMapServer(folder: string, tiff: string): Promise<MapServer> {
  const path = join(folder, 'marble.map');
  writeFileSync(path, mapfile(tiff));
  const config = join(folder, 'mapserver.conf');
  writeFileSync(config, `CONFIG\n  MAPS\n    MARBLE "${path}"\n  END\nEND\n`);
  const queries: URLSearchParams[] = [];
  const http = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    queries.push(new URLSearchParams(query));
    answer(config, query.toString(), response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    queries,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

function answer(config: string, query: string, response: ServerResponse): void {
  const env = { ...process.env, REQUEST_METHOD: 'GET', QUERY_STRING: `map=MARBLE&${query}`, MAPSERVER_CONFIG_FILE: config };
  const cgi = spawn('mapserv', [], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const parts: Buffer[] = [];
  cgi.stdout.on('data', (part: Buffer) => parts.push(part));
  cgi.on('error', () => response.writeHead(500).end());
  cgi.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const headers = all.subarray(0, Math.max(end, 0)).toString('latin1');
    const type = /^content-type:\s*(.*)$/im.exec(headers)?.[1] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type }).end(all.subarray(end + 4));
  });
}
