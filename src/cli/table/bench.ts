import type { CommandSpec } from '../command.ts';
import { ours, text } from './option.ts';

export const bench: CommandSpec = {
  name: 'bench',
  positional: '',
  summary: 'Measure this machine and say which settings suit it',
  scope: 'none',
  options: [
    ours(text('--dir=DIR', 'Measure on the file system of DIR (default: the working directory)')),
    ours(text('--seconds=N', 'Begin nothing new after N seconds (default: 60)')),
    ours({ ...text('--json=FILE', 'Print everything measured as JSON, or write it to FILE'), kind: 'optional-string' }),
    ours(text('--compare=FILE', 'Compare with the JSON of an earlier run; fail when a ratio is worse beyond doubt')),
    ours(text('--tolerance=PERCENT', 'By how much a ratio may be worse (default: 10)')),
  ],
  load: () => import('../commands/bench.ts'),
};
