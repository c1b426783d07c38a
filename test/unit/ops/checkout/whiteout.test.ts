import { describe, expect, it } from 'vitest';
import { deviceName, sortWhiteouts } from '../../../../src/ops/checkout/whiteout.ts';
import { linkPolicy } from '../../../../src/ops/checkout/link-policy.ts';

const files = (...names: string[]) => names.map((name) => ({ name, checksum: new Uint8Array(32) }));
const regular = (): boolean => true;
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('sortWhiteouts', () => {
  it('leaves everything a file unless asked', () => {
    const sorted = sortWhiteouts(files('.wh.a', '.ostree-wh.b', 'c'), { whiteouts: false, passthrough: false }, regular);
    expect([names(sorted.files), sorted.removals, sorted.opaque]).toEqual([['.wh.a', '.ostree-wh.b', 'c'], [], false]);
  });

  it('tells removals, opaque directories and devices from files', () => {
    const sorted = sortWhiteouts(files('.wh..wh..opq', '.wh.a', '.ostree-wh.b', 'c'), { whiteouts: true, passthrough: true }, regular);
    expect([sorted.opaque, sorted.removals, names(sorted.devices), names(sorted.files)]).toEqual([
      true, ['a'], ['.ostree-wh.b'], ['c'],
    ]);
    expect(deviceName('.ostree-wh.b')).toBe('b');
  });

  it('takes a symlink of such a name for a symlink', () => {
    const sorted = sortWhiteouts(files('.wh.a', '.ostree-wh.b'), { whiteouts: true, passthrough: true }, () => false);
    expect([sorted.removals, sorted.devices, names(sorted.files)]).toEqual([[], [], ['.wh.a', '.ostree-wh.b']]);
  });

  it.each(['.ostree-wh.', '.ostree-wh...'])('refuses a device named %j', (name) => {
    expect(() => deviceName(name)).toThrow(/Invalid empty overlayfs whiteout/);
  });

  it.each(['.wh.', '.wh..', '.wh...'])('refuses %j', (name) => {
    expect(() => sortWhiteouts(files(name), { whiteouts: true, passthrough: false }, regular)).toThrow(/Invalid empty whiteout/);
  });
});

describe('linkPolicy', () => {
  const wish = { userMode: false, requireHardlinks: false, forceCopy: false };

  it('links where the inode shows what the checkout shows', () => {
    expect(linkPolicy('bare', wish)).toBe('try');
    expect(linkPolicy('bare', { ...wish, userMode: true })).toBe('never');
    expect(linkPolicy('bare-user', wish)).toBe('never');
    expect(linkPolicy('bare-user', { ...wish, userMode: true, requireHardlinks: true })).toBe('require');
    expect(linkPolicy('bare-user-only', wish)).toBe('try');
    expect(linkPolicy('archive', { ...wish, userMode: true })).toBe('never');
    expect(linkPolicy('bare', { ...wish, forceCopy: true })).toBe('never');
  });

  it('refuses -H where modes do not allow it, in the words of ostree', () => {
    expect(() => linkPolicy('bare', { ...wish, userMode: true, requireHardlinks: true })).toThrow(
      'Bare repository mode cannot hardlink in user checkout mode',
    );
    expect(() => linkPolicy('bare-user', { ...wish, requireHardlinks: true })).toThrow(
      'User repository mode requires user checkout mode to hardlink',
    );
  });
});
