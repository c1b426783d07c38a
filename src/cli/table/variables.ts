/** What the environment may say to every command; an option of the line wins. */
export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['OSTREE_REPO', 'The repository where --repo is not given and the working directory is none.'],
  ['OSTREE_SYSROOT', 'The system root whose repository is used when there is no other.'],
  ['OSTREE_EDITOR, VISUAL, EDITOR', 'The editor of commit --editor: the first of them that is set.'],
  ['OSTREE_REPO_TEST_ERROR', 'For tests: pre-commit makes commits fail just before refs move.'],
  ['OSTREE_SKIP_CACHE', 'When it is set, even to nothing: make no tmp/cache in repositories, and keep no stat index.'],
  ['SOURCE_DATE_EPOCH', 'The time of a commit, in seconds since 1970.'],
  ['COPPICE_ENGINE', 'As --engine.'],
  ['COPPICE_THREADS', 'As --threads.'],
  ['COPPICE_MAX_MEMORY', 'As --max-memory.'],
  ['COPPICE_NICE', 'As --nice.'],
  ['COPPICE_IONICE', 'As --ionice.'],
  ['COPPICE_CPU_PERCENT', 'As --cpu-percent.'],
  ['TERM', 'A dumb terminal gets no editor.'],
  ['TMPDIR', 'Where files for the editor are made.'],
  ['PATH', 'Where ostree-WORD is looked for when WORD is no command.'],
];
