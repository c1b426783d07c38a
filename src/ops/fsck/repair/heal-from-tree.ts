import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { Checksum } from '../../../base/checksum.ts';
import { CoppiceError, errnoOf } from '../../../base/errors.ts';
import { packNames } from '../../../base/name-list.ts';
import { canonicalMode, isRegular, isSymlink } from '../../../base/unix-mode.ts';
import { INGEST } from '../../../engine/engine.ts';
import type { IngestBatch, IngestResult } from '../../../engine/engine.ts';
import { readDirectory } from '../../../fs/read-dir.ts';
import { ingestTask } from '../../../repo/ingest-task.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import { throwIfFull } from './heal-content.ts';
import { checksumAt } from './staging.ts';
import type { Staging } from './staging.ts';

const BATCH_FILES = 256;

/** A file of the tree as it may have been committed. */
interface Candidate {
  readonly directory: string;
  readonly name: string;
  readonly stats: Stats;
}

/** One way in which a commit may have seen files: as they are, or with owners, modes or attributes changed by its options. */
interface Guise {
  readonly xattrs: IngestBatch['xattrs'];
  readonly see: (stats: Stats) => readonly [uid: number, gid: number, mode: number];
}

const asIs = ({ uid, gid, mode }: Stats) => [uid, gid, mode] as const;
const ownedByRoot = ({ mode }: Stats) => [0, 0, mode] as const;
const canonical = ({ mode }: Stats) => [0, 0, canonicalMode(mode)] as const;

/**
 * Finds wanted content among the files of a tree and writes it anew. Every file is hashed in each guise until nothing is
 * wanted any more; files that cannot be read are passed over. What became sound comes back.
 */
export async function healFromTree(context: OperationContext, wanted: readonly Checksum[], place: { root: string; staging: Staging }): Promise<Checksum[]> {
  const search = new TreeSearch(context, new Set(wanted), place);
  await search.run();
  return search.healed;
}

class TreeSearch {
  readonly healed: Checksum[] = [];
  readonly #context: OperationContext;
  readonly #wanted: Set<Checksum>;
  readonly #root: string;
  readonly #staging: Staging;
  readonly #guises: readonly Guise[];

  constructor(context: OperationContext, wanted: Set<Checksum>, { root, staging }: { root: string; staging: Staging }) {
    this.#context = context;
    this.#wanted = wanted;
    this.#root = root;
    this.#staging = staging;
    this.#guises = guisesFor(context);
  }

  async run(): Promise<void> {
    let batch: Candidate[] = [];
    for (const candidate of this.#candidates('')) {
      batch.push(candidate);
      if (batch.length < BATCH_FILES) continue;
      await this.#search(batch);
      batch = [];
      if (this.#wanted.size === 0) return;
    }
    await this.#search(batch);
  }

  *#candidates(directory: string): Generator<Candidate> {
    for (const { name } of entriesOf(join(this.#root, directory))) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const stats = lstatSync(join(this.#root, path), { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) yield* this.#candidates(path);
      else if (stats !== undefined && (isRegular(stats.mode) || isSymlink(stats.mode))) yield { directory, name, stats };
    }
  }

  async #search(batch: readonly Candidate[]): Promise<void> {
    const seen = new Map<Candidate, Set<string>>(batch.map((candidate) => [candidate, new Set()]));
    for (const guise of this.#guises) {
      if (this.#context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'repair cancelled');
      const fresh = batch.filter((candidate) => isNew(seen.get(candidate), guise, candidate));
      if (this.#wanted.size > 0 && fresh.length > 0) await this.#searchAs(guise, fresh);
    }
  }

  async #searchAs(guise: Guise, batch: readonly Candidate[]): Promise<void> {
    const { checksums, outcomes } = await this.#ingest(batch, guise, 'hash');
    const found = batch.filter((_file, index) => outcomes[index] !== INGEST.failed && this.#wanted.has(checksumAt(checksums, index)));
    if (found.length > 0) await this.#restore(found, guise);
  }

  /** A file that changed between the two readings has another name now, and is left where it lies in the staging place. */
  async #restore(files: readonly Candidate[], guise: Guise): Promise<void> {
    const { checksums, outcomes, failures } = await this.#ingest(files, guise, 'store');
    throwIfFull(failures);
    for (const index of files.keys()) {
      const checksum = checksumAt(checksums, index);
      if (outcomes[index] === INGEST.failed || !this.#wanted.delete(checksum)) continue;
      this.#staging.publish(checksum);
      this.healed.push(checksum);
    }
  }

  async #ingest(files: readonly Candidate[], { xattrs, see }: Guise, action: IngestBatch['action']): Promise<IngestResult> {
    const directories = [...new Set(files.map(({ directory }) => directory))];
    const indexOf = new Map(directories.map((directory, index) => [directory, index]));
    return this.#context.pool.run(ingestTask, {
      root: this.#root,
      directories: packNames(directories),
      directoryIndex: Uint32Array.from(files, ({ directory }) => indexOf.get(directory) ?? 0),
      names: packNames(files.map(({ name }) => name)),
      attributes: Uint32Array.from(files.flatMap(({ stats }) => see(stats))),
      sizes: Float64Array.from(files, ({ stats }) => stats.size),
      xattrs,
      action,
      consume: false,
      target: this.#staging.target,
    });
  }
}

/** Repositories of bare-user-only keep files in the canonical guise alone; attributes need an engine that can read them. */
function guisesFor({ repo, engine }: OperationContext): Guise[] {
  const plain = [canonical, ownedByRoot].map((see): Guise => ({ xattrs: 'none', see }));
  if (repo.mode === 'bare-user-only') return plain;
  const bare: Guise[] = [{ xattrs: 'none', see: asIs }, ...plain.toReversed()];
  const withXattrs = [asIs, ownedByRoot].map((see): Guise => ({ xattrs: 'read', see }));
  return engine.capabilities.xattrs ? [...withXattrs, ...bare] : bare;
}

function isNew(seen: Set<string> | undefined, { xattrs, see }: Guise, { stats }: Candidate): boolean {
  const key = `${xattrs} ${see(stats).join(' ')}`;
  if (seen === undefined || seen.has(key)) return false;
  seen.add(key);
  return true;
}

function entriesOf(path: string): ReturnType<typeof readDirectory> {
  try {
    return readDirectory(path);
  } catch (error) {
    if (errnoOf(error) !== undefined || error instanceof CoppiceError) return [];
    throw error;
  }
}
