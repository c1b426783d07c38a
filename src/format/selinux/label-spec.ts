import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../../base/unix-mode.ts';
import { invalidLine, readPolicyLines } from './policy-lines.ts';
import type { PolicyLine } from './policy-lines.ts';

/**
 * One line of `file_contexts`: `PATTERN [TYPE] CONTEXT`. The pattern is an expression of PCRE2 for the whole path, the
 * type `--` `-d` `-l` `-c` `-b` `-p` or `-s`.
 */
export interface LabelSpec {
  /** The first directory (`/usr`) where the pattern names it plainly: paths below another one do not match. */
  readonly stem: string | undefined;
  /** What follows the stem. */
  readonly pattern: string;
  /** Type bits of the files that it is for; 0 for all. */
  readonly type: number;
  /** Undefined for `<<none>>`: such files get no label. */
  readonly context: string | undefined;
  /** Whether the pattern has no meta characters: it then goes before all that have. */
  readonly isExact: boolean;
}

const TYPES: ReadonlyMap<string, number> = new Map([
  ['--', S_IFREG],
  ['-d', S_IFDIR],
  ['-l', S_IFLNK],
  ['-c', S_IFCHR],
  ['-b', S_IFBLK],
  ['-p', S_IFIFO],
  ['-s', S_IFSOCK],
]);
const NONE = '<<none>>';
const META = /[.^$?*+|[({]/;

/** Reads a file of contexts; throws FORMAT_INVALID for a line that lacks a word or has an unknown type. */
export function readLabelSpecs(bytes: Uint8Array, name: string): LabelSpec[] {
  return readPolicyLines(bytes, name).map((line) => readLabelSpec(line, name));
}

function readLabelSpec({ words, number }: PolicyLine, name: string): LabelSpec {
  const [pattern = '', second, third] = words;
  const [type, context] = third === undefined ? [undefined, second] : [second, third];
  if (context === undefined) throw invalidLine(name, number, 'it is missing fields');
  const typeBits = type === undefined ? 0 : TYPES.get(type);
  if (typeBits === undefined) throw invalidLine(name, number, `it has the invalid file type ${String(type)}`);
  const stem = stemOf(pattern);
  return {
    stem,
    pattern: pattern.slice(stem?.length ?? 0),
    type: typeBits,
    context: context === NONE ? undefined : context,
    isExact: !hasMeta(pattern),
  };
}

/** As libselinux finds it: what lies before the second slash, unless that has meta characters. */
function stemOf(pattern: string): string | undefined {
  const slash = pattern.indexOf('/', 1);
  if (slash < 0) return undefined;
  const stem = pattern.slice(0, slash);
  return META.test(stem) ? undefined : stem;
}

function hasMeta(pattern: string): boolean {
  return META.test(pattern.replaceAll(/\\./gs, ''));
}
