// gdal_translate through the WMS driver's tile services: the same tiles over the same server, eight connections, no cache on disk.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { have } from '../packages.mjs';
import { timed } from './program.mjs';

/** Half the side of the Web Mercator square, metres. */
const HALF_M = 20_037_508.342789244;

const OPTIONS = {
  'png z1': ['PNG', 'ZLEVEL=1', 'png'],
  'png z6': ['PNG', 'ZLEVEL=6', 'png'],
  'jpeg q85': ['JPEG', 'QUALITY=85', 'jpg'],
};

function service(origin, kind, zoom) {
  const url = `${origin}/${kind}/\${z}/\${x}/\${y}`;
  return `<GDAL_WMS>
  <Service name="TMS"><ServerUrl>${url}</ServerUrl></Service>
  <DataWindow>
    <UpperLeftX>${-HALF_M}</UpperLeftX><UpperLeftY>${HALF_M}</UpperLeftY>
    <LowerRightX>${HALF_M}</LowerRightX><LowerRightY>${-HALF_M}</LowerRightY>
    <TileLevel>${zoom}</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin>
  </DataWindow>
  <Projection>EPSG:3857</Projection>
  <BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY><BandsCount>3</BandsCount>
  <MaxConnections>8</MaxConnections>
</GDAL_WMS>
`;
}

/** What GDAL does with a kind of tiles, by name; empty without GDAL. */
export function gdal(kind, { origin, zoom, left_px, side_px, folder }) {
  if (!have('gdal_translate', ['--version'], 'gdal-bin')) return {};
  const input = join(folder, `${kind}.xml`);
  writeFileSync(input, service(origin, kind, zoom));
  const entries = Object.entries(OPTIONS).filter(([name]) => kind !== 'map' || name.startsWith('png'));
  return Object.fromEntries(
    entries.map(([name, [driver, option, extension]]) => {
      const path = join(folder, `${kind}-gdal-${name.replace(' ', '-')}.${extension}`);
      const window = ['-srcwin', left_px, left_px, side_px, side_px].map(String);
      const args = ['-q', '--config', 'GDAL_PAM_ENABLED', 'NO', '-of', driver, '-co', option, ...window, input, path];
      return [`gdal ${name}`, () => timed('gdal_translate', args, path)];
    }),
  );
}
