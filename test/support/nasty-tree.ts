import { dir, file, hardlink, sparse, symlink } from './tree.ts';
import type { Directory, Entry } from './tree.ts';

export interface NastyOptions {
  /** Attributes that only root may give: foreign owners, trusted.* and security.*. Default: whether we are root. */
  readonly asRoot?: boolean;
  /** Extended attributes at all. Default true. */
  readonly xattrs?: boolean;
  /** Length of the sparse file. Default COPPICE_SPARSE_MB or 300 MB. */
  readonly sparseBytes?: number;
  /** Files in the crowded directory. Default 10,000. */
  readonly crowd?: number;
}

const MEGABYTE = 1_000_000;
const MAX_UID = 2 ** 32 - 2;
/** cap_net_raw+ep, as the kernel stores it (revision 2). */
export const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

function defaultSparseBytes(): number {
  return Number(process.env['COPPICE_SPARSE_MB'] ?? '300') * MEGABYTE;
}

/** Everything that a tree may hold and a careless program gets wrong. */
export function nastyTree(options: NastyOptions = {}): Directory {
  const asRoot = options.asRoot ?? process.getuid?.() === 0;
  return dir({
    empty: dir({ directory: dir(), file: file() }),
    names: dir(nastyNames()),
    modes: dir(nastyModes()),
    times: dir(nastyTimes()),
    sizes: dir(nastySizes(options.sparseBytes ?? defaultSparseBytes())),
    links: dir(nastyLinks()),
    deep: deep(100),
    crowd: dir(crowd(options.crowd ?? 10_000)),
    ...(asRoot ? { owners: dir(nastyOwners()) } : {}),
    ...(options.xattrs === false ? {} : { xattrs: dir(nastyXattrs(asRoot)) }),
  });
}

function nastyNames(): Record<string, Entry> {
  const sorting = ['Z', 'a', 'a-b', 'a.b', 'aa', '\uffee', '\u{10000}', '\ue000', '\u{1f333}', 'é', 'e\u0301', '\u00df'];
  const quoting = ['new\nline', "quote'", 'double"quote', 'back\\slash', ' space ', '-dash', '--repo=x', '\t', '\u007f', '*', '$HOME', '..x', '.hidden', '~'];
  const long = ['n'.repeat(255), 'é'.repeat(127) + 'x'];
  const files = [...sorting, ...quoting, ...long].map((name, index): [string, Entry] => [name, file(`name ${index}\n`)]);
  const directories = ['\uffef', '\u{10001}', 'd'.repeat(255), 'dir\nline', 'prefix', 'prefix-a', 'prefix.a', 'prefix0'].map(
    (name): [string, Entry] => [name, dir({ inside: file(name) })],
  );
  return Object.fromEntries([...files, ...directories]);
}

function nastyModes(): Record<string, Entry> {
  const modes = [0, 0o1, 0o111, 0o200, 0o400, 0o444, 0o555, 0o600, 0o640, 0o644, 0o664, 0o666, 0o755, 0o775, 0o777, 0o1644, 0o2755, 0o4755, 0o6755, 0o7777];
  const directoryModes = [0, 0o500, 0o700, 0o711, 0o750, 0o775, 0o777, 0o1777, 0o2755, 0o3777, 0o4755, 0o7777];
  return Object.fromEntries([
    ...modes.map((mode): [string, Entry] => [`file-${mode.toString(8)}`, file(`mode ${mode}\n`, { mode })]),
    ...modes.map((mode): [string, Entry] => [`empty-${mode.toString(8)}`, file('', { mode })]),
    ...directoryModes.map((mode): [string, Entry] => [`dir-${mode.toString(8)}`, dir({ inside: file('x') }, { mode })]),
  ]);
}

function nastyTimes(): Record<string, Entry> {
  const times = { epoch: 0, 'before-1970': -1_000_000_000, '1970-minus-1': -1, 'after-2038': 2 ** 31 + 5, 'year-2200': 7_258_118_400 };
  const files = Object.entries(times).map(([name, mtimeSeconds]): [string, Entry] => [name, file(name, { mtimeSeconds })]);
  return { ...Object.fromEntries(files), 'old-dir': dir({ x: file('x') }, { mtimeSeconds: -77 }), 'old-link': symlink('epoch', { mtimeSeconds: -78 }) };
}

/** Lengths around every buffer boundary that matters, and one that is mostly a hole. */
function nastySizes(sparseBytes: number): Record<string, Entry> {
  const lengths = [1, 2, 54, 55, 56, 63, 64, 65, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, 1_048_575, 1_048_576, 1_048_577, 3_000_000];
  const files = lengths.map((length): [string, Entry] => [`bytes-${length}`, file(noise(length))]);
  return { ...Object.fromEntries(files), sparse: sparse('start', sparseBytes), 'compressible': file('abc'.repeat(200_000)) };
}

/** Bytes that hardly compress and are the same in every run. */
export function noise(length: number, seed = length): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

function nastyLinks(): Record<string, Entry> {
  return {
    first: file('shared inode\n', { mode: 0o640 }),
    second: hardlink('links/first'),
    elsewhere: dir({ third: hardlink('links/first') }),
    'same-content': file('shared inode\n', { mode: 0o640 }),
    dangling: symlink('does/not/exist'),
    absolute: symlink('/etc/passwd'),
    loop: symlink('loop'),
    'to-directory': symlink('elsewhere'),
    parent: symlink('../../..'),
    unicode: symlink('\u{1f333}/é'),
    long: symlink('t/'.repeat(1000)),
  };
}

function deep(levels: number): Directory {
  let inner = dir({ bottom: file('deep\n'), link: symlink('bottom') });
  for (let level = 1; level < levels; level += 1) inner = dir({ [`l${level}`]: inner });
  return inner;
}

function crowd(count: number): Record<string, Entry> {
  const files = Array.from({ length: count }, (_, index): [string, Entry] => [`f${index}`, file(index % 100 === 0 ? '' : `${index % 7000}\n`)]);
  return Object.fromEntries(files);
}

function nastyOwners(): Record<string, Entry> {
  const owners = [1, 65_534, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, MAX_UID];
  const files = owners.map((uid): [string, Entry] => [`uid-${uid}`, file('owned\n', { uid, gid: MAX_UID - uid })]);
  return {
    ...Object.fromEntries(files),
    'setuid-owned': file('s', { uid: 1000, gid: 1000, mode: 0o6755 }),
    directory: dir({ x: file('x') }, { uid: MAX_UID, gid: 7, mode: 0o2770 }),
    link: symlink('uid-1', { uid: 12, gid: MAX_UID }),
  };
}

function nastyXattrs(asRoot: boolean): Record<string, Entry> {
  return {
    one: file('x', { xattrs: { 'user.one': '1' } }),
    many: file('x', { xattrs: { 'user.z': 'last', 'user.a': 'first', 'user.A': 'capital', 'user.é': 'name', 'user.a.b': 'dots' } }),
    'empty-value': file('x', { xattrs: { 'user.empty': '', 'user.full': '1' } }),
    binary: file('x', { xattrs: { 'user.binary': Buffer.from([0, 255, 10, 0, 39]) } }),
    long: file('x', { xattrs: { 'user.long': 'v'.repeat(3000), [`user.${'n'.repeat(250)}`]: '1' } }),
    'on-empty-file': file('', { xattrs: { 'user.on': 'empty' } }),
    'on-directory': dir({ inside: file('x') }, { xattrs: { 'user.directory': 'yes', 'user.another': '' } }),
    'same-bytes-other-xattr': file('x', { xattrs: { 'user.one': '2' } }),
    ...(asRoot ? privilegedXattrs() : {}),
  };
}

function privilegedXattrs(): Record<string, Entry> {
  return {
    capability: file('#!/bin/true\n', { mode: 0o755, xattrs: { 'security.capability': CAPABILITY } }),
    'setuid-capability': file('x', { mode: 0o4755, uid: 3, xattrs: { 'security.capability': CAPABILITY, 'user.more': 'x' } }),
    trusted: file('x', { xattrs: { 'trusted.file': 't' } }),
    'trusted-link': symlink('trusted', { xattrs: { 'trusted.link': 'on a symlink' }, uid: 5 }),
    'trusted-directory': dir({}, { xattrs: { 'trusted.directory': 't' } }),
    'security-other': file('x', { xattrs: { 'security.coppice': 'label' } }),
  };
}
