import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';
import { du } from '../../ops/du/index.ts';
import type { DuOutcome } from '../../ops/du/index.ts';
import type { Invocation } from '../command.ts';
import { openRepoFor } from '../session.ts';
import { duPage } from '../ui/du-page.ts';
import { duText, refTitle } from '../ui/du-text.ts';
import { reportLine } from '../ui/report-line.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, settings, args, out, env } = invocation;
  const session = await openRepoFor(invocation);
  try {
    const outcome = onlyRefs(await du(session, { depth: options.integer('depth') }), args);
    const page = options.string('html');
    if (page !== undefined) writePage(resolve(env.workingDirectory, page), duPage(outcome, session.repo.path));
    if (settings.json) out(reportLine(outcome));
    else if (page === undefined) out(duText(outcome));
    return 0;
  } finally {
    await session.close();
  }
}

/** The refs that were named; the others count as those they share with all the same. */
function onlyRefs(outcome: DuOutcome, names: readonly string[]): DuOutcome {
  if (names.length === 0) return outcome;
  for (const name of names) {
    if (outcome.refs.some((ref) => isNamed(ref, name))) continue;
    throw new CoppiceError('REF_NOT_FOUND', `Refspec '${name}' not found`, { facts: { refspec: name } });
  }
  return { ...outcome, refs: outcome.refs.filter((ref) => names.some((name) => isNamed(ref, name))) };
}

function isNamed(ref: DuOutcome['refs'][number], name: string): boolean {
  return ref.refspec === name || refTitle(ref) === name;
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
