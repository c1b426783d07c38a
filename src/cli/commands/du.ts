import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';
import { du } from '../../ops/du/index.ts';
import type { DeploymentUsage, DuOutcome, RefUsage } from '../../ops/du/index.ts';
import type { Invocation } from '../command.ts';
import { openRepoFor } from '../session.ts';
import { duPage } from '../ui/du-page.ts';
import { deploymentName, holderWords, refTitle } from '../ui/du-rows.ts';
import { duText } from '../ui/du-text.ts';
import { reportLine } from '../ui/report-line.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, settings, args, out, env } = invocation;
  const session = await openRepoFor(invocation);
  try {
    const all = await du(session, { depth: options.integer('depth') });
    const outcome = onlyNamed(all, args);
    const words = holderWords(all);
    const page = options.string('html');
    if (page !== undefined) writePage(resolve(env.workingDirectory, page), duPage(outcome, words, session.repo.path));
    if (settings.json) out(reportLine(outcome));
    else if (page === undefined) out(duText(outcome, words));
    return 0;
  } finally {
    await session.close();
  }
}

/** The refs and deployments that were named; the others count as those they share with all the same. */
function onlyNamed(outcome: DuOutcome, names: readonly string[]): DuOutcome {
  if (names.length === 0) return outcome;
  const known = new Set([...outcome.refs.flatMap(namesOfRef), ...outcome.deployments.flatMap(namesOfDeployment)]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new CoppiceError('REF_NOT_FOUND', `Refspec '${unknown}' not found`, { facts: { refspec: unknown } });
  return {
    ...outcome,
    refs: outcome.refs.filter((ref) => namesOfRef(ref).some((name) => names.includes(name))),
    deployments: outcome.deployments.filter((deployment) => namesOfDeployment(deployment).some((name) => names.includes(name))),
  };
}

function namesOfRef(ref: RefUsage): string[] {
  return [ref.refspec, refTitle(ref)];
}

/** As the table has it, and with the whole checksum. */
function namesOfDeployment(deployment: DeploymentUsage): string[] {
  return [deploymentName(deployment), deploymentName(deployment, deployment.checksum.length)];
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
