import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../base/unix-mode.ts';
import { sleepSync } from '../base/sleep.ts';
import { STAT, STAT_FIELDS } from '../engine/engine.ts';

const FORMAT = '%d %y %m %U %G %s %D %i %n %T@ %C@ %f\\0';

const TYPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ f: S_IFREG, d: S_IFDIR, l: S_IFLNK, p: S_IFIFO, c: S_IFCHR, b: S_IFBLK, s: S_IFSOCK }).map(
    ([letter, type]) => [letter.charCodeAt(0), type],
  ),
);
const [BLANK, ZERO] = [32, 48];
/** `find` writes ten digits of a second's fraction, the last of them a zero. */
const NANO_DIGITS = 9;

/** No entry is as long as that. */
const MOST_ENTRY_BYTES = 8192;

/**
 * `find` writes 4 KiB at a time. To be woken for each costs more than what is in it, so the thread sleeps while more comes: a
 * quarter less of its time goes into reading (bench `recommit`).
 */
const FEW_BYTES = 16 * 1024;
const SHORT_SLEEP_MILLISECONDS = 2;

/** Told how deep below the root an entry lies (0 is the root itself), its name and STAT_FIELDS; the array is used again. */
export type OnEntry = (depth: number, name: string, stats: Float64Array) => void;

/**
 * Lists `root` and all below it by the program `find` of GNU findutils, which does so in a process of its own and several times as
 * fast as node:fs. A directory comes before what is in it, names in any order; no symlink is followed. False where the program is
 * absent, is another one or has failed somewhere: what has been told is not all then. `rest` is awaited between parts.
 */
export async function findEntries(root: string, onEntry: OnEntry, rest: () => Promise<void>): Promise<boolean> {
  const { spawn } = await import('node:child_process');
  const find = spawn('find', ['.', '-printf', FORMAT], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const isWhole = new Promise<boolean>((resolve) => {
    find.once('error', () => resolve(false));
    find.once('close', (status) => resolve(status === 0));
  });
  const reader = new EntryReader(onEntry);
  let hasEnded = false;
  try {
    for await (const chunk of (find.stdout ?? []) as AsyncIterable<Buffer>) {
      reader.push(chunk);
      if (!reader.isUnderstood) return false;
      if (chunk.length < FEW_BYTES) sleepSync(SHORT_SLEEP_MILLISECONDS);
      await rest();
    }
    hasEnded = true;
  } finally {
    if (!hasEnded) find.kill(); // one that has said all is about to exit by itself
  }
  return (await isWhole) && reader.isAtEnd;
}

/** Cuts the output into entries. */
class EntryReader {
  readonly #onEntry: OnEntry;
  readonly #stats = new Float64Array(STAT_FIELDS);
  /** The beginning of an entry whose end is still to come. */
  #begun: Buffer = Buffer.alloc(0);
  #text = '';
  #at = 0;
  #isUnderstood = true;

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry;
  }

  /** Whether all that came were entries. */
  get isUnderstood(): boolean {
    return this.#isUnderstood;
  }

  get isAtEnd(): boolean {
    return this.#begun.length === 0;
  }

  push(chunk: Buffer): void {
    const bytes = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    const end = bytes.lastIndexOf(0) + 1;
    this.#begun = bytes.subarray(end);
    this.#text = bytes.toString('utf8', 0, end);
    this.#at = 0;
    while (this.#at < this.#text.length && this.#isUnderstood) this.#entry();
    this.#isUnderstood &&= this.#begun.length < MOST_ENTRY_BYTES;
  }

  #entry(): void {
    const stats = this.#stats;
    const depth = this.#number();
    const type = this.#type();
    stats[STAT.mode] = (type ?? 0) + this.#number(8);
    stats[STAT.uid] = this.#number();
    stats[STAT.gid] = this.#number();
    stats[STAT.size] = this.#number();
    stats[STAT.device] = this.#number();
    this.#inode();
    stats[STAT.links] = this.#number();
    this.#time(STAT.mtimeSeconds);
    this.#time(STAT.ctimeSeconds);
    const name = this.#name();
    this.#isUnderstood = type !== undefined && depth >= 0;
    if (this.#isUnderstood) this.#onEntry(depth, name, stats);
  }

  /** Digits up to a blank. */
  #number(base = 10): number {
    let value = 0;
    for (let code = this.#next(); code > BLANK; code = this.#next()) value = value * base + code - ZERO;
    return value;
  }

  #next(): number {
    return this.#text.charCodeAt(this.#at++);
  }

  #type(): number | undefined {
    const type = TYPES.get(this.#next());
    this.#at += 1;
    return type;
  }

  #inode(): void {
    const start = this.#at;
    const short = this.#number();
    if (Number.isSafeInteger(short)) return this.#putInode(Math.floor(short / 2 ** 32), short >>> 0);
    const digits = this.#text.slice(start, this.#at - 1);
    const long = /^\d+$/.test(digits) ? BigInt(digits) : 0n;
    return this.#putInode(Number(long >> 32n), Number(long & 0xffff_ffffn));
  }

  #putInode(high: number, low: number): void {
    this.#stats[STAT.inodeHigh] = high;
    this.#stats[STAT.inodeLow] = low;
  }

  /** Seconds, the locale's decimal point, ten digits. A time before 1970 comes out as another one. */
  #time(field: number): void {
    this.#stats[field] = this.#digits(Number.POSITIVE_INFINITY);
    this.#at += 1;
    this.#stats[field + 1] = this.#digits(NANO_DIGITS);
    this.#number();
  }

  #digits(most: number): number {
    let value = 0;
    for (const end = this.#at + most; this.#at < end; this.#at++) {
      const digit = this.#text.charCodeAt(this.#at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    return value;
  }

  #name(): string {
    const start = this.#at;
    const end = this.#text.indexOf('\0', start);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return this.#text.slice(start, this.#at - 1);
  }
}
