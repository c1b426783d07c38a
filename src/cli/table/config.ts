import type { CommandSpec } from '../command.ts';
import { text } from './option.ts';

export const config: CommandSpec = {
  name: 'config',
  positional: '(get KEY|set KEY VALUE|unset KEY)',
  operands: [['get', 'set', 'unset'], 'text'],
  summary: 'Change repo configuration settings',
  options: [
    text('--group', 'Group name'),
  ],
  description: ["Reads and writes the repository's settings. KEY is SECTION.NAME; with --group it is the name alone, so that sections such as remote \"origin\" can be named."],
  examples: [
    { words: 'config get core.mode', what: 'Prints one setting.' },
    { words: 'config set core.fsync false', what: 'Changes one setting.' },
    { words: "config --group='remote \"origin\"' set url https://example.com/repo", what: 'Changes a setting of a section with a name.' },
  ],
  reports: ['config'],
  load: () => import('../commands/config.ts'),
};
