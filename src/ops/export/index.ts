/** The verb `export`: a commit, or a directory of one, as a tar archive. */
import { CoppiceError } from '../../base/errors.ts';
import { checksumFromBytes } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { isRegular, isSymlink } from '../../base/unix-mode.ts';
import { paddingOf, writeEnd, writeEntryHeader } from '../../format/tar/tar-writer.ts';
import type { WrittenEntry } from '../../format/tar/tar-writer.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { resolveTreePath } from '../../repo/tree-path.ts';
import { GatheringSink } from './gathering-sink.ts';
import { loadContents } from './load-contents.ts';
import type { LoadedEntry } from './load-contents.ts';
import { streamContent } from './stream-content.ts';
import type { ByteSink } from './stream-content.ts';
import { walkEntries } from './walk-entries.ts';
import type { WalkedDirectory } from './walk-entries.ts';

export type { ByteSink } from './stream-content.ts';

export interface ExportOptions {
  /** A directory of the commit, which becomes the archive's root. Default: all of it. */
  readonly subpath?: string | undefined;
  /** Put before every path as it is: a directory's name needs its slash. */
  readonly prefix?: string | undefined;
  /** Ends the archive with the padding to 10240 bytes that tapes want, as `ostree` does on the standard output. Default true. */
  readonly padsRecord?: boolean | undefined;
}

export interface ExportOutcome {
  readonly entries: number;
  /** Of the archive. */
  readonly bytes: number;
}

/**
 * Writes the commit to `sink` in libarchive's gnutar format, the same bytes as `ostree export`: times are the commit's,
 * xattrs have no place, files that share an object are written each.
 */
export async function exportTree(
  context: OperationContext,
  subject: { readonly commit: Checksum; readonly sink: ByteSink },
  options: ExportOptions = {},
): Promise<ExportOutcome> {
  const { rootTree, rootMeta, timestampSeconds } = readCommitObject(context.repo, subject.commit);
  const root = findRoot(context, { rootTree, rootMeta }, options);
  const writer = new ArchiveWriter(context, subject.sink, timestampSeconds);
  for await (const batch of loadContents(context, walkEntries(context.repo, root))) {
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'export cancelled');
    for (const loaded of batch) {
      const large = writer.write(loaded);
      if (large !== undefined) await writer.stream(large);
    }
    writer.tell();
  }
  return writer.end(options.padsRecord !== false);
}

function findRoot(
  { repo }: OperationContext,
  commit: { readonly rootTree: Checksum; readonly rootMeta: Checksum },
  { subpath, prefix = '' }: ExportOptions,
): WalkedDirectory {
  if (subpath === undefined) return { tree: commit.rootTree, meta: commit.rootMeta, path: prefix };
  const node = resolveTreePath(repo, commit, subpath);
  if (node.kind === 'directory') return { tree: node.tree, meta: node.meta, path: prefix };
  throw new CoppiceError('PATH_INVALID', `Not a directory: ${subpath}`, { facts: { path: subpath } });
}

interface LargeContent {
  readonly checksum: Uint8Array;
  readonly sizeBytes: number;
}

class ArchiveWriter {
  readonly #context: OperationContext;
  readonly #sink: GatheringSink;
  readonly #mtimeSeconds: bigint;
  #entries = 0;
  #bytes = 0;

  constructor(context: OperationContext, sink: ByteSink, mtimeSeconds: bigint) {
    this.#context = context;
    this.#sink = new GatheringSink(sink);
    this.#mtimeSeconds = mtimeSeconds;
  }

  /** Returns an object whose content is too large to have been loaded: `stream` has to follow. */
  write({ entry, object }: LoadedEntry): LargeContent | undefined {
    this.#entries += 1;
    if (entry.kind === 'directory') this.#put(this.#header({ target: '', sizeBytes: 0, ...entry }));
    if (entry.kind === 'directory' || object === undefined) return undefined;
    const { mode, uid, gid, sizeBytes, bytes } = object;
    const symlink = isSymlink(mode);
    const target = symlink ? Buffer.from(bytes ?? []).toString() : '';
    this.#put(this.#header({ kind: symlink ? 'symlink' : 'file', path: entry.path, target, mode, uid, gid, sizeBytes }));
    if (!isRegular(mode)) return undefined;
    if (bytes === undefined) return { checksum: entry.checksum, sizeBytes };
    this.#put(bytes);
    this.#put(paddingOf(sizeBytes));
    return undefined;
  }

  async stream({ checksum, sizeBytes }: LargeContent): Promise<void> {
    await streamContent(this.#context.repo, checksumFromBytes(checksum), (piece) => this.#put(piece));
    this.#put(paddingOf(sizeBytes));
  }

  tell(): void {
    this.#context.progress?.({ phase: 'export', filesDone: this.#entries, bytesDone: this.#bytes });
  }

  end(padsRecord: boolean): ExportOutcome {
    this.#put(writeEnd(this.#bytes, padsRecord));
    this.#sink.flush();
    return { entries: this.#entries, bytes: this.#bytes };
  }

  #header({ kind, path, target, mode, uid, gid, sizeBytes }: Omit<WrittenEntry, 'mtimeSeconds'>): Buffer {
    return writeEntryHeader({ kind, path, target, mode, uid, gid, sizeBytes, mtimeSeconds: this.#mtimeSeconds });
  }

  #put(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#sink.put(bytes);
  }
}
