import type { CommandSpec } from '../command.ts';
import { integer, text } from './option.ts';

export const du: CommandSpec = {
  name: 'du',
  positional: '[REF...]',
  summary: 'Tell what each ref holds alone and what it shares',
  options: [
    integer('--depth=DEPTH', 'Count DEPTH parents for each ref (default: -1=infinite)'),
    text('--html=FILE', 'Write one page with a treemap to FILE'),
  ],
  load: () => import('../commands/du.ts'),
};
