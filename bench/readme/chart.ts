import { BenchError } from '../../src/ops/bench/bench-error.ts';
import { formatRatio } from '../support/figures.ts';
import type { ReadmeRow } from './rows.ts';

const WIDTH = 900;
const LABELS = 345;
const RIGHT = 70;
const TOP = 62;
const BAR = 13;
const GROUP_GAP = 14;
const BOTTOM = 14;
/** The axis is logarithmic: operations gain from 2 to some hundred times. */
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const TITLE = 'How many times as fast as ostree';

/** Both schemes of colours have contrast enough for text; the bars are told apart in grey too. */
const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .small { font-size: 11px; fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .one { stroke: #59636e; stroke-width: 1.5 }
  .native { fill: #0969da }
  .wasm { fill: #bf8700 }
  .other { fill: #6e7781 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .one { stroke: #9198a1 }
    .native { fill: #4493f8 }
    .wasm { fill: #d29922 }
    .other { fill: #9198a1 }
  }
`;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function classOf(engine: string): string {
  return engine === 'native' || engine === 'wasm' ? engine : 'other';
}

/** From a ratio to a place on the axis; below the axis' beginning is its beginning. */
class Scale {
  readonly least: number;
  readonly most: number;

  constructor(ratios: readonly number[]) {
    const [low, high] = [Math.min(1, ...ratios), Math.max(2, ...ratios)];
    this.least = low < 1 ? low / 1.2 : 1;
    this.most = TICKS.find((tick) => tick >= high) ?? high;
  }

  x(ratio: number): number {
    const share = Math.log(ratio / this.least) / Math.log(this.most / this.least);
    return Math.round((LABELS + share * (WIDTH - LABELS - RIGHT)) * 10) / 10;
  }

  ticks(): number[] {
    return TICKS.filter((tick) => tick >= this.least && tick <= this.most);
  }
}

function axis(scale: Scale, bottom: number): string {
  return scale
    .ticks()
    .map((tick) => {
      const x = scale.x(tick);
      return `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${bottom}"/><text class="small" x="${x}" y="${TOP - 11}" text-anchor="middle">${tick}×</text>`;
    })
    .join('\n');
}

/** A bar starts at 1×, where we are as fast as ostree; a slower one goes to the left. */
function bar(row: ReadmeRow, y: number, scale: Scale): string {
  const [from, to] = [scale.x(1), scale.x(row.gain)];
  const label = `<text class="small" x="${Math.max(from, to) + 5}" y="${y + BAR - 3}">${formatRatio(row.gain)}</text>`;
  return `<rect class="${classOf(row.engine)}" x="${Math.min(from, to)}" y="${y}" width="${Math.max(1, Math.abs(to - from)).toFixed(1)}" height="${BAR - 2}" rx="1.5"/>${label}`;
}

function group(title: string, rows: readonly ReadmeRow[], y: number, scale: Scale): string {
  const middle = y + (rows.length * BAR) / 2 + 3;
  const label = `<text x="${LABELS - 12}" y="${middle}" text-anchor="end">${escape(title)}</text>`;
  return [label, ...rows.map((row, i) => bar(row, y + i * BAR, scale))].join('\n');
}

function legend(engines: readonly string[]): string {
  return engines
    .map((engine, i) => {
      const x = WIDTH - RIGHT - 90 * (engines.length - i) + 40;
      return `<rect class="${classOf(engine)}" x="${x}" y="12" width="12" height="12" rx="1.5"/><text x="${x + 18}" y="22.5">${escape(engine)}</text>`;
    })
    .join('\n');
}

/** A bar chart of ostree's time over ours, one group an operation. BenchError when there is nothing to show. */
export function gainChart(rows: readonly ReadmeRow[]): string {
  if (rows.length === 0) throw new BenchError('the reports have no row of the mix against ostree');
  const scale = new Scale(rows.map(({ gain }) => gain));
  const parts: string[] = [];
  let y = TOP + 4;
  for (const title of new Set(rows.map((row) => row.title))) {
    const members = rows.filter((row) => row.title === title);
    parts.push(group(title, members, y, scale));
    y += members.length * BAR + GROUP_GAP;
  }
  const bottom = y - GROUP_GAP + 4;
  const height = bottom + BOTTOM;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${TITLE}">
<style>${STYLE}</style>
<text class="title" x="12" y="23">${TITLE}</text><text class="small" x="12" y="40">logarithmic; 1× is ostree itself</text>
${legend([...new Set(rows.map(({ engine }) => engine))])}
${axis(scale, bottom)}
${parts.join('\n')}
</svg>
`;
}
