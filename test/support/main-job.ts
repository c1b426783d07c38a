import { beforeAll, expect, it } from 'vitest';
import { compareCheckouts, compareRepositories, snapshotCheckout, strayFiles } from './compare.ts';
import type { CheckoutSnapshot } from './compare.ts';
import { coppice, ostree, run, succeed } from './program.ts';
import type { Program } from './program.ts';
import { removeTree } from './scratch.ts';
import type { Scratch } from './scratch.ts';

export const WRITABLE_MODES = ['bare', 'bare-user', 'bare-user-only', 'archive'] as const;
export type WritableMode = (typeof WRITABLE_MODES)[number];

/** Ways to check out that say something in each mode; the rest of the flags are in checkout.test. */
const CHECKOUT_FLAGS: Readonly<Record<WritableMode, readonly (readonly string[])[]>> = {
  bare: [[], ['-H'], ['-C'], ['-U']],
  'bare-user': [[], ['-U', '-H']],
  'bare-user-only': [['-H'], ['-U', '-C']],
  archive: [[], ['-U']],
};

const COMMIT_FLAGS = ['-b', 'os/main', '-s', 'a whole tree', '-m', 'with a body\n', '--timestamp=@1700000000', '--add-metadata-string=version=1'];

/** One tree committed by both programs in one mode; then each reads what the other wrote. `source` is called in beforeAll. */
export function mainJobSuite(mode: WritableMode, scratch: Scratch, source: () => string): void {
  const ours = scratch.fresh(`ours-${mode}`);
  const theirs = scratch.fresh(`theirs-${mode}`);
  const checksums = { ours: '', theirs: '' };

  beforeAll(() => {
    checksums.theirs = commitWith(ostree, theirs, mode, source());
    checksums.ours = commitWith(coppice, ours, mode, source());
  });

  it('gives the commit the same checksum', () => {
    expect(checksums.ours).toBe(checksums.theirs);
    expect(checksums.ours).toMatch(/^[0-9a-f]{64}$/);
  });

  it('writes the same objects, inode by inode', () => {
    expect(compareRepositories(ours, theirs)).toEqual([]);
  });

  it('leaves nothing behind in tmp', () => {
    expect(strayFiles(ours)).toEqual([]);
  });

  it('satisfies ostree fsck, and coppice fsck is satisfied by what ostree wrote', () => {
    expect(run(ostree, ['fsck', '--repo', ours])).toMatchObject({ status: 0 });
    expect(run(coppice, ['fsck', '--repo', theirs])).toMatchObject({ status: 0 });
  });

  it('commits a second time without writing anything but the commit', () => {
    const again = [...COMMIT_FLAGS, '--parent=none', '--table-output'];
    expect(run(coppice, ['commit', '--repo', ours, ...again, source()]).stdout).toBe(run(ostree, ['commit', '--repo', theirs, ...again, source()]).stdout);
    expect(compareRepositories(ours, theirs)).toEqual([]);
  });

  it.each(CHECKOUT_FLAGS[mode].map((flags) => [flags.join(' ') || 'no flags', flags] as const))('checks out either by either with %s', (_, flags) => {
    const reference = checkoutWith(ostree, theirs, flags, scratch);
    const others: readonly (readonly [Program, string])[] = [[coppice, ours], [coppice, theirs], [ostree, ours]];
    for (const [program, repo] of others) {
      expect(compareCheckouts(checkoutWith(program, repo, flags, scratch), reference), `${program.name} from ${repo}`).toEqual([]);
    }
  });
}

function commitWith(program: Program, repo: string, mode: WritableMode, source: string): string {
  succeed(program, ['init', '--repo', repo, `--mode=${mode}`]);
  return succeed(program, ['commit', '--repo', repo, ...COMMIT_FLAGS, source]);
}

function checkoutWith(program: Program, repo: string, flags: readonly string[], scratch: Scratch): CheckoutSnapshot {
  const destination = scratch.fresh('checkout');
  succeed(program, ['checkout', '--repo', repo, ...flags, 'os/main', destination]);
  const snapshot = snapshotCheckout(destination, repo);
  removeTree(destination);
  return snapshot;
}
