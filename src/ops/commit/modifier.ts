import { CoppiceError } from '../../base/errors.ts';
import { isDirectory, isRegular, isSymlink, PERMISSION_BITS, S_IFMT } from '../../base/unix-mode.ts';
import type { RelativePath } from '../../base/relative-path.ts';
import type { CommitRule } from '../../engine/engine.ts';
import { applyUniform } from '../../engine/uniform-modifier.ts';
import type { Attributes, UniformModifier } from '../../engine/uniform-modifier.ts';
import { replaceXattrs } from '../../format/object/xattrs.ts';
import type { FileLabels } from '../../format/selinux/file-labels.ts';
import { LabelXattrs } from '../../format/selinux/label-xattrs.ts';

/** Changes to what the walk finds, as libostree's commit modifier and the filter of `ostree commit` make them. */
export interface ModifierOptions {
  readonly ownerUid?: number | undefined;
  readonly ownerGid?: number | undefined;
  /** uid and gid 0, permissions masked with 0755, no xattrs. */
  readonly canonicalPermissions?: boolean | undefined;
  /** Takes the write bits off every executable file. */
  readonly readOnlyExecutables?: boolean | undefined;
  readonly noXattrs?: boolean | undefined;
  /** Permission bits to add, by absolute path in the tree (`/usr/bin/su`). */
  readonly modeAdditions?: ReadonlyMap<string, number> | undefined;
  /** Permission bits to set, by absolute path in the tree. */
  readonly modeOverrides?: ReadonlyMap<string, number> | undefined;
  /** Absolute paths in the tree to leave out. */
  readonly skip?: ReadonlySet<string> | undefined;
}

const NO_XATTRS = new Uint8Array(0);

export class CommitModifier {
  readonly #options: ModifierOptions;
  readonly #unmatchedSkips: Set<string>;
  readonly #unmatchedAdditions: Set<string>;
  readonly #labels: LabelXattrs | undefined;
  /** Whether rules name single paths, or the SELinux policy does. */
  readonly usesPaths: boolean;
  /** What changes every file and directory alike; the whole of it unless `usesPaths`. */
  readonly uniform: UniformModifier;

  /** `labels` are those of the SELinux policy, which every file gets. */
  constructor(options: ModifierOptions, labels?: FileLabels) {
    this.#options = options;
    this.#unmatchedSkips = new Set(options.skip);
    this.#unmatchedAdditions = new Set(options.modeAdditions?.keys());
    const { ownerUid, ownerGid, canonicalPermissions = false, readOnlyExecutables = false } = options;
    this.uniform = { ownerUid, ownerGid, canonicalPermissions, readOnlyExecutables };
    this.#labels = labels === undefined ? undefined : new LabelXattrs(labels);
    const hasRules = [options.skip, options.modeAdditions, options.modeOverrides].some((rules) => (rules?.size ?? 0) > 0);
    this.usesPaths = hasRules || labels !== undefined;
  }

  /** Whether xattrs of the source go into the commit. */
  get keepsXattrs(): boolean {
    return this.#options.noXattrs !== true && this.#options.canonicalPermissions !== true;
  }

  /** Whether anything but xattrs would be changed. */
  get isIdentity(): boolean {
    const { ownerUid, ownerGid, canonicalPermissions, readOnlyExecutables } = this.#options;
    return ownerUid === undefined && ownerGid === undefined && canonicalPermissions !== true
      && readOnlyExecutables !== true && !this.usesPaths;
  }

  /** Whether nothing at all is left to commit. */
  get skipsRoot(): boolean {
    return this.#options.skip?.has('/') === true;
  }

  /** Whether a policy labels every entry. */
  get hasLabels(): boolean {
    return this.#labels !== undefined;
  }

  /** The rules that name single paths. */
  get rules(): CommitRule[] {
    const { skip, modeAdditions, modeOverrides } = this.#options;
    const paths = new Set([...(skip ?? []), ...(modeAdditions?.keys() ?? []), ...(modeOverrides?.keys() ?? [])]);
    return [...paths].map((path) => ({ path, skip: skip?.has(path) === true, add: modeAdditions?.get(path), set: modeOverrides?.get(path) }));
  }

  /** Remembers that the engine has found what these rules are about. */
  meetAll(paths: readonly string[]): void {
    for (const path of paths) {
      this.#unmatchedSkips.delete(path);
      this.#unmatchedAdditions.delete(path);
    }
  }

  /** True when the skip list names the path, for the first entry that has it: as in `ostree` each rule works once. */
  skips(parent: RelativePath, name: string): boolean {
    if (this.#unmatchedSkips.size === 0) return false;
    const path = absolutePath(parent, name);
    if (!this.#unmatchedSkips.delete(path)) return false;
    this.#unmatchedAdditions.delete(path); // as in ostree: a rule for a skipped path has met it
    return true;
  }

  /** Remembers that the path is in the tree: for rules about files whose attributes need not be computed. */
  meets(parent: RelativePath, name: string): void {
    if (this.#unmatchedAdditions.size > 0) this.#unmatchedAdditions.delete(absolutePath(parent, name));
  }

  /** The attributes that are hashed and stored, of an entry of `parent` or, with an empty name, of `parent` itself. */
  apply(parent: RelativePath, name: string, found: Attributes): Attributes {
    if (!this.usesPaths) return applyUniform(this.uniform, found);
    return applyUniform(this.uniform, found, (mode) => this.#applyStatOverride(absolutePath(parent, name), mode));
  }

  /**
   * The attributes of a directory that is walked. `ostree` asks its rules twice of each below the root, and throws away
   * the first answer: bits that are to be added to such a directory are lost.
   */
  applyToDirectory(path: RelativePath, found: Attributes): Attributes {
    if (path !== '') this.meets(path, '');
    return this.apply(path, '', found);
  }

  /** Bits are added once, to the first entry that has the path; they are set wherever it comes again. */
  #applyStatOverride(path: string, mode: number): number {
    // as in ostree: bits to set do not count beside bits to add
    if (this.#unmatchedAdditions.delete(path)) return mode | (this.#options.modeAdditions?.get(path) ?? 0);
    const override = this.#options.modeOverrides?.get(path);
    return override === undefined ? mode : (mode & S_IFMT) | (override & PERMISSION_BITS);
  }

  /** The xattrs that an entry gets besides those it has, or in their place: its SELinux label. Serialised. */
  addedXattrs(parent: RelativePath, name: string, mode: number): Uint8Array {
    return this.#labels?.of(absolutePath(parent, name), mode) ?? NO_XATTRS;
  }

  /** The xattrs that are hashed and stored, of those found. */
  xattrs(parent: RelativePath, name: string, { mode, xattrs }: { readonly mode: number; readonly xattrs: Uint8Array }): Uint8Array {
    return replaceXattrs(this.keepsXattrs ? xattrs : NO_XATTRS, this.addedXattrs(parent, name, mode));
  }

  /**
   * Throws PATH_NOT_FOUND when rules name paths that the tree does not have; `facts.details` lists them. Like
   * `ostree commit` it does not ask that of permissions that are set (`=`), only of those added and of the skip list.
   */
  assertAllMatched(): void {
    assertEmpty(this.#unmatchedAdditions, 'statoverride');
    assertEmpty(this.#unmatchedSkips, 'skip-list');
  }
}

function assertEmpty(unmatched: ReadonlySet<string>, rules: string): void {
  if (unmatched.size === 0) return;
  const details = [...unmatched].map((path) => `Unmatched ${rules} path: ${path}`).join('\n');
  throw new CoppiceError('PATH_NOT_FOUND', `Unmatched ${rules} paths`, { facts: { details } });
}

/** The path as rules spell it; an empty name stands for the directory itself. */
function absolutePath(parent: RelativePath, name: string): string {
  return `/${[parent, name].filter((part) => part !== '').join('/')}`;
}

/** Whether a tree may hold a file of this mode. */
export function isCommittable(mode: number): boolean {
  return isRegular(mode) || isSymlink(mode) || isDirectory(mode);
}
