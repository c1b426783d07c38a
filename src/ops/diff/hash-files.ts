import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { packNames } from '../../base/name-list.ts';
import type { DigestAlgorithm, IngestBatch } from '../../engine/engine.ts';
import type { Pool } from '../../pool/task.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { ingestTask } from '../../repo/ingest-task.ts';
import type { DiskFile } from './side.ts';

/** A file to hash and who wants its checksum. */
export interface HashWish {
  readonly name: string;
  readonly file: DiskFile;
  readonly settle: (checksum: Uint8Array) => void;
}

/** Hashes the files on the pool, one batch for each root; throws for the first that cannot be read. */
export async function hashFiles({ pool, repo }: OperationContext, wishes: readonly HashWish[], xattrs: IngestBatch['xattrs']): Promise<void> {
  const roots = new Set(wishes.map(({ file }) => file.root));
  const batches = [...roots].map((root) => wishes.filter(({ file }) => file.root === root));
  await Promise.all(batches.map(async (batch) => hashBatch(pool, pack(batch, repo.algorithm, xattrs), batch)));
}

async function hashBatch(pool: Pool, input: IngestBatch, wishes: readonly HashWish[]): Promise<void> {
  const { checksums, failures } = await pool.run(ingestTask, input);
  const [failure] = failures;
  if (failure !== undefined) throw failureError(failure);
  for (const [index, wish] of wishes.entries()) {
    wish.settle(checksums.subarray(index * CHECKSUM_BYTES, (index + 1) * CHECKSUM_BYTES));
  }
}

function pack(wishes: readonly HashWish[], algorithm: DigestAlgorithm, xattrs: IngestBatch['xattrs']): IngestBatch {
  const directories = [...new Set(wishes.map(({ file }) => file.directory))];
  const indexOf = new Map(directories.map((directory, index) => [directory, index]));
  return {
    root: wishes[0]?.file.root ?? '',
    directories: packNames(directories),
    directoryIndex: Uint32Array.from(wishes, ({ file }) => indexOf.get(file.directory) ?? 0),
    names: packNames(wishes.map(({ name }) => name)),
    attributes: Uint32Array.from(wishes.flatMap(({ file }) => [file.uid, file.gid, file.mode])),
    sizes: Float64Array.from(wishes, ({ file }) => file.sizeBytes),
    xattrs,
    action: 'hash',
    consume: false,
    target: hashOnly(algorithm, wishes[0]?.file.root ?? ''),
  };
}

/** A batch that only hashes still names a store, in directories that exist; nothing is looked up or written there. */
function hashOnly(algorithm: DigestAlgorithm, directory: string): IngestBatch['target'] {
  const [destination, tmp] = [directory, directory];
  return { mode: 'archive', algorithm, objects: [], destination, visible: false, tmp, zlibLevel: 1, syncEach: false };
}
