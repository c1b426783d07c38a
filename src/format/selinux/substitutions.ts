import { readPolicyLines } from './policy-lines.ts';

/** A line of `file_contexts.subs`: paths at or below `from` are labelled as if they were below `to`. */
export interface Substitution {
  readonly from: string;
  readonly to: string;
}

/** Reads a file of substitutions; a line with one word says nothing. */
export function readSubstitutions(bytes: Uint8Array, name: string): Substitution[] {
  return readPolicyLines(bytes, name).flatMap(({ words: [from = '', to] }) => (to === undefined ? [] : [{ from, to }]));
}

/** The path by the last substitution that it lies below, as in libselinux; undefined where there is none. */
export function substitute(substitutions: readonly Substitution[], path: string): string | undefined {
  const found = substitutions.findLast(({ from }) => isAtOrBelow(path, from));
  if (found === undefined) return undefined;
  const rest = path.slice(found.from.length);
  return found.to === '/' && rest !== '' ? rest : `${found.to}${rest}`;
}

function isAtOrBelow(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false;
  return path.length === directory.length || path[directory.length] === '/';
}
