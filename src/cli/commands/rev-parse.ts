import { CoppiceError } from '../../base/errors.ts';
import type { Checksum } from '../../base/checksum.ts';
import { OBJECT_TYPE } from '../../format/object/object-type.ts';
import { listObjects } from '../../repo/list-objects.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { openRepoLightly } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, args } = invocation;
  const repo = await openRepoLightly(invocation);
  if (options.flag('single')) {
    if (args.length > 0) throw usageError('Cannot specify arguments with --single');
    print(invocation, undefined, onlyCommit(repo));
    return 0;
  }
  if (args.length === 0) throw usageError('REV must be specified');
  for (const rev of args) print(invocation, rev, resolveRev(repo, rev));
  return 0;
}

/** One line a rev; as JSON one object a line, because what was printed before a failure stays. */
function print({ settings, out }: Invocation, rev: string | undefined, checksum: Checksum): void {
  out(settings.json ? reportLine({ rev, checksum }) : `${checksum}\n`);
}

function onlyCommit(repo: Repo): Checksum {
  const commits: Checksum[] = [];
  for (const { checksum, type } of listObjects(repo)) {
    if (type === OBJECT_TYPE.commit) commits.push(checksum);
    if (commits.length > 1) throw new CoppiceError('REV_AMBIGUOUS', 'Multiple commit objects found');
  }
  const [only] = commits;
  if (only === undefined) throw new CoppiceError('REF_NOT_FOUND', 'No commit objects found');
  return only;
}
