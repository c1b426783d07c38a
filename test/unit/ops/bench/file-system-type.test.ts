import { describe, expect, it } from 'vitest';
import { mountedType } from '../../../../src/ops/bench/file-system-type.ts';

const TABLE = [
  '22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw',
  '23 22 0:21 / /dev/shm rw shared:2 - tmpfs tmpfs rw',
  '24 22 8:1 / /srv rw - ext4 /dev/sda1 rw',
  '25 24 8:2 / /srv/a\\040b rw shared:9 master:3 - btrfs /dev/sdb rw',
  '26 22 8:3 / /srv rw - xfs /dev/sdc rw',
  '',
].join('\n');

describe('the kind of file system', () => {
  it.each([
    ['/home', 'overlay'],
    ['/dev/shm', 'tmpfs'],
    ['/dev/shm/x', 'tmpfs'],
    ['/dev/shmem', 'overlay'],
    ['/srv/x', 'xfs'],
    ['/srv/a b/c', 'btrfs'],
  ])('of %s is %s', (path, type) => {
    expect(mountedType(TABLE, path)).toBe(type);
  });

  it('is unknown without a table', () => {
    expect(mountedType('', '/')).toBe('unknown');
  });
});
