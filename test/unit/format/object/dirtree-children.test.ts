import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../../../src/base/errors.ts';
import { visitDirtreeChildren } from '../../../../src/format/object/dirtree-children.ts';
import { readDirtree, writeDirtree } from '../../../../src/format/object/dirtree.ts';

const sum = fc.uint8Array({ minLength: 32, maxLength: 32 });
const sizes = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 200 }));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function children(bytes: Uint8Array, start: number, end: number): string[] {
  const found: string[] = [];
  visitDirtreeChildren(bytes, start, end, {
    file: (source, at) => found.push(`file ${hex(source.subarray(at, at + 32))}`),
    directory: (source, at) => found.push(`directory ${hex(source.subarray(at, at + 64))}`),
  });
  return found;
}

function written([files, directories, nameLength]: readonly [number, number, number], [one, two]: readonly [Uint8Array, Uint8Array]): Uint8Array {
  const name = (kind: string, index: number): string => `${kind}${String(index).padStart(4, '0')}${'n'.repeat(nameLength)}`;
  return writeDirtree(
    Array.from({ length: files }, (_, index) => ({ name: name('f', index), checksum: one })),
    Array.from({ length: directories }, (_, index) => ({ name: name('d', index), tree: one, meta: two })),
  );
}

describe('the children of a dirtree', () => {
  it('are those that the full reader finds, wherever the object lies in its buffer', () => {
    fc.assert(
      fc.property(sizes, fc.tuple(sum, sum), fc.integer({ min: 0, max: 9 }), (shape, sums, offset) => {
        const bytes = written(shape, sums);
        const { files, directories } = readDirtree(bytes);
        const expected = [...files.map(({ checksum }) => `file ${hex(checksum)}`), ...directories.map(({ tree, meta }) => `directory ${hex(tree)}${hex(meta)}`)];
        const buffer = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(5, 0xff)]);
        expect(children(buffer, offset, offset + bytes.length)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('of broken bytes are refused, or found as the full reader does: never outside of the object', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 9 })), fc.tuple(sum, sum), flips, (shape, sums, changes) => {
        const bytes = Uint8Array.from(written(shape, sums));
        for (const [at, change] of changes) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
        try {
          for (const child of children(bytes, 0, bytes.length)) expect(child.length).toBeGreaterThan(64);
        } catch (error) {
          expect(isCoppiceError(error, 'FORMAT_INVALID')).toBe(true);
          expect(() => readDirtree(bytes)).toThrowError(expect.objectContaining({ code: 'FORMAT_INVALID' }));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of nothing are refused', () => {
    expect(() => children(new Uint8Array(0), 0, 0)).toThrowError(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});
