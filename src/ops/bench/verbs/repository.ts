import { rmSync } from 'node:fs';
import { BenchError } from '../bench-error.ts';
import { outputOf, requireSuccess, runProgram } from '../contest/run-program.ts';
import { type Contender, isStore } from '../contest/contender.ts';
import type { Stage } from '../contest/operation.ts';

/** The writable repository modes. */
export type Mode = 'bare' | 'bare-user' | 'bare-user-only' | 'archive';

export const BRANCH = 'bench';

const COMMIT_CHECKSUM = /^[0-9a-f]{64}$/;

export function initWords(repository: string, mode: Mode): string[] {
  return ['init', `--repo=${repository}`, `--mode=${mode}`];
}

/**
 * The words of a commit that gives every contender the same checksum.
 *
 * Archive commits go without xattrs: engines that cannot read them take part too, and the corpora have none.
 */
export function commitWords(repository: string, mode: Mode, tree: string): string[] {
  const flags = mode === 'archive' ? ['--no-xattrs'] : [];
  return ['commit', `--repo=${repository}`, '-b', BRANCH, '-s', 'bench', '--timestamp=@1700000000', ...flags, `--tree=dir=${tree}`];
}

/** The commit checksum that `commit` printed. */
export function printedChecksum(stdout: string): string {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!COMMIT_CHECKSUM.test(line)) throw new BenchError(`commit printed no checksum but "${line}"`);
  return line;
}

/** Makes an empty repository, in place of one that is there. */
export async function freshRepository(contender: Contender, repository: string, mode: Mode, flags: readonly string[] = []): Promise<void> {
  rmSync(repository, { recursive: true, force: true });
  await outputOf(contender.argv(...initWords(repository, mode), ...flags));
}

/** Makes a repository with a first commit of the tree. */
export async function committedRepository(contender: Contender, repository: string, mode: Mode, tree: string): Promise<void> {
  await freshRepository(contender, repository, mode);
  await outputOf(contender.argv(...commitWords(repository, mode, tree)));
}

/** Whose word counts: ostree, or where it is absent the first of coppice's engines. */
export function refereeOf(stage: Stage): Contender {
  const programs = stage.contenders.filter(isStore);
  const referee = programs.find(({ role }) => role === 'ostree') ?? programs[0];
  if (referee === undefined) throw new BenchError('neither ostree nor coppice takes part');
  return referee;
}

/** Throws unless the referee finds the repository sound. */
export async function requireSound(referee: Contender, repository: string): Promise<void> {
  const argv = referee.argv('fsck', '--quiet', `--repo=${repository}`);
  requireSuccess(await runProgram(argv), argv);
}
