// The plots say what their numbers say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { distribution, stepFor } from '../../scripts/load/plot.mjs';

test('marks on an axis are 1, 2 or 5 times a power of ten', () => {
  assert.deepEqual([1, 6, 7, 13, 50, 3200].map((most) => stepFor(most, 6)), [0.2, 1, 2, 5, 10, 1000]);
});

test('a curve ends at the share that was ever served', async () => {
  const svg = distribution('A & B', 'seconds', [
    { name: 'all', values_ms: [1000, 2000] },
    { name: 'half <', values_ms: [2000, null] },
    { name: 'none', values_ms: [null, null] },
  ]);
  const [left, top, bottom, right] = [64, 44, 300, 744];
  const middle = (left + right) / 2;
  assert.match(svg, new RegExp(`d="M${left} ${bottom}H${middle}V${(top + bottom) / 2}H${right}V${top}H${right}"`));
  assert.match(svg, new RegExp(`d="M${left} ${bottom}H${right}V${(top + bottom) / 2}H${right}"`));
  assert.match(svg, new RegExp(`d="M${left} ${bottom}H${right}"`));
  assert.ok(svg.includes('A &amp; B') && svg.includes('half &lt;'));
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  assert.deepEqual([width, height], [760, 400]);
});
