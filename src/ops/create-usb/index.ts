/** The verb `create-usb`: refs of collections go onto a drive, in a repository that other machines find there. */
import type { Checksum } from '../../base/checksum.ts';
import { createRepo } from '../../repo/create-repo.ts';
import { withRepoLock } from '../../repo/lock.ts';
import type { OperationContext } from '../../repo/operation-context.ts';
import { regenerateSummary } from '../../repo/regenerate-summary.ts';
import { Repo } from '../../repo/repo.ts';
import { pullLocal } from '../pull-local/index.ts';
import type { PullLocalOutcome, WantedCollectionRef } from '../pull-local/index.ts';
import { announceRepository } from './announce-repository.ts';
import { assertMount, makeDestination } from './drive.ts';

/** Where a drive's repository is looked for without being announced. */
const DEFAULT_DESTINATION = '.ostree/repo';

export interface CreateUsbSubject {
  /** The directory below which the drive is mounted. */
  readonly mountPath: string;
  readonly refs: readonly WantedCollectionRef[];
}

export interface CreateUsbOptions {
  /** The repository's directory below the mount. Default `.ostree/repo`. */
  readonly destination?: string | undefined;
  /** Default: what the config of the drive's repository says. */
  readonly fsync?: boolean | undefined;
  /** Told once when foreign processes cannot be excluded. */
  readonly notice?: ((sentence: string) => void) | undefined;
}

export interface CreateUsbOutcome {
  /** As it was named. */
  readonly destination: string;
  readonly refs: readonly DriveRef[];
  readonly metadataImported: number;
  readonly contentImported: number;
  readonly contentBytesWritten: number;
  /** The symlink below the mount by which the repository is found; undefined where it is looked for without one. */
  readonly announcedAt: string | undefined;
}

export interface DriveRef {
  readonly collectionId: string;
  readonly ref: string;
  readonly commit: Checksum;
}

/**
 * Copies refs of the repository of `context`, without their history, into one on a drive, which is made (in archive
 * mode) where there is none; renews its summary and announces it in `.ostree/repos.d`.
 * Throws what `pullLocal` throws, SYSTEM where nothing is mounted, USAGE for a destination that lies elsewhere or is the repository itself.
 */
export async function createUsb(context: OperationContext, subject: CreateUsbSubject, options: CreateUsbOptions = {}): Promise<CreateUsbOutcome> {
  const { repo: source, engine, signal } = context;
  const { destination = DEFAULT_DESTINATION, fsync, notice } = options;
  assertMount(subject.mountPath);
  const path = makeDestination({ mountPath: subject.mountPath, destination, sourcePath: source.path });
  createRepo(path, { mode: 'archive', algorithm: source.algorithm });
  const repo = Repo.open(path, engine);
  const pulled = await pullLocal({ ...context, repo }, source, { collectionRefs: subject.refs, fsync, notice });
  await withRepoLock(repo, 'shared', () => regenerateSummary(repo, { fsync }), { signal });
  return outcomeOf(subject, pulled, { destination, announcedAt: announceRepository(subject.mountPath, destination) });
}

type DrivePlaces = Pick<CreateUsbOutcome, 'destination' | 'announcedAt'>;

function outcomeOf({ refs }: CreateUsbSubject, pulled: PullLocalOutcome, places: DrivePlaces): CreateUsbOutcome {
  const { metadataImported, contentImported, contentBytesWritten } = pulled;
  const copied = pulled.refs.flatMap(({ ref, commit }, index) => {
    const collectionId = refs[index]?.collectionId;
    return collectionId === undefined ? [] : [{ collectionId, ref, commit }];
  });
  return { ...places, refs: copied, metadataImported, contentImported, contentBytesWritten };
}
