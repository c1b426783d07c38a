import type { RelativePath } from '../../base/relative-path.ts';

/** A regular file or symlink on disk, with the attributes it is hashed with. */
export interface DiskFile {
  /** Directory of the tree on disk that the paths are relative to. */
  readonly root: string;
  readonly directory: RelativePath;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly sizeBytes: number;
}

/** One name in a directory of either side. */
export type SideEntry =
  | { readonly kind: 'directory'; readonly name: string; readonly directory: SideDirectory }
  /** A file or symlink of a commit: the dirtree does not tell which, and its checksum covers it. */
  | { readonly kind: 'object'; readonly name: string; readonly checksum: Uint8Array }
  | { readonly kind: 'disk'; readonly name: string; readonly file: DiskFile }
  /** A fifo, socket or device on disk; `identity` is equal for equal ones. */
  | { readonly kind: 'special'; readonly name: string; readonly identity: string };

export interface Listing {
  /** In the order of the side: by name in a commit, by inode on disk, as GIO lists them. */
  readonly entries: readonly SideEntry[];
  readonly byName: ReadonlyMap<string, SideEntry>;
}

/** A directory of one of the two trees. It keeps nothing it has listed: the walk holds one listing a level. */
export interface SideDirectory {
  readonly path: RelativePath;
  /** Dirtree checksum in hex; undefined on disk. */
  readonly tree: string | undefined;
  /** The 32 bytes of the dirmeta's checksum; to be asked for before `list`. */
  meta(): Uint8Array;
  /** Reads the directory. */
  list(): Listing;
  /** The path of an entry as it is told: from the root in a commit (`/etc`), relative on disk (`etc`). */
  pathOf(name: string): string;
}

export function listingOf(entries: readonly SideEntry[]): Listing {
  return { entries, byName: new Map(entries.map((entry) => [entry.name, entry])) };
}
