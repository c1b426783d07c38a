import type { ContentKind } from './content.ts';
import { Random } from './random.ts';

/** What a generated tree looks like. The same spec gives the same tree, byte for byte. */
export interface CorpusSpec {
  readonly name: string;
  readonly seed: number;
  /** Regular files, exactly. */
  readonly files: number;
  /** Sizes are log-normal around the median and cut to the bounds; sigma 0 makes all of them equal. */
  readonly medianBytes: number;
  readonly sigma: number;
  readonly maximumBytes: number;
  readonly filesPerDirectory: number;
  /** Share of the files whose content repeats an earlier one. */
  readonly duplicateShare: number;
  /** Symlinks per regular file. */
  readonly symlinkShare: number;
}

export interface PlannedDirectory {
  readonly type: 'directory';
  readonly path: string;
}

export interface PlannedFile {
  readonly type: 'file';
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly kind: ContentKind;
  readonly contentSeed: number;
}

export interface PlannedSymlink {
  readonly type: 'symlink';
  readonly path: string;
  readonly target: string;
}

export type PlannedEntry = PlannedDirectory | PlannedFile | PlannedSymlink;

const MAXIMUM_DEPTH = 12;
const REMEMBERED_FILES = 4096;
const DIRECTORY_WORDS = ['bin', 'share', 'lib', 'doc', 'locale', 'python3', 'modules', 'include', 'icons', 'données'] as const;
const FILE_WORDS = ['readme', 'index', 'libcore', 'main', 'test', 'config', 'module', 'icône', 'table', 'strings'] as const;
/** Extension, kind and share of executables, as often as they stand here. */
const FILE_KINDS = [
  ['.py', 'text', 0.05],
  ['.h', 'text', 0],
  ['.html', 'text', 0],
  ['.conf', 'text', 0],
  ['.so', 'binary', 0.3],
  ['', 'binary', 0.9],
  ['.mo', 'binary', 0],
  ['.png', 'noise', 0],
  ['.gz', 'noise', 0],
] as const;

/** Walks the planned tree, parents before children. Memory grows with the directories only. */
export function* planCorpus(spec: CorpusSpec): Generator<PlannedEntry> {
  const random = new Random(spec.seed);
  const directories = [''];
  const remembered: PlannedFile[] = [];
  for (let left = spec.files; left > 0; ) {
    const directory = planDirectory(random, directories);
    yield { type: 'directory', path: directory };
    const count = Math.min(left, 1 + random.below(2 * spec.filesPerDirectory - 1));
    for (let i = 0; i < count; i++) yield* planFile(spec, random, `${directory}/${i}-`, remembered);
    left -= count;
  }
}

function planDirectory(random: Random, directories: string[]): string {
  let parent = directories[random.below(directories.length)] ?? '';
  if (parent.split('/').length >= MAXIMUM_DEPTH) parent = '';
  const path = `${parent === '' ? '' : `${parent}/`}${random.pick(DIRECTORY_WORDS)}-${directories.length}`;
  directories.push(path);
  return path;
}

function* planFile(spec: CorpusSpec, random: Random, prefix: string, remembered: PlannedFile[]): Generator<PlannedEntry> {
  const [extension, kind, executables] = random.pick(FILE_KINDS);
  const path = `${prefix}${random.pick(FILE_WORDS)}${extension}`;
  const mode = random.chance(executables) ? 0o755 : 0o644;
  const twin = random.chance(spec.duplicateShare) ? remembered[random.below(remembered.length)] : undefined;
  const file: PlannedFile = twin
    ? { ...twin, path }
    : { type: 'file', path, mode, kind, sizeBytes: planSize(spec, random), contentSeed: random.next32() };
  remembered[random.below(REMEMBERED_FILES) % (remembered.length + 1)] = file;
  yield file;
  if (random.chance(spec.symlinkShare)) yield planSymlink(random, path);
}

function planSize(spec: CorpusSpec, random: Random): number {
  return Math.min(spec.maximumBytes, Math.round(random.logNormal(spec.medianBytes, spec.sigma)));
}

/** A link to the file beside it, or to somewhere outside the tree. */
function planSymlink(random: Random, path: string): PlannedSymlink {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { type: 'symlink', path: `${path}.link`, target: random.chance(0.8) ? name : `/etc/alternatives/${name}` };
}
