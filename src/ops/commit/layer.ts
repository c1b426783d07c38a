import type { RelativePath } from '../../base/relative-path.ts';
import type { DirectoryRecord } from '../../repo/stat-index/directory-record.ts';
import type { Observation } from './observation.ts';
import type { TarTree } from './tar/tar-tree.ts';

/** A directory on disk that is committed, or its subdirectory `path`. */
export interface FilesLayer {
  readonly kind: 'files';
  readonly root: string;
  readonly path: RelativePath;
}

/** A directory of an existing commit. */
export interface TreeLayer {
  readonly kind: 'tree';
  readonly tree: Uint8Array;
  readonly meta: Uint8Array;
  /** Whether its files are looked at, for the modifier or for their sizes; else it is taken over by checksum. */
  readonly modified: boolean;
}

/** A directory of an archive that has been read. */
export interface TarLayer {
  readonly kind: 'tar';
  readonly tree: TarTree;
}

/** One of the trees laid over each other at a directory; later ones win. */
export type Layer = FilesLayer | TreeLayer | TarLayer;

/** A file of the new tree: read from disk, known by its checksum, or an object whose owner, mode or xattrs change. */
export type FileEntry =
  | {
      readonly kind: 'ingest';
      readonly name: string;
      readonly from: FilesLayer;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
      readonly sizeBytes: number;
      /** The stats that the walk saw, where the stat index wants to know whether the file is `settled`. */
      readonly witness: Float64Array | undefined;
      /** The file's row among them. */
      readonly row: number;
      /** The checksum that the stat index gives, where that is to be verified. */
      readonly claim: Uint8Array | undefined;
      /** Serialised xattrs that it gets besides those it has, or in their place. */
      readonly addedXattrs: Uint8Array;
      /** A copy made for this commit: deleted once it is stored. */
      readonly temporary?: boolean;
    }
  | {
      readonly kind: 'known';
      readonly name: string;
      readonly checksum: Uint8Array;
      /** Who knows it: the inode is an object, the stat index, a commit that is laid in, an archive that has been read. */
      readonly by: 'hardlink' | 'index' | 'commit' | 'tar';
      /** Set where the object has been looked at. */
      readonly sizeBytes?: number;
    }
  | ChangedObject;

/** A content object that goes into the tree with another header. */
export interface ChangedObject {
  readonly kind: 'changed';
  readonly name: string;
  /** The object that has the content. */
  readonly checksum: Uint8Array;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly xattrs: Uint8Array;
  readonly sizeBytes: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly layers: readonly Layer[];
}

/** A directory's dirmeta: serialised anew, known by its checksum, or told by another layer only. */
export type DirectoryMeta = { readonly bytes: Uint8Array } | { readonly checksum: Uint8Array } | 'elsewhere';

/** Everything in one directory of the new tree; both lists are sorted by UTF-8 bytes. */
export interface DirectoryPlan {
  /** Set where nothing has changed: `files` is then empty, the record knows them all. */
  readonly unchanged: DirectoryRecord | undefined;
  /** What the stat index knows of an unchanged directory, where that is to be verified. */
  readonly claim?: DirectoryRecord | undefined;
  /** What the stat index shall remember; absent where it has no say. */
  readonly observation: Observation | undefined;
  readonly meta: DirectoryMeta;
  readonly files: readonly FileEntry[];
  /** Paths on disk that nothing is committed of: skipped, or replaced by a later layer. */
  readonly leftOut: readonly string[];
  readonly directories: readonly DirectoryEntry[];
}
