import { describe, expect, it } from 'vitest';
import { parseRelativePath } from '../../../../src/base/relative-path.ts';
import { CommitModifier, isCommittable } from '../../../../src/ops/commit/modifier.ts';
import type { ModifierOptions } from '../../../../src/ops/commit/modifier.ts';

const usr = parseRelativePath('usr');
const apply = (options: ModifierOptions, mode: number, name = 'su') =>
  new CommitModifier(options).apply(usr, name, { uid: 1000, gid: 1001, mode });

describe('CommitModifier', () => {
  it.each<[string, ModifierOptions, number, number]>([
    ['leaves all as it is', {}, 0o104755, 0o104755],
    ['masks files canonically', { canonicalPermissions: true }, 0o107777, 0o100755],
    ['masks directories canonically', { canonicalPermissions: true }, 0o042777, 0o040755],
    ['leaves symlinks alone', { canonicalPermissions: true }, 0o120777, 0o120777],
    ['takes write bits off executables', { readOnlyExecutables: true }, 0o100775, 0o100555],
    ['keeps write bits of plain files', { readOnlyExecutables: true }, 0o100664, 0o100664],
    ['adds bits by path', { modeAdditions: new Map([['/usr/su', 0o4000]]) }, 0o100755, 0o104755],
    ['sets bits by path', { modeOverrides: new Map([['/usr/su', 0o600]]) }, 0o104755, 0o100600],
    ['touches no other path', { modeOverrides: new Map([['/usr/xx', 0o600]]) }, 0o104755, 0o104755],
  ])('%s', (_, options, mode, expected) => expect(apply(options, mode).mode).toBe(expected));

  it('sets owners, and root ones canonically', () => {
    expect(apply({ ownerUid: 5 }, 0o100644)).toMatchObject({ uid: 5, gid: 1001 });
    expect(apply({ canonicalPermissions: true }, 0o100644)).toMatchObject({ uid: 0, gid: 0 });
  });

  it('names the root / and a directory by its own path', () => {
    const modifier = new CommitModifier({ modeAdditions: new Map([['/', 0o1000], ['/usr', 0o2000]]) });
    const modeOf = (path: string): number => modifier.apply(parseRelativePath(path), '', { uid: 0, gid: 0, mode: 0o40755 }).mode;
    expect([modeOf(''), modeOf('usr'), modeOf('etc')]).toEqual([0o41755, 0o42755, 0o40755]);
  });

  it('tells which rules met nothing', () => {
    const modifier = new CommitModifier({ skip: new Set(['/usr/su', '/nope']) });
    expect([modifier.skips(usr, 'su'), modifier.skips(usr, 'other')]).toEqual([true, false]);
    expect(() => modifier.assertAllMatched()).toThrow('Unmatched skip-list paths');
    const additions = new CommitModifier({ modeAdditions: new Map([['/nope', 1]]) });
    expect(() => additions.assertAllMatched()).toThrow('Unmatched statoverride paths');
  });

  it('commits files, symlinks and directories only', () => {
    const modes = [0o100644, 0o120777, 0o40755, 0o10644, 0o20644, 0o60644, 0o140755];
    expect(modes.map(isCommittable)).toEqual([true, true, true, false, false, false, false]);
  });
});
