import { describe, it } from 'vitest';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { coppice, isBuilt, isRealCoppice, runWords, withWords } from './program.ts';
import { canLimitMemory } from './small-memory.ts';

/** Something a group of tests cannot do without. */
export interface Requirement {
  readonly name: string;
  readonly isMet: () => boolean;
  /** What to do about it, in words. */
  readonly remedy: string;
}

function onPath(command: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => existsSync(join(folder, command)));
}

function command(name: string): Requirement {
  return { name, isMet: () => onPath(name), remedy: `install ${name}` };
}

export const needs = {
  /** The referee and the inode reader that every comparison uses. */
  referee: { name: 'ostree and python3', isMet: () => onPath('ostree') && onPath('python3'), remedy: 'install ostree and python3' },
  root: { name: 'root', isMet: () => process.getuid?.() === 0, remedy: 'run the tests as root' },
  strace: { name: 'strace', isMet: () => onPath('strace') && canTrace(), remedy: 'install strace and allow ptrace' },
  setpriv: command('setpriv'),
  groff: command('groff'),
  zsh: command('zsh'),
  fish: command('fish'),
  mmdebstrap: command('mmdebstrap'),
  mount: { name: 'mounting tmpfs', isMet: canMount, remedy: 'run as root where mount(2) is allowed' },
  cgroup: { name: 'writable memory cgroups', isMet: canLimitMemory, remedy: 'run as root where /sys/fs/cgroup is writable' },
  /** Met by a stand-in program too. */
  native: { name: 'the native engine', isMet: () => hasEngine('native'), remedy: 'install cargo and run `npm run build`' },
} as const satisfies Record<string, Requirement>;

function canTrace(): boolean {
  return runWords(['strace', '-o', '/dev/null', 'true']).status === 0;
}

function canMount(): boolean {
  return process.getuid?.() === 0 && runWords(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** True when the program under test can run with this engine. */
export function hasEngine(engine: string): boolean {
  if (!isBuilt()) return false;
  if (!isRealCoppice) return true;
  const answer = runWords([...withWords(coppice, `--engine=${engine}`).words, '--version']);
  return answer.status === 0 && new RegExp(`engine: *'?${engine}\\b`, 'i').test(answer.stdout);
}

const NOT_BUILT = 'dist/cli.js is missing: run `npm run build` first';

/**
 * A group of tests that needs things outside the project. A missing build is one failing test. Any other
 * missing thing skips the group and says so on stderr, or fails it when COPPICE_REQUIRE_REFEREE=1.
 */
export function describeWith(requirements: readonly Requirement[], title: string, body: () => void): void {
  if (!isBuilt()) {
    failing(title, NOT_BUILT);
    return;
  }
  const missing = requirements.filter((requirement) => !requirement.isMet());
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const reason = `needs ${missing.map(({ name }) => name).join(', ')} (${missing.map(({ remedy }) => remedy).join('; ')})`;
  if (process.env['COPPICE_REQUIRE_REFEREE'] === '1') failing(title, reason);
  else skipped(title, reason);
}

function failing(title: string, reason: string): void {
  describe(title, () => {
    it(reason, () => {
      throw new Error(reason);
    });
  });
}

function skipped(title: string, reason: string): void {
  process.stderr.write(`SKIPPED: ${title}: ${reason}\n`);
  describe.skip(`${title} [${reason}]`, () => {
    it.skip('skipped', () => undefined);
  });
}
