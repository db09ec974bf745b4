// Distributions as SVG: for each time, the share of clients that were served within it. Readable on light and dark pages.

const [WIDTH, HEIGHT] = [760, 400];
const FRAME = { left: 64, top: 44, right: 744, bottom: 300 };
const TICKS = 6;

const STYLE = `text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}
.axis{stroke:#888;fill:none}.grid{stroke:#8884;fill:none}.line{fill:none;stroke-width:1.75;stroke-linejoin:round}
.measured{stroke-width:3.5}.s0{stroke:#0969da}.s1{stroke:#0969da;stroke-dasharray:5 4}.s2{stroke:#bc4c00}.s3{stroke:#1a7f37}.s4{stroke:#8250df}
@media (prefers-color-scheme:dark){text{fill:#ddd}.s0,.s1{stroke:#58a6ff}.s2{stroke:#f0883e}.s3{stroke:#3fb950}.s4{stroke:#bc8cff}}`;

/** A step that gives about so many marks on an axis: 1, 2 or 5 times a power of ten. */
export function stepFor(most, marks = TICKS) {
  const power = 10 ** Math.floor(Math.log10(most / marks));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => most / step <= marks) ?? 10 * power;
}

const round = (value) => Math.round(value * 10) / 10;
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A plot of `series`, each `{name, values_ms}` (null: never), as they are to be named; the first is the measured one. */
export function distribution(title, axis, series) {
  const times_s = series.map(({ values_ms }) => values_ms.filter((value) => value !== null).map((value) => value / 1_000).sort((a, b) => a - b));
  const most_s = Math.max(1, ...times_s.map((times) => times.at(-1) ?? 0));
  const x = (time_s) => round(FRAME.left + (time_s / most_s) * (FRAME.right - FRAME.left));
  const y = (share) => round(FRAME.bottom - share * (FRAME.bottom - FRAME.top));
  const parts = [`<text class="title" x="${FRAME.left}" y="24">${escape(title)}</text>`];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(`<path class="grid" d="M${FRAME.left} ${y(share)}H${FRAME.right}"/>`);
    parts.push(`<text x="${FRAME.left - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`);
  }
  const step = stepFor(most_s);
  for (let i = 0; i * step <= most_s; i++) {
    const at = x(i * step);
    parts.push(`<path class="grid" d="M${at} ${FRAME.top}V${FRAME.bottom}"/>`);
    parts.push(`<text x="${at}" y="${FRAME.bottom + 18}" text-anchor="middle">${round(i * step)}</text>`);
  }
  parts.push(`<path class="axis" d="M${FRAME.left} ${FRAME.top}V${FRAME.bottom}H${FRAME.right}"/>`);
  parts.push(`<text x="${(FRAME.left + FRAME.right) / 2}" y="${FRAME.bottom + 38}" text-anchor="middle">${escape(axis)}</text>`);
  times_s.forEach((times, i) => {
    const share = (n) => y(n / series[i].values_ms.length);
    const steps = times.map((time, n) => `H${x(time)}V${share(n + 1)}`).join('');
    parts.push(`<path class="line s${i}${i === 0 ? ' measured' : ''}" d="M${x(0)} ${y(0)}${steps}H${FRAME.right}"/>`);
    const [left, top] = [FRAME.left + (i % 2) * 350, FRAME.bottom + 58 + Math.floor(i / 2) * 18];
    parts.push(`<path class="line s${i}${i === 0 ? ' measured' : ''}" d="M${left} ${top - 4}h28"/>`);
    parts.push(`<text x="${left + 36}" y="${top}">${escape(series[i].name)}</text>`);
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(title)}">`;
  return `${head}\n<style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`;
}
