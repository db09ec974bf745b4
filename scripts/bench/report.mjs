// What benchmarks leave: Markdown tables on standard output, the raw figures as JSON in .tools/bench.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { tools } from '../shell.mjs';

/** Where raw figures and what benchmarks build are kept. */
export const folder = join(tools, 'bench');

/** A number with as many digits as it is worth. */
export function number(value, digits = 3) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  const decimals = Number.isInteger(value) ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals, minimumFractionDigits: Math.min(decimals, digits) });
}

/** Prints a Markdown table. Cells are strings or numbers; the first column is aligned left. */
export function table(title, head, rows) {
  const line = (cells) => `| ${cells.map((cell) => (typeof cell === 'number' ? number(cell) : (cell ?? '–'))).join(' | ')} |`;
  console.log(`\n### ${title}\n`);
  console.log([line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n'));
}

/** Writes raw figures down. */
export function save(name, figures) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  const machine = { cores: cpus().length, node: process.version, date: new Date().toISOString() };
  writeFileSync(path, `${JSON.stringify({ machine, figures }, null, 1)}\n`);
  console.log(`\nRaw figures: .tools/bench/${name}.json`);
}
