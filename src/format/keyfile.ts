import { escapeList, escapeString, unescapeList, unescapeString } from './keyfile-escapes.ts';
import { isGroupName, isKeyName, keyfileError, parseKeyfileLines } from './keyfile-lines.ts';
import type { KeyfileLine, PairLine } from './keyfile-lines.ts';

/** Reads the text of a `config`, a `.conf` or an `.origin` (GLib's GKeyFile); throws FORMAT_INVALID with GLib's words. */
export function parseKeyfile(text: string): Keyfile {
  return new Keyfile(parseKeyfileLines(text), text === '' || text.endsWith('\n'));
}

/**
 * Groups of keys and values, in order. Changing one key leaves every other line as it is, comments and unknown groups
 * included. Groups of one name are one group; of equal keys in a group the last one counts.
 */
export class Keyfile {
  readonly #lines: KeyfileLine[];
  #endsInNewline: boolean;

  constructor(lines: readonly KeyfileLine[] = [], endsInNewline = true) {
    this.#lines = [...lines];
    this.#endsInNewline = endsInNewline;
  }

  /** The whole file; unchanged, it is the text that was parsed. */
  serialise(): string {
    const text = this.#lines.map((line) => line.text).join('\n');
    return text === '' && this.#lines.length === 0 ? '' : text + (this.#endsInNewline ? '\n' : '');
  }

  /** Names of all groups, each once. */
  groups(): string[] {
    return [...new Set(this.#lines.filter((line) => line.kind === 'group').map((line) => line.group))];
  }

  hasGroup(group: string): boolean {
    return this.#lines.some((line) => line.kind === 'group' && line.group === group);
  }

  /** Keys of a group, each once; none when there is no such group. */
  keys(group: string): string[] {
    return [...new Set(this.#lines.flatMap((line) => (line.kind === 'pair' && line.group === group ? [line.key] : [])))];
  }

  /** The value as it is written, escapes and all; undefined when there is no such key. */
  get(group: string, key: string): string | undefined {
    return this.#find(group, key)?.value;
  }

  /** The value with its escapes resolved; FORMAT_INVALID for an unknown escape. */
  getString(group: string, key: string): string | undefined {
    return this.#read(group, key, unescapeString);
  }

  /** The items of a `;`-separated list. */
  getList(group: string, key: string): string[] | undefined {
    return this.#read(group, key, unescapeList);
  }

  /** `true`, `1`, `false` or `0`; FORMAT_INVALID for anything else. */
  getBoolean(group: string, key: string): boolean | undefined {
    return this.#read(group, key, readBoolean);
  }

  /** A decimal integer; FORMAT_INVALID for anything else or beyond 2^53. */
  getInteger(group: string, key: string): number | undefined {
    return this.#read(group, key, readInteger);
  }

  /** Sets a value as it shall be written; new keys go behind the group's last one, new groups to the end. */
  set(group: string, key: string, value: string): void {
    if (/[\n\r\0]/.test(value)) throw keyfileError(`Invalid value for key ${key}: it contains a line break`);
    const known = this.#find(group, key);
    const line: PairLine = { kind: 'pair', group, key, value, text: `${key}=${value}` };
    if (known === undefined) this.#add(line);
    else if (known.value !== value) this.#lines[this.#lines.indexOf(known)] = line;
  }

  setString(group: string, key: string, value: string): void {
    this.set(group, key, escapeString(value));
  }

  setList(group: string, key: string, items: readonly string[]): void {
    this.set(group, key, escapeList(items));
  }

  /** Removes a key; false when there was none. */
  unset(group: string, key: string): boolean {
    return this.#remove((line) => line.kind === 'pair' && line.group === group && line.key === key);
  }

  /** Removes a group with all that is in it; false when there was none. */
  removeGroup(group: string): boolean {
    const wasLast = this.#lines.at(-1)?.group === group;
    if (!this.#remove((line) => line.group === group && line.group !== '')) return false;
    if (wasLast) this.#dropBlankEnd();
    return true;
  }

  #dropBlankEnd(): void {
    while (this.#lines.at(-1)?.text.trim() === '') this.#lines.pop();
  }

  #find(group: string, key: string): PairLine | undefined {
    return this.#lines.findLast(
      (line): line is PairLine => line.kind === 'pair' && line.group === group && line.key === key,
    );
  }

  #read<T>(group: string, key: string, parse: (value: string) => T | undefined): T | undefined {
    const raw = this.get(group, key);
    if (raw === undefined) return undefined;
    const value = parse(raw);
    if (value !== undefined) return value;
    const reason = `Key file contains key “${key}” in group “${group}” which has a value that cannot be interpreted.`;
    throw keyfileError(reason, { group, key, value: raw });
  }

  #remove(matches: (line: KeyfileLine) => boolean): boolean {
    const kept = this.#lines.filter((line) => !matches(line));
    if (kept.length === this.#lines.length) return false;
    this.#lines.splice(0, this.#lines.length, ...kept);
    return true;
  }

  #add(line: PairLine): void {
    if (!isKeyName(line.key)) throw keyfileError(`Invalid key name: ${line.key}`);
    this.#endsInNewline = true;
    const last = this.#lines.findLastIndex((other) => other.group === line.group && other.kind !== 'other');
    if (last < 0) this.#addGroup(line.group);
    this.#lines.splice(last < 0 ? this.#lines.length : last + 1, 0, line);
  }

  #addGroup(group: string): void {
    if (!isGroupName(group)) throw keyfileError(`Invalid group name: ${group}`);
    const last = this.#lines.at(-1);
    if (last !== undefined && last.text.trim() !== '') this.#lines.push({ kind: 'other', group: last.group, text: '' });
    this.#lines.push({ kind: 'group', group, text: `[${group}]` });
  }
}

function readBoolean(value: string): boolean | undefined {
  const word = value.trimEnd();
  if (word === 'true' || word === '1') return true;
  return word === 'false' || word === '0' ? false : undefined;
}

function readInteger(value: string): number | undefined {
  const number = /^[+-]?\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
