/** `st_mode` as Linux lays it out: type bits above, twelve permission bits below. */
export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFBLK = 0o060000;
export const S_IFSOCK = 0o140000;
export const PERMISSION_BITS = 0o7777;

export const isRegular = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
export const isSymlink = (mode: number): boolean => (mode & S_IFMT) === S_IFLNK;

const TYPE_WORDS: ReadonlyMap<number, string> = new Map([
  [S_IFREG, 'regular file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symbolic link'],
  [S_IFIFO, 'fifo'],
  [S_IFCHR, 'character device'],
  [S_IFBLK, 'block device'],
  [S_IFSOCK, 'socket'],
]);

/** What kind of file the mode tells, in words for messages. */
export function fileTypeWords(mode: number): string {
  return TYPE_WORDS.get(mode & S_IFMT) ?? `file of unknown type 0${(mode & S_IFMT).toString(8)}`;
}

const CANONICAL_PERMISSIONS = 0o755;

/** The mode that `--canonical-permissions` makes of it; a symlink's means nothing and stays. */
export function canonicalMode(mode: number): number {
  return isSymlink(mode) ? mode : mode & (S_IFMT | CANONICAL_PERMISSIONS);
}
