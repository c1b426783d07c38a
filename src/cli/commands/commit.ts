import { checksumFault, isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { parseRefspec } from '../../format/ref-name.ts';
import { commitTree } from '../../ops/commit/index.ts';
import type { CommitOptions, CommitOutcome, TreeSource } from '../../ops/commit/index.ts';
import type { ModifierOptions } from '../../ops/commit/modifier.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { keepHeapSmall } from '../keep-heap-small.ts';
import { editMessage } from '../editor.ts';
import type { CommitMessage } from '../editor.ts';
import { readLines, readOptionFile } from '../line-file.ts';
import { assertKeys, stringMetadata, variantMetadata } from '../metadata-options.ts';
import { optimiseEarly } from '../optimise-early.ts';
import { parseBoolean } from '../parse-boolean.ts';
import { parsePathnameFilter } from '../pathname-filter.ts';
import { parseDate } from '../parse-date.ts';
import { openRepoFor } from '../session.ts';
import { parseSourceDateEpoch } from '../source-date-epoch.ts';
import { parseStatOverride } from '../stat-override.ts';
import { reportLine } from '../ui/report-line.ts';
import { badUsage } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const sources = readSources(invocation);
  if (sources.some(({ kind }) => kind === 'tar')) keepHeapSmall();
  const session = await openRepoFor(invocation);
  optimiseEarly(session.engine);
  try {
    const onFilesStored = (): void => void session.pool.close(); // the threads end while the objects are published
    const outcome = await commitTree(session, sources, { ...readOptions(invocation), onFilesStored });
    report(invocation, outcome);
    return outcome.indexLies === 0 ? 0 : 1;
  } catch (error) {
    tellDetails(invocation, error);
    throw error;
  } finally {
    await session.close();
  }
}

function readSources(invocation: Invocation): TreeSource[] {
  const trees = invocation.options.strings('tree');
  if (trees.length > 0) return trees.map(parseTree);
  return [{ kind: 'directory', path: invocation.args[0] ?? '.' }];
}

function parseTree(text: string): TreeSource {
  const equals = text.indexOf('=');
  if (equals < 0) throw badUsage(`Missing type in tree specification '${text}'`);
  const [type, value] = [text.slice(0, equals), text.slice(equals + 1)];
  if (type === 'dir') return { kind: 'directory', path: value };
  if (type === 'ref') return { kind: 'commit', rev: value };
  if (type === 'tar') return { kind: 'tar', path: value };
  throw badUsage(`Invalid tree type specification '${type}'`);
}

function readOptions(invocation: Invocation): CommitOptions {
  const { options } = invocation;
  const branch = readBranch(options);
  const message = readMessage(invocation, branch);
  return {
    branch,
    parent: readParent(options),
    subject: message.subject,
    body: message.body,
    timestampSeconds: readTimestamp(invocation),
    metadata: assertKeys([...stringMetadata(options.strings('add-metadata-string')), ...variantMetadata(options.strings('add-metadata'))]),
    detachedMetadata: stringMetadata(options.strings('add-detached-metadata-string')),
    keepMetadata: options.strings('keep-metadata'),
    bootable: options.flag('bootable'),
    selinuxPolicy: options.string('selinux-policy'),
    selinuxPolicyFromBase: options.flag('selinux-policy-from-base'),
    bindRefs: options.strings('bind-ref'),
    noBindings: options.flag('no-bindings'),
    base: options.string('base'),
    modifier: readModifier(options),
    skipIfUnchanged: options.flag('skip-if-unchanged'),
    consume: options.flag('consume'),
    tar: readTarOptions(options),
    generateSizes: options.flag('generate-sizes'),
    hardlinks: readHardlinks(options),
    useIndex: !options.flag('no-index') && !invocation.env.skipCache,
    verifyIndex: options.flag('verify-index'),
    onIndexLie: (path) => {
      invocation.warn(`the stat index is wrong about "/${path}"`);
    },
    fsync: readFsync(options),
    failBeforeRefs: invocation.env.repoTestError === 'pre-commit',
    notice: invocation.warn,
  };
}

function readTarOptions(options: ParsedOptions): CommitOptions['tar'] {
  const filter = options.string('tar-pathname-filter');
  return {
    createParents: options.flag('tar-autocreate-parents'),
    translatePath: filter === undefined ? undefined : parsePathnameFilter(filter),
  };
}

/** What is written in the editor counts alone, whatever the other options say. */
function readMessage({ options, env }: Invocation, branch: string | undefined): Partial<CommitMessage> {
  const subject = options.string('subject');
  if (options.flag('editor')) return editMessage(env, { branch, subject });
  const file = options.string('body-file');
  const body = file === undefined ? options.string('body') : readOptionFile(file);
  return { ...(subject === undefined ? {} : { subject }), ...(body === undefined ? {} : { body }) };
}

function readBranch(options: ParsedOptions): string | undefined {
  const branch = options.string('branch');
  if (branch === undefined && !options.flag('orphan')) {
    throw badUsage('A branch must be specified with --branch, or use --orphan');
  }
  if (branch !== undefined && isChecksum(parseRefspec(branch).ref)) {
    throw new CoppiceError('REF_INVALID', `Rev name '${parseRefspec(branch).ref}' looks like a checksum`);
  }
  return branch;
}

/** With `--orphan` the branch's commit is no parent, even where `--branch` is given too. */
function readParent(options: ParsedOptions): Checksum | 'none' | undefined {
  const text = options.string('parent');
  if (text === undefined) return options.flag('orphan') ? 'none' : undefined;
  if (text === 'none' || isChecksum(text)) return text;
  throw new CoppiceError('CHECKSUM_INVALID', checksumFault(text));
}

function readTimestamp({ options, env }: Invocation): bigint | undefined {
  const text = options.string('timestamp');
  if (text !== undefined) return BigInt.asUintN(64, parseDate(text));
  return env.sourceDateEpoch === undefined ? undefined : parseSourceDateEpoch(env.sourceDateEpoch);
}

function readModifier(options: ParsedOptions): ModifierOptions {
  const canonicalPermissions = options.flag('canonical-permissions');
  const overrideFile = options.string('statoverride');
  const rules = overrideFile === undefined ? undefined : parseStatOverride(readLines(overrideFile));
  const skipFile = options.string('skip-list');
  return {
    ownerUid: readOwner(options, 'owner-uid', canonicalPermissions),
    ownerGid: readOwner(options, 'owner-gid', canonicalPermissions),
    canonicalPermissions,
    readOnlyExecutables: options.flag('mode-ro-executables'),
    noXattrs: options.flag('no-xattrs'),
    modeAdditions: rules?.additions,
    modeOverrides: rules?.overrides,
    skip: skipFile === undefined ? undefined : new Set(readLines(skipFile)),
  };
}

/** A negative number means none, as in `ostree`. */
function readOwner(options: ParsedOptions, long: string, canonical: boolean): number | undefined {
  const id = options.integer(long);
  if (id === undefined || id < 0) return undefined;
  if (canonical && id !== 0) throw badUsage(`Cannot specify both --canonical-permissions and non-zero --${long}`);
  return id;
}

function readHardlinks(options: ParsedOptions): CommitOptions['hardlinks'] {
  if (options.flag('devino-canonical')) return 'always';
  return options.flag('link-checkout-speedup') ? 'known' : undefined;
}

function readFsync(options: ParsedOptions): boolean | undefined {
  if (options.flag('disable-fsync')) return false;
  const policy = options.string('fsync');
  return policy === undefined || parseBoolean(policy) ? undefined : false;
}

function tellDetails(invocation: Invocation, error: unknown): void {
  const details = error instanceof CoppiceError ? error.facts['details'] : undefined;
  if (typeof details === 'string') invocation.warn(details);
}

function report({ options, settings, out }: Invocation, outcome: CommitOutcome): void {
  if (settings.json) out(reportLine(outcome));
  else if (options.flag('table-output')) out(tableOf(outcome));
  else out(`${outcome.checksum}\n`);
}

function tableOf(outcome: CommitOutcome): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['Commit', outcome.checksum],
    ['Metadata Total', outcome.metadataTotal],
    ['Metadata Written', outcome.metadataWritten],
    ['Content Total', outcome.contentTotal],
    ['Content Written', outcome.contentWritten],
    ['Content Cache Hits', outcome.contentCacheHits],
    ['Content Bytes Written', outcome.contentBytesWritten],
  ];
  return rows.map(([name, value]) => `${name}: ${value}\n`).join('');
}
