import { readFileSync, readlinkSync } from 'node:fs';
import { geteuid } from 'node:process';

/**
 * What decides which files and xattrs this process can read: user, effective capabilities, user namespace. The index
 * of another reader is not used: `trusted.*` attributes, say, are seen with CAP_SYS_ADMIN only.
 */
export function readerIdentity(): string {
  return [geteuid?.() ?? '', attempt(effectiveCapabilities), attempt(() => readlinkSync('/proc/self/ns/user'))].join(' ');
}

function effectiveCapabilities(): string {
  return /^CapEff:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '';
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // no /proc
  }
}
