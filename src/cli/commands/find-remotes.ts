import { CoppiceError } from '../../base/errors.ts';
import { findRemotes } from '../../ops/find-remotes/index.ts';
import type { Finder, FoundRemote } from '../../ops/find-remotes/index.ts';
import type { CollectionRef } from '../../repo/collection-refs.ts';
import { readCollectionRefs } from '../collection-ref-pairs.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { openRepoLightly } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { usageError } from '../usage-error.ts';

/** Names of libostree's classes, which its output shows. */
const FINDER_NAMES: Readonly<Record<Finder, string>> = { config: 'OstreeRepoFinderConfig', mount: 'OstreeRepoFinderMount' };

export async function run(invocation: Invocation): Promise<number> {
  const { options, args, warn, settings, out } = invocation;
  const repo = await openRepoLightly(invocation);
  if (options.flag('mirror')) throw usageError('When --mirror is specified, --pull must also be');
  const finders = readFinders(options);
  const refs = readCollectionRefs(args);
  const remotes = findRemotes(repo, refs, { finders, notice: warn });
  if (settings.json) out(reportLine({ remotes: remotes.map(remoteJson) }));
  else for (const text of remotesText(remotes, refs)) out(text);
  return 0;
}

function readFinders(options: ParsedOptions): Finder[] | undefined {
  const text = options.string('finders');
  if (text === undefined) return undefined;
  if (text === '') throw usageError('List of finders in --finders option must not be empty');
  const names = text.split(',');
  const wrong = names.find((name, index) => !['config', 'lan', 'mount'].includes(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) throw usageError(`Unknown or duplicate finder type given in --finders option: ‘${wrong}’`);
  if (names.includes('lan')) throw new CoppiceError('NOT_IMPLEMENTED', 'find-remotes --finders=lan is not built yet');
  return names.filter((name) => name === 'config' || name === 'mount');
}

function remoteJson({ summaryLastModified, refs, ...remote }: FoundRemote): object {
  return {
    ...remote,
    summaryLastModified: summaryLastModified === undefined ? null : Number(summaryLastModified),
    refs: refs.map((ref) => ({ ...ref, commit: ref.commit ?? null })),
  };
}

function* remotesText(remotes: readonly FoundRemote[], refs: readonly CollectionRef[]): Generator<string> {
  for (const [index, remote] of remotes.entries()) yield remoteText(remote, index);
  if (remotes.length === 0) {
    yield 'No results.\n';
    return;
  }
  const missing = refs.filter((_, index) => remotes.every((remote) => remote.refs[index]?.commit === undefined));
  yield `${refs.length - missing.length}/${refs.length} refs were found.\n`;
  if (missing.length === 0) return;
  yield 'Refs not found in any remote:\n';
  for (const { collectionId, ref } of missing) yield ` - (${collectionId}, ${ref})\n`;
}

function remoteText({ url, finder, keyring, priority, summaryLastModified, refs }: FoundRemote, index: number): string {
  const lines = [
    `Result ${index}: ${url}`,
    ` - Finder: ${FINDER_NAMES[finder]}`,
    ` - Keyring: ${keyring}`,
    ` - Priority: ${priority}`,
    ` - Summary last modified: ${summaryLastModified === undefined ? 'unknown' : isoTime(summaryLastModified)}`,
    ' - Refs:',
    ...refs.map(({ collectionId, ref, commit }) => `    - (${collectionId}, ${ref}) = ${commit ?? '(not found)'}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

function isoTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
