import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import { isValidRefName, isValidRemoteName, parseRefspec } from '../../format/ref-name.ts';
import { createCollectionRef, deleteCollectionRefs, listCollectionRefs } from '../../repo/collection-refs.ts';
import { listRefs, writeAlias, writeRef } from '../../repo/refs.ts';
import type { RefEntry } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import { renewSummaryOf } from '../auto-summary.ts';
import type { Invocation } from '../command.ts';
import { openRepoLightly } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { badUsage } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, args } = invocation;
  const repo = await openRepoLightly(invocation);
  const name = options.string('create');
  if (name !== undefined || options.flag('delete')) await changeRefs(invocation, repo, name);
  else for (const prefix of args.length === 0 ? [undefined] : args) showRefs(invocation, repo, prefix);
  return 0;
}

async function changeRefs(invocation: Invocation, repo: Repo, name: string | undefined): Promise<void> {
  if (name !== undefined) createRef(invocation, repo, name);
  const hasChanged = name !== undefined || deleteRefs(invocation, repo) > 0;
  if (hasChanged) await renewSummaryOf(invocation, repo);
}

function createRef({ options, args }: Invocation, repo: Repo, name: string): void {
  const [rev, ...more] = args;
  if (rev === undefined) throw badUsage('You must specify a revision when creating a new ref');
  if (more.length > 0) throw badUsage('You must specify only 1 existing ref when creating a new ref');
  if (!options.flag('force')) refuseExisting(repo, name, options.flag('alias'));
  if (options.flag('collections')) createCollectionRef(repo, name, resolveRev(repo, rev));
  else if (options.flag('alias')) createAlias(repo, name, rev);
  else writeRef(repo, name, resolveRev(repo, rev));
}

/** A name that resolves is taken, the beginning of a commit's checksum too; a new alias may replace an old one. */
function refuseExisting(repo: Repo, name: string, alias: boolean): void {
  if (!resolves(repo, name)) return;
  if (alias && listRefs(repo, { kind: 'heads', prefix: name }).some((entry) => isAlias(entry))) return;
  throw new CoppiceError('REF_EXISTS', `--create specified but ref ${name} already exists`, { facts: { ref: name } });
}

/** A directory of refs is no ref; writing finds out whether it is in the way. */
function resolves(repo: Repo, name: string): boolean {
  try {
    return resolveRev(repo, name, { allowNoent: true }) !== undefined;
  } catch (error) {
    if (isCoppiceError(error) && error.facts['errno'] === 'EISDIR') return false;
    throw error;
  }
}

function isAlias(entry: RefEntry): boolean {
  return entry.alias !== undefined;
}

function createAlias(repo: Repo, name: string, target: string): void {
  const { remote, ref } = parseRefspec(name);
  if (remote !== undefined) throw badUsage(`Cannot create alias to remote ref: ${remote}`);
  const known = isValidRefName(target) && listRefs(repo, { kind: 'heads', prefix: target }).some(({ refspec }) => refspec === target);
  if (known) writeAlias(repo, ref, target);
  else throw new CoppiceError('REF_NOT_FOUND', `Cannot create alias to non-existent ref: ${target}`, { facts: { ref: target } });
}

/** The number of refs that are gone. */
function deleteRefs({ options, args }: Invocation, repo: Repo): number {
  if (args.length === 0) throw badUsage('At least one PREFIX is required when deleting refs');
  return args.reduce((sum, prefix) => sum + (options.flag('collections') ? deleteCollectionRefs(repo, prefix) : deletePlainRefs(repo, prefix)), 0);
}

function deletePlainRefs(repo: Repo, prefix: string): number {
  const refspecs = refspecsToDelete(repo, prefix);
  for (const refspec of refspecs) deleteRef(repo, refspec);
  return refspecs.length;
}

/** An alias that leads nowhere spoils every listing; named exactly it can still be deleted. */
function refspecsToDelete(repo: Repo, prefix: string): string[] {
  assertPrefix(prefix);
  try {
    return listRefs(repo, { prefix }).map(({ refspec }) => refspec);
  } catch (error) {
    if (isCoppiceError(error, 'REF_NOT_FOUND') && isValidRefName(prefix)) return [prefix];
    throw error;
  }
}

function deleteRef(repo: Repo, refspec: string): void {
  const alias = aliasesOf(repo).find((entry) => entry.alias === refspec);
  if (alias !== undefined) throw badUsage(`Ref '${refspec}' has an active alias: '${alias.refspec}'`);
  writeRef(repo, refspec, undefined);
}

function aliasesOf(repo: Repo): RefEntry[] {
  try {
    return listRefs(repo, { kind: 'heads' }).filter(isAlias);
  } catch (error) {
    if (isCoppiceError(error, 'REF_NOT_FOUND')) return [];
    throw error;
  }
}

function showRefs(invocation: Invocation, repo: Repo, prefix: string | undefined): void {
  const { options, settings, out } = invocation;
  if (options.flag('collections')) {
    const found = listCollectionRefs(repo, prefix);
    if (settings.json) out(reportLine({ refs: found }));
    else for (const { collectionId, ref } of found) out(`(${collectionId}, ${ref})\n`);
    return;
  }
  if (prefix !== undefined) assertPrefix(prefix);
  const entries = listRefs(repo, { prefix, deadAliases: options.flag('alias') });
  const shown = options.flag('alias') ? entries.filter((entry) => (entry.refspec === prefix ? entry.checksum !== undefined : isAlias(entry))) : entries;
  if (settings.json) out(reportLine({ refs: shown.map(jsonOf) }));
  else for (const entry of shown) out(`${lineOf(entry, prefix, invocation)}\n`);
}

function jsonOf({ refspec, checksum, alias }: RefEntry): object {
  return { ref: refspec, checksum, ...(alias === undefined ? {} : { alias }) };
}

function lineOf(entry: RefEntry, prefix: string | undefined, { options }: Invocation): string {
  const { refspec, checksum, alias } = entry;
  // ostree shows the checksum of a ref that is named exactly, where it shows the target of others
  if (options.flag('alias')) return `${refspec} -> ${refspec === prefix ? (checksum ?? '') : (alias ?? '')}`;
  return options.flag('list') ? refspec : withoutPrefix(refspec, prefix);
}

/** `os/x` below `os` is shown as `x`, and `remote:os/x` below `remote:os` as `remote:x`. */
function withoutPrefix(refspec: string, prefix: string | undefined): string {
  if (prefix === undefined || prefix.endsWith(':') || refspec === prefix) return refspec;
  const remote = prefix.slice(0, prefix.indexOf(':') + 1);
  return `${remote}${refspec.slice(prefix.length + 1)}`;
}

/** What may stand before refs: a ref name, `remote:` or `remote:ref`. */
function assertPrefix(prefix: string): void {
  const wholeRemote = prefix.endsWith(':') && isValidRemoteName(prefix.slice(0, -1));
  try {
    if (!wholeRemote) parseRefspec(prefix);
  } catch (error) {
    if (!isCoppiceError(error, 'REF_INVALID')) throw error;
    throw new CoppiceError('REF_INVALID', `Listing refs: ${error.message}`, { facts: error.facts });
  }
}
