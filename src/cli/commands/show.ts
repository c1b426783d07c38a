import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Checksum } from '../../base/checksum.ts';
import { isChecksum } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { readVariant } from '../../format/gvariant/read.ts';
import type { Variant } from '../../format/gvariant/value.ts';
import { commitSizes, findObjectType, loadCommit, metadataValue, readDetachedMetadata } from '../../ops/read/index.ts';
import type { SizeSum } from '../../ops/read/index.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { withReadRepo } from '../read-repository.ts';
import type { ReadNeed } from '../read-repository.ts';
import { byteAmount } from '../ui/byte-amount.ts';
import { objectJson } from '../ui/object-json.ts';
import { objectText } from '../ui/object-text.ts';
import { reportLine } from '../ui/report-line.ts';
import { valueLine } from '../ui/value-line.ts';
import { variantText } from '../ui/variant-text.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [object] = invocation.args;
  if (object === undefined) throw usageError('An object argument is required');
  const view = chooseView(invocation);
  const needOf = (repo: Repo): ReadNeed => (view === showObject && isFile(repo, object) ? 'xattrs' : 'metadata');
  return withReadRepo(invocation, needOf, (repo) => view(invocation, repo, object));
}

function isFile(repo: Repo, object: string): boolean {
  return isChecksum(object) && findObjectType(repo, object) === 'file';
}

type View = (invocation: Invocation, repo: Repo, object: string) => void;

/** Where several are asked for, the first of these is shown, as in ostree. */
function chooseView({ options }: Invocation): View {
  if (options.string('print-detached-metadata-key') !== undefined) return showDetachedKey;
  if (options.string('print-metadata-key') !== undefined) return showMetadataKey;
  if (options.flag('print-related')) return showRelated;
  if (options.string('print-variant-type') !== undefined) return showVariantFile;
  return options.flag('print-sizes') ? showSizes : showObject;
}

function printVariantValue({ options, settings, out }: Invocation, variant: Variant): void {
  const text = variantText(variant, { swap: !options.flag('no-byteswap') });
  out(valueLine(settings, variant.type, text));
}

function showMetadataKey(invocation: Invocation, repo: Repo, object: string): void {
  const { commit } = loadCommit(repo, resolveRev(repo, object));
  printVariantValue(invocation, metadataValue(commit.metadata, invocation.options.string('print-metadata-key') ?? ''));
}

function showDetachedKey(invocation: Invocation, repo: Repo, object: string): void {
  const checksum = resolveRev(repo, object);
  const entries = readDetachedMetadata(repo, checksum);
  if (entries === undefined) {
    throw new CoppiceError('PATH_NOT_FOUND', `No detached metadata for commit ${checksum}`, { facts: { checksum } });
  }
  printVariantValue(invocation, metadataValue(entries, invocation.options.string('print-detached-metadata-key') ?? ''));
}

function showRelated({ settings, out }: Invocation, repo: Repo, object: string): void {
  const { related } = loadCommit(repo, resolveRev(repo, object)).commit;
  const entries = related.map(({ name, checksum }) => ({ name, checksum: Buffer.from(checksum).toString('hex') }));
  if (settings.json) out(`${JSON.stringify(entries)}\n`);
  else for (const { name, checksum } of entries) out(`${name} ${checksum}\n`);
}

/** OBJECT names a file here, read as one value of the type. Its numbers are always turned round, `-B` or not. */
function showVariantFile({ options, settings, env, out }: Invocation, _repo: Repo, object: string): void {
  const type = options.string('print-variant-type') ?? '';
  const bytes = readWhole(resolve(env.workingDirectory, object), object);
  const text = variantText({ type, value: readVariant(type, bytes) }, { swap: true });
  out(valueLine(settings, type, text));
}

function readWhole(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CoppiceError('SYSTEM', `openat(${shown}): ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}

function showSizes({ settings, out }: Invocation, repo: Repo, object: string): void {
  const sizes = commitSizes(repo, loadSized(repo, resolveRev(repo, object)));
  if (settings.json) {
    out(reportLine(sizes));
    return;
  }
  const bytes = (pick: (sum: SizeSum) => number): string => `${byteAmount(pick(sizes.needed))}/${byteAmount(pick(sizes.total))}`;
  out(`Compressed size (needed/total): ${bytes((sum) => sum.archivedBytes)}\n`);
  out(`Unpacked size (needed/total): ${bytes((sum) => sum.unpackedBytes)}\n`);
  out(`Number of objects (needed/total): ${sizes.needed.objects}/${sizes.total.objects}\n`);
}

function loadSized(repo: Repo, checksum: Checksum): ReturnType<typeof loadCommit>['commit'] {
  try {
    return loadCommit(repo, checksum).commit;
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError(error.code, `Failed to read commit: ${error.message}`, { facts: error.facts, cause: error });
  }
}

/** A whole checksum may name an object of any type, anything else leads to a commit. */
function showObject({ options, settings, out }: Invocation, repo: Repo, object: string): void {
  const named = isChecksum(object)
    ? { checksum: object, type: findObjectType(repo, object) }
    : { checksum: resolveRev(repo, object), type: 'commit' as const };
  if (settings.json) {
    out(reportLine(objectJson(repo, named)));
    return;
  }
  for (const text of objectText(repo, named, { raw: options.flag('raw'), unswapped: options.flag('no-byteswap') })) out(text);
}
