import type { FileHeader } from '../format/object/file-header.ts';

/** What a content object says about its file. */
export interface FileInfo {
  readonly header: FileHeader;
  /** Bytes of the content; 0 for a symlink. */
  readonly sizeBytes: number;
  /** The object's file. */
  readonly path: string;
  /** Where the content (of an archive object its deflate stream) begins in the file. */
  readonly contentOffset: number;
}

export interface FileInfoOptions {
  /**
   * Default true. False leaves the header's xattrs empty where reading them takes a system call of its own (bare),
   * and so works with an engine that has none.
   */
  readonly needXattrs?: boolean | undefined;
}
