import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archivePrefix, hashPrefix, readArchiveHeader } from '../../../src/engine/header.ts';
import type { ContentHeader } from '../../../src/engine/header.ts';
import { hashPrefix as formatHashPrefix, readFilezHeader, writeFilezHeader } from '../../../src/format/object/file-header.ts';
import { writeXattrs } from '../../../src/format/object/xattrs.ts';

const xattrs = fc
  .uniqueArray(fc.record({ name: fc.stringMatching(/^user\.[a-z]{1,20}$/), value: fc.uint8Array({ maxLength: 300 }) }), { selector: ({ name }) => name, maxLength: 5 })
  .map((list) => writeXattrs(list));
const target = fc.string({ minLength: 1, maxLength: 400, unit: 'grapheme' }).filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
const id = fc.integer({ min: 0, max: 0xffff_ffff });
const header: fc.Arbitrary<ContentHeader> = fc.oneof(
  fc.record({ uid: id, gid: id, mode: fc.integer({ min: 0o100000, max: 0o107777 }), symlinkTarget: fc.constant(''), xattrs }),
  fc.record({ uid: id, gid: id, mode: fc.constant(0o120777), symlinkTarget: target, xattrs }),
);

const FILE: ContentHeader = { uid: 0, gid: 0, mode: 0o100644, symlinkTarget: '', xattrs: new Uint8Array(0) };

describe('the header of the engines', () => {
  it('is the one of format/ to the byte', () => {
    fc.assert(
      fc.property(header, fc.maxSafeNat(), (one, size) => {
        const sizeBytes = one.symlinkTarget === '' ? size : 0;
        expect(Buffer.compare(hashPrefix(one), formatHashPrefix({ ...one, rdev: 0 }))).toBe(0);
        expect(Buffer.compare(archivePrefix(one, sizeBytes), writeFilezHeader({ ...one, rdev: 0 }, sizeBytes))).toBe(0);
      }),
    );
  });

  it('reads what it wrote, and what follows is left alone', () => {
    fc.assert(
      fc.property(header, fc.uint8Array(), (one, rest) => {
        const sizeBytes = one.symlinkTarget === '' ? 77 : 0;
        const bytes = Buffer.concat([archivePrefix(one, sizeBytes), rest]);
        const read = readArchiveHeader(bytes);
        expect({ ...read.header, xattrs: [...read.header.xattrs] }).toEqual({ ...one, xattrs: [...one.xattrs] });
        expect([read.sizeBytes, read.headerBytes]).toEqual([sizeBytes, bytes.length - rest.length]);
        expect(readFilezHeader(bytes).headerBytes).toBe(read.headerBytes);
      }),
    );
  });

  it('chooses the width of its offset as GVariant does', () => {
    for (const length of [230, 231, 232, 233, 65_510, 65_511, 65_512, 65_513]) {
      const one = { ...FILE, mode: 0o120777, symlinkTarget: 'x'.repeat(length) };
      expect(Buffer.compare(hashPrefix(one), formatHashPrefix({ ...one, rdev: 0 })), `${length}`).toBe(0);
      expect(readArchiveHeader(archivePrefix(one, 0)).header.symlinkTarget.length).toBe(length);
    }
  });

  it('throws FORMAT_INVALID, and nothing else, for whatever was damaged', () => {
    fc.assert(
      fc.property(header, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, where, flip) => {
        const bytes = archivePrefix(one, 0);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        try {
          readArchiveHeader(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FORMAT_INVALID' });
        }
      }),
    );
    for (const length of [0, 7, 8, 20, 30]) {
      expect(() => readArchiveHeader(archivePrefix(FILE, 3).subarray(0, length))).toThrowError(expect.objectContaining({ code: 'FORMAT_INVALID' }));
    }
  });
});
