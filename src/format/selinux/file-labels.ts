import { S_IFMT } from '../../base/unix-mode.ts';
import type { LabelSpec } from './label-spec.ts';
import { LabelPattern } from './label-pattern.ts';
import { substitute } from './substitutions.ts';
import type { Substitution } from './substitutions.ts';

/** What the files of a policy say of labels, in the order in which libselinux reads them. */
export interface LabelRules {
  /** `file_contexts`, `file_contexts.homedirs`, `file_contexts.local`. */
  readonly specs: readonly LabelSpec[];
  /** `file_contexts.subs`. */
  readonly substitutions: readonly Substitution[];
  /** `file_contexts.subs_dist`: applied to what the others made. */
  readonly distributionSubstitutions: readonly Substitution[];
}

/** Which SELinux label a file gets, by its path and its type: what libselinux's `selabel_lookup_raw` answers. */
export class FileLabels {
  readonly #rules: LabelRules;
  /** The one that decides comes first: of those that match the last one, and exact ones before all others. */
  readonly #ordered: readonly LabelPattern[];
  /** What can match below a stem, made when the first path is below it. */
  readonly #byStem = new Map<string, readonly LabelPattern[]>();

  constructor(rules: LabelRules) {
    this.#rules = rules;
    const { specs } = rules;
    const sorted = [...specs.filter(({ isExact }) => !isExact), ...specs.filter(({ isExact }) => isExact)];
    this.#ordered = sorted.toReversed().map((spec) => new LabelPattern(spec));
  }

  /**
   * The label of a file at the absolute path, of whose mode the type counts; undefined where it gets none. Throws
   * FORMAT_INVALID when an expression that has to be asked is broken or not supported.
   */
  labelOf(path: string, mode: number): string | undefined {
    const key = this.#substituted(normalise(Buffer.from(path).toString('latin1')));
    const slash = key.indexOf('/', 1);
    const stem = slash < 0 ? '' : key.slice(0, slash);
    const type = mode & S_IFMT;
    const found = this.#candidates(stem).find((pattern) => pattern.isFor(type) && pattern.matches(key));
    return found?.context;
  }

  #substituted(path: string): string {
    const local = substitute(this.#rules.substitutions, path) ?? path;
    return substitute(this.#rules.distributionSubstitutions, local) ?? local;
  }

  #candidates(stem: string): readonly LabelPattern[] {
    const known = this.#byStem.get(stem);
    if (known !== undefined) return known;
    const made = this.#ordered.filter((pattern) => pattern.stem === undefined || pattern.stem === stem);
    this.#byStem.set(stem, made);
    return made;
  }
}

/** Without repeated slashes, and without one at the end. */
function normalise(path: string): string {
  const single = path.replaceAll(/\/{2,}/g, '/');
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single;
}
