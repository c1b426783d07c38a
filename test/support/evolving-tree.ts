import { dir, file, symlink } from './tree.ts';
import type { Directory, Entry } from './tree.ts';
import { noise } from './nasty-tree.ts';

/** Two trees between which every kind of thing becomes every other kind, and much stays. `privileged` wants root. */
export interface EvolvingTrees {
  readonly before: Directory;
  readonly after: Directory;
}

const KINDS: Readonly<Record<string, (side: string) => Entry>> = {
  file: (side) => file(`a file, ${side}\n`),
  empty: () => file(''),
  executable: (side) => file(`#!/bin/sh\n# ${side}\n`, { mode: 0o755 }),
  link: (side) => symlink(`to/${side}`),
  'directory-link': () => symlink('../stays'),
  directory: (side) => dir({ inside: file(`inside, ${side}\n`), same: file('same\n'), [`only-${side}`]: file(side), deeper: dir({ [side]: file(side), deepest: dir({ x: file('x') }) }) }),
  'empty-directory': () => dir({}),
};

export function evolvingTrees(options: { readonly privileged?: boolean } = {}): EvolvingTrees {
  return { before: tree('before', options), after: tree('after', options) };
}

function tree(side: 'before' | 'after', { privileged = true }: { readonly privileged?: boolean }): Directory {
  const isAfter = side === 'after';
  return dir(
    {
      kinds: dir(transitions(isAfter)),
      appears: dir(isAfter ? { fresh: file('fresh\n'), 'new-dir': dir({ a: dir({ b: dir({ c: file('c\n') }) }) }, { mode: 0o711 }) } : {}),
      vanishes: dir(isAfter ? {} : { old: file('old\n'), 'old-dir': dir({ a: dir({ b: dir({ c: file('c\n') }), z: file('z') }) }, { mode: 0o500 }) }),
      stays: dir({ a: file('a\n'), d: dir({ b: file('b\n') }) }, { mode: 0o750 }),
      'deep-change': dir({ stays: file('s\n'), x: dir({ y: dir({ z: file(side) }) }) }),
      modes: dir({ same: file('x\n', { mode: isAfter ? 0o600 : 0o644 }), sealed: dir({ f: file(side) }, { mode: 0o555 }) }, { mode: isAfter ? 0o1777 : 0o755 }),
      'only-the-mode': dir({ inside: file('i\n') }, { mode: isAfter ? 0o700 : 0o2775 }),
      big: file(noise(isAfter ? 1_500_000 : 700_000)),
      unreadable: file(side, { mode: 0 }),
      ...(privileged ? { privileged: dir(privilegedEntries(side), { uid: isAfter ? 12 : 13 }) } : {}),
    },
    { mode: isAfter ? 0o755 : 0o711 },
  );
}

function transitions(isAfter: boolean): Record<string, Entry> {
  const pairs = Object.entries(KINDS).flatMap(([from, makeBefore]) =>
    Object.entries(KINDS).map(([to, makeAfter]): [string, Entry] => [`${from}-to-${to}`, isAfter ? makeAfter('after') : makeBefore('before')]),
  );
  return Object.fromEntries(pairs);
}

function privilegedEntries(side: 'before' | 'after'): Record<string, Entry> {
  const isAfter = side === 'after';
  return {
    owner: file('o\n', { uid: isAfter ? 5 : 6, gid: 7 }),
    setuid: file('s\n', { mode: isAfter ? 0o4755 : 0o755 }),
    link: symlink('owner', { uid: isAfter ? 8 : 9 }),
    attribute: file('x\n', { xattrs: { 'user.side': side } }),
    'loses-attribute': file('y\n', isAfter ? {} : { xattrs: { 'user.gone': '1' } }),
    directory: dir({ f: file('f\n') }, { xattrs: isAfter ? { 'user.both': 'after', 'user.new': '1' } : { 'user.both': 'before', 'user.gone': '1', 'trusted.gone': '2' } }),
  };
}
