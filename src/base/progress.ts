/** How far a long operation is. Totals are absent until they are known; they never shrink. */
export interface Progress {
  /** What is being done, one word of the verb: `commit`, `checkout`, `fsck`. */
  readonly phase: string;
  readonly filesDone: number;
  readonly bytesDone: number;
  readonly filesTotal?: number;
  readonly bytesTotal?: number;
}

export type ProgressSink = (progress: Progress) => void;
