import { readFileSync, realpathSync } from 'node:fs';

/** Blanks and backslashes stand in the table of mounts as `\040`. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

function holds(mountPoint: string, path: string): boolean {
  return mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
}

/** The type in a table of mounts (proc_pid_mountinfo(5)) of what holds the path: the longest mount point, the last mount on it. */
export function mountedType(table: string, path: string): string {
  let [best, type] = ['', 'unknown'];
  for (const line of table.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const mountPoint = unescape(before.split(' ')[4] ?? '');
    if (mountPoint === '' || !holds(mountPoint, path) || mountPoint.length < best.length) continue;
    [best, type] = [mountPoint, after.split(' ')[0] ?? 'unknown'];
  }
  return type;
}

/** The kind of file system that holds the path: `tmpfs`, `ext4`, `overlay`; `unknown` where Linux does not tell. */
export function fileSystemType(path: string): string {
  try {
    return mountedType(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(path));
  } catch {
    return 'unknown';
  }
}
