import { resolve } from 'node:path';
import { compareObjects, diffTrees } from '../../ops/diff/index.ts';
import type { Change, DiffSource, ObjectComparison } from '../../ops/diff/index.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { openRepoFor } from '../session.ts';
import type { Session } from '../session.ts';
import { byteAmount } from '../ui/byte-amount.ts';
import { ChangePrinter } from '../ui/change-printer.ts';
import { reportLine } from '../ui/report-line.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const revs = revsOf(invocation.args);
  const session = await openRepoFor(invocation);
  try {
    const { options, settings, out } = invocation;
    const wantsStats = options.flag('stats');
    const wantsChanges = options.flag('fs-diff') || !wantsStats;
    if (settings.json) out(reportLine(await collect(invocation, session, { revs, wantsChanges, wantsStats })));
    else await print(invocation, session, { revs, wantsChanges, wantsStats });
    return 0;
  } finally {
    await session.close();
  }
}

type Revs = readonly [from: string, to: string];

/** One word alone is compared with its parent. */
function revsOf([first, second]: readonly string[]): Revs {
  if (first === undefined) throw usageError('REV must be specified');
  return second === undefined ? [`${first}^`, first] : [first, second];
}

interface Wish {
  readonly revs: Revs;
  readonly wantsChanges: boolean;
  readonly wantsStats: boolean;
}

async function print(invocation: Invocation, session: Session, wish: Wish): Promise<void> {
  if (wish.wantsChanges) {
    const printer = new ChangePrinter(invocation.out);
    for await (const change of changesOf(invocation, session, wish.revs)) printer.print(change);
    printer.end();
  }
  if (wish.wantsStats) invocation.out(statsText(statsOf(session, wish.revs)));
}

async function collect(invocation: Invocation, session: Session, wish: Wish): Promise<Readonly<Record<string, unknown>>> {
  const paths: Record<Change['kind'], string[]> = { modified: [], removed: [], added: [] };
  if (wish.wantsChanges) {
    for await (const { kind, path } of changesOf(invocation, session, wish.revs)) paths[kind].push(path);
  }
  return {
    ...(wish.wantsChanges ? paths : {}),
    ...(wish.wantsStats ? { stats: statsOf(session, wish.revs) } : {}),
  };
}

function changesOf({ options, env }: Invocation, session: Session, [from, to]: Revs): AsyncGenerator<Change> {
  const sources = [sourceOf(from, env.workingDirectory), sourceOf(to, env.workingDirectory)] as const;
  return diffTrees(session, sources, {
    ignoreXattrs: options.flag('no-xattrs'),
    uid: ownerOf(options, 'owner-uid'),
    gid: ownerOf(options, 'owner-gid'),
  });
}

function sourceOf(word: string, workingDirectory: string): DiffSource {
  if (!word.startsWith('/') && !word.startsWith('./')) return { kind: 'commit', rev: word };
  return { kind: 'directory', path: resolve(workingDirectory, word) };
}

/** A negative number stands for the owner on disk. */
function ownerOf(options: ParsedOptions, long: string): number | undefined {
  const id = options.integer(long);
  return id === undefined || id < 0 ? undefined : id;
}

function statsOf({ repo }: Session, [from, to]: Revs): ObjectComparison {
  return compareObjects(repo, resolveRev(repo, from), resolveRev(repo, to));
}

function statsText({ left, right, common, commonBytes }: ObjectComparison): string {
  return [
    `[A] Object Count: ${left}`,
    `[B] Object Count: ${right}`,
    `Common Object Count: ${common}`,
    `Common Object Size: ${byteAmount(commonBytes)}`,
    '',
  ].join('\n');
}
