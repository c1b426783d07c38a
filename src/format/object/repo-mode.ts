/** How a repository keeps content objects on disk: the values of `mode` in `[core]`. */
export const REPO_MODES = ['bare', 'bare-user', 'bare-user-only', 'archive', 'bare-split-xattrs'] as const;

export type RepoMode = (typeof REPO_MODES)[number];

/** What names the objects of a repository. */
export const OBJECT_ALGORITHMS = ['sha256', 'blake3'] as const;

export type ObjectAlgorithm = (typeof OBJECT_ALGORITHMS)[number];

/** What the word of `core.mode` says about the objects. */
export interface ObjectFormat {
  readonly mode: RepoMode;
  readonly algorithm: ObjectAlgorithm;
}

/**
 * Marks a repository whose objects are named by BLAKE3. It is part of the mode because that is the word which libostree
 * judges before it touches an object, of a repository that it opens and of a remote with a summary; what it does not
 * know it refuses. (Of a remote it never looks at `repo_version`. Without a summary it reads no config at all, and
 * stops at the first commit, whose checksum is wrong to it.)
 */
const BLAKE3_MARK = '-blake3';

const SPELLINGS: ReadonlyMap<string, RepoMode> = new Map<string, RepoMode>([
  ...REPO_MODES.map((mode): [string, RepoMode] => [mode, mode]),
  ['archive-z2', 'archive'],
]);

/** Reads a mode; `archive-z2` is the old spelling of `archive`. Undefined for a word that is none. */
export function parseRepoMode(text: string): RepoMode | undefined {
  return SPELLINGS.get(text);
}

/** Undefined for a word that is no algorithm. */
export function parseObjectAlgorithm(text: string): ObjectAlgorithm | undefined {
  return OBJECT_ALGORITHMS.find((algorithm) => algorithm === text);
}

/** Reads `core.mode`: a mode, and behind it `-blake3` where that is what names the objects. */
export function parseObjectFormat(text: string): ObjectFormat | undefined {
  const algorithm = text.endsWith(BLAKE3_MARK) ? 'blake3' : 'sha256';
  const mode = parseRepoMode(algorithm === 'blake3' ? text.slice(0, -BLAKE3_MARK.length) : text);
  return mode === undefined ? undefined : { mode, algorithm };
}

/** The spelling that goes into `config`; every version of libostree reads `archive-z2`. */
export function objectFormatConfigText({ mode, algorithm }: ObjectFormat): string {
  return `${mode === 'archive' ? 'archive-z2' : mode}${algorithm === 'blake3' ? BLAKE3_MARK : ''}`;
}

/** Whether new objects may be written in this mode. */
export function isWritableMode(mode: RepoMode): boolean {
  return mode !== 'bare-split-xattrs';
}
