/** Counts of one tree, in libostree's words. */
export interface TreeStats {
  contentTotal: number;
  contentWritten: number;
  /** Of regular files; the target of a symlink does not count, as in libostree. */
  contentBytesWritten: number;
  /** Files that were hardlinks into the repository and needed no reading. */
  contentCacheHits: number;
  /** Files that needed no reading, for whatever reason. */
  contentKnown: number;
  metadataTotal: number;
  /** Answers of the stat index that were compared with the files, and those that were wrong. */
  indexVerified: number;
  indexLies: number;
  filesRead: number;
  bytesRead: number;
}

export function newTreeStats(): TreeStats {
  return {
    contentTotal: 0, contentWritten: 0, contentBytesWritten: 0, contentCacheHits: 0, contentKnown: 0, metadataTotal: 0, indexVerified: 0,
    indexLies: 0, filesRead: 0, bytesRead: 0,
  };
}
