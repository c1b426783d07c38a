import { resolve } from 'node:path';
import { checksumPath } from '../../ops/checksum/index.ts';
import type { Invocation } from '../command.ts';
import { parseAlgorithm } from '../parse-algorithm.ts';
import { openWork } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { badUsage } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { args, options, settings, env, out } = invocation;
  const [path] = args;
  if (path === undefined || path === '') throw badUsage('A filename must be given');
  const algorithm = parseAlgorithm(options.string('checksum'));
  const work = await openWork(invocation);
  try {
    // ostree sees a slash at the end only in the one case, and follows a symlink there
    const ignoreXattrs = options.flag('ignore-xattrs');
    const outcome = checksumPath(work, ignoreXattrs ? path : resolve(env.workingDirectory, path), { ignoreXattrs, algorithm });
    out(settings.json ? reportLine(outcome) : `${outcome.checksum}\n`);
    return 0;
  } finally {
    await work.close();
  }
}
