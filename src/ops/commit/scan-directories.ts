import { packNames } from '../../base/name-list.ts';
import { CoppiceError } from '../../base/errors.ts';
import type { DirectoryListing, Engine } from '../../engine/engine.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { DirectoryEntry, FilesLayer } from './layer.ts';

/** Lists directories of one source root in one engine call; the first failure is thrown. */
export function scanDirectories(engine: Engine, layers: readonly FilesLayer[], xattrs: boolean): readonly DirectoryListing[] {
  const root = layers[0]?.root ?? '';
  const { listings, failures } = engine.scan({ root, directories: packNames(layers.map(({ path }) => path)), xattrs });
  const [failure] = failures;
  if (failure !== undefined) throw failureError(failure);
  if (listings.length !== layers.length) throw new CoppiceError('INTERNAL', `not every directory of "${root}" was listed`);
  return listings;
}

/** Directories listed ahead; their listings are held while the walk is below their parent. */
const AHEAD = 32;

/** Groups of neighbours that one call can list: each has one layer only, and it is on disk. */
export function* scanGroups(directories: readonly DirectoryEntry[]): Generator<readonly DirectoryEntry[]> {
  for (let start = 0; start < directories.length; start += AHEAD) yield directories.slice(start, start + AHEAD);
}

/** The layer of a directory that can be listed ahead, or of a tree: the only one, on disk. */
export function soleFilesLayer({ layers }: Pick<DirectoryEntry, 'layers'>): FilesLayer | undefined {
  const [only] = layers;
  return layers.length === 1 && only?.kind === 'files' ? only : undefined;
}
