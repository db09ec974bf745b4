// The generated part of docs/load.md: tables as Markdown, plots as files beside it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../shell.mjs';
import { number } from '../bench/report.mjs';
import { spread } from './scenario.mjs';

const [BEGIN, END] = ['<!-- begin: npm run load -- --write -->', '<!-- end -->'];

const ms = (value) => number(Math.round(value), 4);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const STAGES = [
  ['accept: order to answer', 'accept_ms'],
  ['wait: answer to the first tile asked for', 'wait_ms'],
  ['first progress: answer to a message with a tile done', 'progress_ms'],
  ['ready: order to the message that says so', 'ready_ms'],
  ['fetch: from there to the last byte', 'fetched_ms'],
];

/** Times of all crowds. */
function times(crowds) {
  const rows = STAGES.map(([name, field]) => [name, ...crowds.map(({ figures }) => spread(figures[field]).map(ms).join(' / '))]);
  return table(['p50 / p95 / p99, ms', ...crowds.map(({ name }) => name)], rows);
}

/** Everything else of all crowds. */
function costs(crowds) {
  const of = (name, get) => [name, ...crowds.map(({ figures }) => get(figures))];
  const eta = (factors) => (factors.length === 0 ? '–' : spread(factors).slice(0, 2).map((factor) => number(factor, 2)).join(' / '));
  return table(
    ['', ...crowds.map(({ name }) => name)],
    [
      of('order violations', (f) => f.violations),
      of('all done after, s', (f) => number(f.took_ms / 1_000)),
      of('messages a socket, p50 / p95', (f) => spread(f.messages).slice(0, 2).map(Math.round).join(' / ')),
      of('most updates a second at one socket', (f) => number(f.most_per_second, 3)),
      of('first ETA to the truth, factor, p50 / p95', (f) => eta(f.eta_factors)),
      of('every ETA told, p50 / p95', (f) => eta(f.told_eta_factors)),
      of('CPU of workerd, s', (f) => number(f.cpu_s)),
      of('CPU a capture, ms', (f) => number((f.cpu_s * 1_000) / f.clients)),
      of('most memory of workerd, MiB', (f) => number(f.peak_bytes / 2 ** 20)),
      of('KV operations a capture', (f) => `${f.kv_operations} put, ${f.kv_operations} get, ${f.kv_operations} delete`),
    ],
  );
}

function waiting({ waiting, core_share, messages_per_s, status_ms }, { idle, busy }) {
  const answers = (figures) => [figures.status_ms, figures.order_ms].map((values) => spread(values).map((value) => number(value)).join(' / '));
  return [
    `${number(waiting)} wait with a socket each while the source holds two strips: ${number(core_share * 100, 2)} % of a core, ${number(messages_per_s, 3)} messages a second in all.`,
    table(
      ['p50 / p95 / p99, ms', 'status', 'order'],
      [
        ['nothing is rendered', ...answers(idle)],
        ['eight strips are rendered', ...answers(busy)],
        ['many wait', spread(status_ms).map((value) => number(value)).join(' / '), '–'],
      ],
    ),
  ].join('\n\n');
}

/** The generated Markdown. */
export function markdown({ machine, crowds, many, work, plots, alone }) {
  const parts = [
    `Run of ${machine.date} with ${machine.cores} cores, Node ${machine.node}. Alone, a small capture takes ${number(alone.small_ms)} ms and one of the hour ${number(alone.hour_ms)} ms.`,
    '### Times',
    times(crowds),
    '### Order, messages, costs',
    costs(crowds),
  ];
  if (many && work) parts.push('### While many wait, while renderers work', waiting(many, work));
  parts.push('### Beside the older designs', ...plots.map(({ title, file }) => `![${title}](${file})`));
  return parts.join('\n\n');
}

/** Writes the page's generated part and the plots. */
export function write(text, plots) {
  const path = join(root, 'docs/load.md');
  const page = readFileSync(path, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${path} has no place for what is generated`);
  writeFileSync(path, `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`);
  for (const { file, svg } of plots) writeFileSync(join(root, 'docs', file), svg);
}
