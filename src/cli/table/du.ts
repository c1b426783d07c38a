import type { CommandSpec } from '../command.ts';
import { integer, text } from './option.ts';

export const du: CommandSpec = {
  name: 'du',
  positional: '[REF...]',
  summary: 'Tell what each ref and deployment holds alone and what it shares',
  options: [
    integer('--depth=DEPTH', 'Count DEPTH parents for each ref (default: -1=infinite)'),
    text('--html=FILE', 'Write one page with a treemap to FILE'),
  ],
  description: [
    'Counts the bytes and objects that each ref holds: those that no other ref leads to, which deleting the ref would free, and those that it shares.',
    'In the repository of a sysroot it tells the same of deployments, which hold their commits beside the refs, and how much is in files of their own that are not in the repository, such as those of /etc. A deployment is named as in the table, OSNAME/CHECKSUM.SERIAL.',
  ],
  examples: [
    { words: 'du', what: 'Prints a table of all refs.' },
    { words: 'du --html=usage.html', what: 'Writes a page with a treemap.' },
  ],
  reports: ['du'],
  load: () => import('../commands/du.ts'),
};
