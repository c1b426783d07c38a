import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const ENOUGH_BYTES = 6 * 2 ** 30;

/** Memory is much quicker than disk for a million small files; taken when it has room. COPPICE_TEST_DIR overrides. */
function scratchBase(): string {
  const chosen = process.env['COPPICE_TEST_DIR'];
  if (chosen !== undefined && chosen !== '') return chosen;
  return freeBytes('/dev/shm') >= ENOUGH_BYTES ? '/dev/shm' : tmpdir();
}

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

/** A directory of this test file's own, removed when the file is done (kept when COPPICE_KEEP_SCRATCH is set). */
export class Scratch {
  readonly path: string;
  #next = 0;
  readonly #before: (() => void)[] = [];

  /** `base` is given where it matters what kind of file system it is on. */
  constructor(name: string, base: string = scratchBase()) {
    mkdirSync(base, { recursive: true });
    this.path = mkdtempSync(join(base, `coppice-${name}-`));
    execFileSync('chmod', ['755', this.path]);
    afterAll(() => {
      this.remove();
    });
  }

  /** A path inside that nobody used yet; nothing is created. */
  fresh(label: string): string {
    this.#next += 1;
    return join(this.path, `${this.#next}-${label}`);
  }

  /** Runs before the directory goes, last one first: to unmount what was mounted in it. */
  beforeRemoval(action: () => void): void {
    this.#before.unshift(action);
  }

  remove(): void {
    for (const action of this.#before) action();
    if (process.env['COPPICE_KEEP_SCRATCH'] === undefined) removeTree(this.path);
  }
}

/** Removes a tree whatever the modes of its directories. Files are not touched: they may be links into a repository. */
export function removeTree(path: string): void {
  execFileSync('sh', ['-c', 'rm -rf "$1" 2>/dev/null || { find "$1" -type d -exec chmod u+rwx {} +; rm -rf "$1"; }', 'sh', path]);
}
