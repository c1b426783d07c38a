import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('inodes.py', import.meta.url));

/** Everything the comparers look at, of one path. */
export interface Inode {
  /** Relative to the root, whose own path is ''. Bytes that are not UTF-8 appear as lone surrogates. */
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Nanoseconds since 1970, in decimal; may be negative. */
  readonly mtimeNanos: string;
  /** Device and inode number. */
  readonly inode: string;
  readonly links: number;
  readonly rdev: number;
  readonly target: string;
  /** Of the content; of a .filez the header in hex and a digest of what the stream inflates to. */
  readonly digest: string;
  /** Values in hex. */
  readonly xattrs: Readonly<Record<string, string>>;
}

/** What to do to one inode; `path` relative to the root. */
export interface InodeWish {
  readonly path: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
  /** Nanoseconds since 1970, in decimal. */
  readonly mtime?: string;
  /** Values in hex. */
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly mkfifo?: boolean;
}

export interface DescribeOptions {
  /** Looks into .filez objects instead of taking their bytes. */
  readonly filez?: boolean;
  /** Leaves out digests and xattrs: much quicker. */
  readonly statOnly?: boolean;
}

/** Reads a whole tree with one process, symlinks not followed; sorted by path bytes, the root first. */
export function describeTree(root: string, options: DescribeOptions = {}): readonly Inode[] {
  const flags = [...(options.filez === true ? ['--filez'] : []), ...(options.statOnly === true ? ['--stat'] : [])];
  return JSON.parse(python(['describe', root, ...flags], '')) as Inode[];
}

/** Applies wishes in order with one process. */
export function applyWishes(root: string, wishes: readonly InodeWish[]): void {
  if (wishes.length > 0) python(['apply', root], JSON.stringify(wishes));
}

function python(args: readonly string[], input: string): string {
  const result = spawnSync(interpreter(), [SCRIPT, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`inodes.py ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** The system's own python starts faster than a version manager's shim. */
function interpreter(): string {
  return existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
}
