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
  description: [
    'Commits, checks out and verifies trees of its own making in the directory with every engine that loads, and tells which engine, how many threads and how much memory suit this machine. ' +
      'Everything that it makes is removed again.',
  ],
  exitStatuses: [['1', 'With --compare: something is slower than in the earlier run beyond doubt.']],
  examples: [
    { words: 'bench --json=before.json', what: 'Measures and keeps the numbers.' },
    { words: 'bench --compare=before.json', what: 'Fails when something became slower.' },
  ],
  reports: ['bench'],
  load: () => import('../commands/bench.ts'),
};
