import { lstatSync } from 'node:fs';

const STICKY = 0o1000;
const OTHERS_WRITE = 0o022;
const ROOT_UID = 0;

/**
 * Whether nobody but root and this user can put something else at a real path: every directory above belongs to one of the two
 * and nobody else can write it, or, as /tmp, it is sticky and what lies in it belongs to one of them. An ACL that lets more people
 * write shows in the bits of the group.
 */
export function isLastingPath(path: string): boolean {
  if (!path.startsWith('/')) return false; // as the kernel says where it is outside of this root directory
  try {
    for (let child = path; child !== '/'; child = parentOf(child)) {
      if (!keeps(parentOf(child), child)) return false;
    }
    return true;
  } catch {
    return false; // whoever goes there will be told why
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function keeps(parent: string, child: string): boolean {
  const { uid, mode } = lstatSync(parent);
  if (!isTrusted(uid)) return false;
  return (mode & OTHERS_WRITE) === 0 || ((mode & STICKY) !== 0 && isTrusted(lstatSync(child).uid));
}

function isTrusted(uid: number): boolean {
  return uid === ROOT_UID || uid === process.geteuid?.();
}
