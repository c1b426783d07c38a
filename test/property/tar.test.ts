import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCoppiceError } from '../../src/base/errors.ts';
import { TarReader } from '../../src/format/tar/tar-reader.ts';
import { paddingOf, writeEnd, writeEntryHeader } from '../../src/format/tar/tar-writer.ts';
import type { WrittenEntry } from '../../src/format/tar/tar-writer.ts';

/** All that an archive tells, or the code of the error that it ends in. */
function readAll(bytes: Uint8Array, pieceBytes: number): string[] {
  const told: string[] = [];
  const reader = new TarReader();
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      for (const event of reader.push(bytes.subarray(at, at + pieceBytes))) {
        if (event.kind === 'entry') told.push(`${event.entry.kind} ${event.entry.path.toString()} ${event.entry.linkPath.toString()} ${event.entry.mode} ${event.entry.uid} ${event.entry.sizeBytes}`);
        if (event.kind === 'data') told.push(...[...event.bytes].map((byte, index) => `${event.offset + index}:${byte}`));
      }
    }
    reader.end();
  } catch (error) {
    if (!isCoppiceError(error, 'FORMAT_INVALID')) throw error;
    told.push(error.message);
  }
  return told;
}

const name = fc.stringMatching(/^[a-zé]{1,150}$/);
const entry: fc.Arbitrary<readonly [Omit<WrittenEntry, 'sizeBytes'>, Uint8Array]> = fc.tuple(
  fc.record({
    kind: fc.constantFrom('file', 'symlink'),
    path: name,
    target: name,
    mode: fc.nat(0o7777),
    uid: fc.nat(0xffff_ffff),
    gid: fc.nat(0xffff_ffff),
    mtimeSeconds: fc.bigInt({ min: 0n, max: 1n << 40n }),
  }),
  fc.uint8Array({ maxLength: 1500 }),
);

function archiveOf(entries: readonly (readonly [Omit<WrittenEntry, 'sizeBytes'>, Uint8Array])[]): Buffer {
  const parts = entries.flatMap(([header, content]) => {
    if (header.kind === 'symlink') return [writeEntryHeader({ ...header, sizeBytes: 0 })];
    return [writeEntryHeader({ ...header, target: '', sizeBytes: content.length }), content, paddingOf(content.length)];
  });
  const bytes = Buffer.concat(parts);
  return Buffer.concat([bytes, writeEnd(bytes.length, true)]);
}

describe('the tar reader', () => {
  it('ends arbitrary bytes in entries or in a typed error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => void readAll(bytes, 1000)));
  });

  it('ends a damaged archive in entries or in a typed error', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), damage, (entries, changes) => {
        const bytes = archiveOf(entries);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readAll(bytes, 700);
      }),
    );
  });

  it('reads what the writer wrote, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 1, max: 2000 }), (entries, pieceBytes) => {
        const bytes = archiveOf(entries);
        const expected = entries.flatMap(([{ kind, path, target, mode, uid }, content]) =>
          kind === 'symlink'
            ? [`symlink ${path} ${target} ${mode} ${uid} 0`]
            : [`file ${path}  ${mode} ${uid} ${content.length}`, ...[...content].map((byte, index) => `${index}:${byte}`)],
        );
        expect(readAll(bytes, pieceBytes)).toEqual(expected);
        expect(bytes.length % 10240).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
