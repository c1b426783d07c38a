/** How a repository keeps content objects on disk: the values of `mode` in `[core]`. */
export const REPO_MODES = ['bare', 'bare-user', 'bare-user-only', 'archive', 'bare-split-xattrs'] as const;

export type RepoMode = (typeof REPO_MODES)[number];

const SPELLINGS: ReadonlyMap<string, RepoMode> = new Map<string, RepoMode>([
  ...REPO_MODES.map((mode): [string, RepoMode] => [mode, mode]),
  ['archive-z2', 'archive'],
]);

/** Reads a mode; `archive-z2` is the old spelling of `archive`. Undefined for a word that is none. */
export function parseRepoMode(text: string): RepoMode | undefined {
  return SPELLINGS.get(text);
}

/** The spelling that goes into `config`; every version of libostree reads `archive-z2`. */
export function repoModeConfigText(mode: RepoMode): string {
  return mode === 'archive' ? 'archive-z2' : mode;
}

/** Whether new objects may be written in this mode. */
export function isWritableMode(mode: RepoMode): boolean {
  return mode !== 'bare-split-xattrs';
}
