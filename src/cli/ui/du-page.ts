import type { DuOutcome } from '../../ops/du/index.ts';
import { byteAmount } from './byte-amount.ts';
import { duRows, ownTotal } from './du-rows.ts';
import type { HolderWords } from './du-rows.ts';
import { squarify } from './squarify.ts';

const WIDTH = 1000;
const HEIGHT = 560;
/** Narrower tiles have their words in the tooltip alone. */
const WORDS_WIDTH = 60;
const WORDS_HEIGHT = 18;
const CHARACTER_WIDTH = 7;
const HUES = 12;

interface Share {
  readonly title: string;
  readonly bytes: number;
  readonly kind: 'alone' | 'own' | 'shared' | 'unreferenced';
}

/** One page that needs nothing else: a treemap as SVG, and the table. It has no script, so that names can do no harm. */
export function duPage(outcome: DuOutcome, words: HolderWords, repository: string): string {
  const title = `coppice du: ${repository}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 1.5rem; color: #222; background: #fff; }
svg { width: 100%; height: auto; display: block; }
rect { stroke: #fff; stroke-width: 1.5; }
svg text { font: 12px system-ui, sans-serif; fill: #111; }
table { border-collapse: collapse; margin-top: 1rem; }
th, td { padding: 0.2rem 0.8rem; text-align: right; border-bottom: 1px solid #ddd; }
th:last-child, td:last-child { text-align: left; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } th, td { border-color: #444; } }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(summaryLine(outcome, words))}</p>
${treemap(sharesOf(outcome, words))}
${table(outcome)}
</body>
</html>
`;
}

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => names[character] ?? '');
}

function summaryLine(outcome: DuOutcome, { one, several }: HolderWords): string {
  const { repository, shared, unreferenced, deployments } = outcome;
  const own = ownTotal(outcome);
  return [
    `${byteAmount(repository.bytes)} in ${repository.objects} objects`,
    `shared by several ${several} ${byteAmount(shared.bytes)}`,
    `held by no ${one} ${byteAmount(unreferenced.bytes)}`,
    ...(deployments.length > 0 ? [`own files of deployments ${byteAmount(own.bytes)} in ${own.files} files`] : []),
    ...(own.unreadDirectories > 0 ? [`directories that could not be read: ${own.unreadDirectories}`] : []),
  ].join('; ');
}

function sharesOf(outcome: DuOutcome, { one, several }: HolderWords): Share[] {
  const rows = duRows(outcome);
  return [
    ...rows.map(({ title, alone }): Share => ({ title, bytes: alone.bytes, kind: 'alone' })),
    ...rows.flatMap(({ title, own }): Share[] => (own === undefined ? [] : [{ title: `own files of ${title}`, bytes: own.bytes, kind: 'own' }])),
    { title: `shared by several ${several}`, bytes: outcome.shared.bytes, kind: 'shared' },
    { title: `held by no ${one}`, bytes: outcome.unreferenced.bytes, kind: 'unreferenced' },
  ];
}

function treemap(shares: readonly Share[]): string {
  const tiles = squarify(shares.map(({ bytes }) => bytes), { x: 0, y: 0, width: WIDTH, height: HEIGHT });
  const drawn = tiles.map((tile) => {
    const share = shares[tile.index];
    return share === undefined ? '' : drawTile(share, tile);
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="treemap">\n${drawn.join('\n')}\n</svg>`;
}

function drawTile({ title, bytes, kind }: Share, { index, x, y, width, height }: ReturnType<typeof squarify>[number]): string {
  const words = `${title}, ${byteAmount(bytes)}`;
  const place = `x="${x.toFixed(2)}" y="${y.toFixed(2)}"`;
  const rectangle = `<rect ${place} width="${width.toFixed(2)}" height="${height.toFixed(2)}" fill="${colourOf(kind, index)}"/>`;
  const room = Math.floor((width - 8) / CHARACTER_WIDTH);
  const isRoomy = width >= WORDS_WIDTH && height >= WORDS_HEIGHT;
  const text = `<text x="${(x + 5).toFixed(2)}" y="${(y + 14).toFixed(2)}">${escapeHtml(shorten(words, room))}</text>`;
  return `<g data-kind="${kind}" data-bytes="${bytes}"><title>${escapeHtml(words)}</title>${rectangle}${isRoomy ? text : ''}</g>`;
}

function colourOf(kind: Share['kind'], index: number): string {
  if (kind === 'own') return '#d8d0b8';
  if (kind === 'shared') return '#b8b8b8';
  if (kind === 'unreferenced') return '#e6a1a1';
  return `hsl(${((index % HUES) * 360) / HUES} 55% 75%)`;
}

/** Cuts between characters, never inside one. */
function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`;
}

function table(outcome: DuOutcome): string {
  const rows = duRows(outcome).map(({ cells, title }) => `<tr>${[...cells, title].map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`);
  const names = ['Alone', 'Shared', 'Total', 'Commits', ...(outcome.deployments.length > 0 ? ['Own files', 'Ref or deployment'] : ['Ref'])];
  const heads = names.map((head) => `<th>${head}</th>`).join('');
  return `<table>\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
}
