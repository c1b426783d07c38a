import { sectionText, widthOf } from '../help.ts';
import type { ManualPage } from './manual-page.ts';
import { wrapText } from './wrap-text.ts';

const COLUMNS = 80;

/** The page for a terminal: laid out as `--help` is, with more in it. */
export function manualText(page: ManualPage): string {
  const { usage, summary, members, options, exitStatuses, variables } = page;
  const lists = [
    ...members,
    ...options,
    { title: 'Exit Status', rows: exitStatuses, width: widthOf(exitStatuses) },
    ...(variables.length === 0 ? [] : [{ title: 'Environment', rows: variables, width: widthOf(variables) }]),
  ];
  return [`Usage:\n  ${usage}\n\n${summary}\n\n`, ...page.description.map((text) => `${wrapText(text, COLUMNS).join('\n')}\n\n`), ...lists.map(sectionText), examplesText(page)]
    .join('')
    .replace(/\n+$/, '\n');
}

function examplesText({ examples, program }: ManualPage): string {
  if (examples.length === 0) return '';
  return `Examples:\n${examples.map(({ words, what }) => `  ${program} ${words}\n      ${what}\n`).join('')}`;
}
