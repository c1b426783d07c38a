import { lstatSync } from 'node:fs';
import { checksumToBytes } from '../../base/checksum.ts';
import { CoppiceError, fromNodeError } from '../../base/errors.ts';
import { parseRelativePath } from '../../base/relative-path.ts';
import type { FileLabels } from '../../format/selinux/file-labels.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Transaction } from '../../repo/transaction.ts';
import type { CommitOptions, TreeSource } from './index.ts';
import type { Layer } from './layer.ts';
import { CommitModifier } from './modifier.ts';
import type { SizeLedger } from './size-ledger.ts';
import type { TarRules } from './tar/tar-importer.ts';
import type { TreeStats } from './tree-stats.ts';

/** A layer, or an archive that has to be read to become one. */
export type PendingLayer = Layer | { readonly kind: 'archive'; readonly path: string };

export interface LayerWishes {
  readonly options: CommitOptions;
  readonly labels: FileLabels | undefined;
}

/** Opens the sources in order, `base` below them; archives wait. */
export function rootLayers(repo: Repo, sources: readonly TreeSource[], { options, labels }: LayerWishes): PendingLayer[] {
  const modified = labels !== undefined || looksAtCommits(repo, options);
  const bottom = options.base === undefined ? [] : [commitLayer(repo, options.base, false)];
  return [...bottom, ...sources.map((source) => openSource(repo, source, modified))];
}

function openSource(repo: Repo, source: TreeSource, modified: boolean): PendingLayer {
  if (source.kind === 'tar') return { kind: 'archive', path: source.path };
  return source.kind === 'directory' ? directoryLayer(source.path) : commitLayer(repo, source.rev, modified);
}

/** Commits that are laid in are taken over by checksum, unless a modifier, the mode or `--generate-sizes` asks for more. */
function looksAtCommits(repo: Repo, options: CommitOptions): boolean {
  if (repo.mode === 'bare-user-only') return true; // makes permissions canonical
  if (options.generateSizes === true && repo.mode === 'archive') return true;
  const modifier = new CommitModifier(options.modifier ?? {});
  return !modifier.isIdentity || !modifier.keepsXattrs;
}

/** Reads the archives, each with the layers below it in mind. */
export async function readArchives(
  context: OperationContext,
  pending: readonly PendingLayer[],
  work: {
    readonly transaction: Transaction;
    readonly stats: TreeStats;
    readonly sizes: SizeLedger | undefined;
    readonly rules: TarRules;
  },
): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const layer of pending) {
    if (layer.kind !== 'archive') {
      layers.push(layer);
      continue;
    }
    const source = { path: layer.path, rules: work.rules, below: [...layers], sizes: work.sizes };
    const { importTar } = await import('./tar/import-tar.ts');
    layers.push({ kind: 'tar', tree: await importTar(context, { ...work, source }) });
  }
  return layers;
}

/** A symlink is followed only where a slash stands behind it. */
function directoryLayer(path: string): Layer {
  let isDirectory = false;
  try {
    isDirectory = lstatSync(path).isDirectory();
  } catch (error) {
    const cause = fromNodeError(error, path);
    if (cause instanceof CoppiceError) throw new CoppiceError('PATH_NOT_FOUND', openFailure(path, cause), { cause, facts: { path } });
    throw error;
  }
  if (!isDirectory) throw new CoppiceError('PATH_INVALID', `opendir(${path}): Not a directory`, { facts: { path } });
  return { kind: 'files', root: path, path: parseRelativePath('') };
}

/** `ostree` names the call and the path as they were given. */
function openFailure(path: string, cause: CoppiceError): string {
  return `opendir(${path})${cause.message.slice(cause.message.lastIndexOf('): ') + 1)}`;
}

function commitLayer(repo: Repo, rev: string, modified: boolean): Layer {
  const commit = readCommitObject(repo, resolveRev(repo, rev));
  return { kind: 'tree', tree: checksumToBytes(commit.rootTree), meta: checksumToBytes(commit.rootMeta), modified };
}
