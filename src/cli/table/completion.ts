import type { CommandSpec } from '../command.ts';

export const completion: CommandSpec = {
  name: 'completion',
  positional: 'bash|zsh|fish',
  summary: 'Print a script that completes commands in a shell',
  scope: 'none',
  options: [],
  description: [
    'Prints a script for bash, zsh or fish that completes commands, options, values that are one of a few words, refs and paths. ' +
      'Refs are those of the repository that the line names.',
  ],
  examples: [
    { words: 'completion bash > ~/.local/share/bash-completion/completions/coppice', what: 'Completes in every new bash that has the package bash-completion.' },
    { words: 'completion zsh > "${fpath[1]}/_coppice"', what: 'Completes in every new zsh.' },
    { words: 'completion fish > ~/.config/fish/completions/coppice.fish', what: 'Completes in every new fish.' },
  ],
  load: () => import('../commands/completion.ts'),
};
