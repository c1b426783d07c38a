/**
 * The order in which libostree writes an `a{sv}` that it gathers in a GVariantDict: that of GLib's hash table.
 *
 * Readers must not care, but a file that is signed, cached and compared should have one form whoever writes it. The
 * table probes in steps of 1, 2, 3 … from `hash * 11 % prime`, where the prime is the largest below its size; it starts
 * with 8 places and is laid out anew when it is full but for a sixteenth.
 */

/** The largest prime below each power of two, from 2⁰ on; GLib takes 1 and 2 for the first two. */
const PRIMES = [
  1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
  2097143, 4194301, 8388593, 16777213, 33554393, 67108859, 134217689, 268435399, 536870909, 1073741789, 2147483647,
] as const;
const MIN_SHIFT = 3;
const HASH_SEED = 5381;
const HASH_FACTOR = 33;
const INDEX_FACTOR = 11;
const GROWTH = 1.333;
/** Hashes 0 and 1 mark empty places. */
const RESERVED_HASHES = 2;

type Pair<T> = readonly [key: string, value: T];

interface Node<T> {
  readonly hash: number;
  pair: Pair<T>;
}

/** The entries as they stand in such a dictionary when they are put in one after the other; a later value of a key wins. */
export function dictOrder<T>(entries: Iterable<Pair<T>>): Pair<T>[] {
  const table = new HashTable<T>();
  for (const pair of entries) table.insert(pair);
  return table.pairs();
}

class HashTable<T> {
  #shift = MIN_SHIFT;
  #places: (Node<T> | undefined)[] = emptyPlaces(MIN_SHIFT);
  #count = 0;

  insert(pair: Pair<T>): void {
    const hash = hashOf(pair[0]);
    const at = this.#find((node) => node === undefined || node.pair[0] === pair[0], hash);
    const found = this.#places[at];
    if (found !== undefined) {
      found.pair = pair;
      return;
    }
    this.#places[at] = { hash, pair };
    this.#count += 1;
    if (this.#places.length <= this.#count + Math.floor(this.#count / 16)) this.#grow();
  }

  pairs(): Pair<T>[] {
    return this.#places.flatMap((node) => (node === undefined ? [] : [node.pair]));
  }

  #find(fits: (node: Node<T> | undefined, at: number) => boolean, hash: number): number {
    let at = Math.imul(hash, INDEX_FACTOR) >>> 0;
    at %= PRIMES[this.#shift] ?? 1;
    for (let step = 1; !fits(this.#places[at], at); step++) at = (at + step) & (this.#places.length - 1);
    return at;
  }

  /** Works in place: a node that is in the way of one that has found its place is moved on at once. */
  #grow(): void {
    const oldSize = this.#places.length;
    this.#shift = shiftFor(Math.trunc(this.#count * GROWTH));
    this.#places.length = 2 ** this.#shift;
    this.#places.fill(undefined, oldSize);
    const settled = new Set<number>();
    for (let from = 0; from < oldSize; from++) {
      if (!settled.has(from)) this.#settle(from, settled);
    }
  }

  #settle(from: number, settled: Set<number>): void {
    let node = this.#places[from];
    this.#places[from] = undefined;
    while (node !== undefined) {
      const at = this.#find((_node, place) => !settled.has(place), node.hash);
      settled.add(at);
      const displaced: Node<T> | undefined = this.#places[at];
      this.#places[at] = node;
      node = displaced;
    }
  }
}

function emptyPlaces<T>(shift: number): (Node<T> | undefined)[] {
  return Array.from({ length: 2 ** shift }, () => undefined);
}

/** The number of bits that the size has, at least three. */
function shiftFor(size: number): number {
  return Math.max(32 - Math.clz32(size), MIN_SHIFT);
}

/** g_str_hash: over the bytes as signed numbers. */
function hashOf(key: string): number {
  let hash = HASH_SEED;
  for (const byte of Buffer.from(key)) hash = (Math.imul(hash, HASH_FACTOR) + ((byte << 24) >> 24)) >>> 0;
  return hash < RESERVED_HASHES ? RESERVED_HASHES : hash;
}
