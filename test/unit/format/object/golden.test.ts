import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseChecksum } from '../../../../src/base/checksum.ts';
import { readCommit, writeCommit } from '../../../../src/format/object/commit.ts';
import type { Commit } from '../../../../src/format/object/commit.ts';
import { readDirmeta, writeDirmeta } from '../../../../src/format/object/dirmeta.ts';
import { readDirtree, writeDirtree } from '../../../../src/format/object/dirtree.ts';
import type { DirtreeDirectory, DirtreeFile } from '../../../../src/format/object/dirtree.ts';
import { hashPrefix, readFilezHeader, writeFileHeader, writeFilezHeader } from '../../../../src/format/object/file-header.ts';
import type { FileHeader } from '../../../../src/format/object/file-header.ts';
import { writeXattrs } from '../../../../src/format/object/xattrs.ts';
import { compareBytesByContent } from '../bytes-equal.ts';

compareBytesByContent();

// Every checksum and byte here was made by ostree 2022.7: commit -b main -s subject -m body --timestamp=@1700000000
// of a tree owned by root with hello, zero, é, link, empty/ and usr/bin/x.

const sha256 = (...parts: Uint8Array[]): string => createHash('sha256').update(Buffer.concat(parts)).digest('hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const raw = (digits: string): Buffer => Buffer.from(digits.replace(/[\s|]/g, ''), 'hex');
const NONE = new Uint8Array(0);

const regular = (mode: number, xattrs: Uint8Array = NONE): FileHeader => ({
  uid: 0,
  gid: 0,
  mode: 0o100000 | mode,
  rdev: 0,
  symlinkTarget: '',
  xattrs,
});
const link: FileHeader = { uid: 0, gid: 0, mode: 0o120777, rdev: 0, symlinkTarget: 'hello', xattrs: NONE };

const SUM = {
  dirmeta: '446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488',
  hello: '81381808c56d4f3d643ec12f6a18fcf2993af8daba7c2a1b2cbfc315b39424c6',
  zero: 'cc700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e',
  link: '73baaba0102e9154b8522687d33eedb8ed1bc78eadb82428b2616144ec502934',
  accent: 'b49afd39a0d8e530ffe343995bbbca60300949154973250e6a32d48f10e48bdd',
  x: '60599fdf7cf9cb8925354cd74476b5ded7850eca9b6a120998125a578b6a4d4c',
  empty: '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  bin: 'cfea3c956043a29374ff6d5cf831309040b8a53e2bca06d7672cf9cdcada97ba',
  usr: 'b2f20debbf0b5fe290928130f704b411c374bf81e3a98a734342e2164a26993f',
  root: 'a4c5c87d444a2f7774d54db10363580559bdcd1e36675a7bd0d92c779f46246c',
  commit: '60bf1b4ddd188504c445af826a793ee0fea756cfee059c833578bd46d6e531c4',
  withXattrs: 'b1c6988db8207246c58691e6abaa0a34312364b5693a25709d0138ce08ba55d8',
};

const file = (name: string, checksum: string): DirtreeFile => ({ name, checksum: raw(checksum) });
const directory = (name: string, tree: string): DirtreeDirectory => ({ name, tree: raw(tree), meta: raw(SUM.dirmeta) });

const TREES: [keyof typeof SUM, DirtreeFile[], DirtreeDirectory[]][] = [
  ['empty', [], []],
  ['bin', [file('x', SUM.x)], []],
  ['usr', [], [directory('bin', SUM.bin)]],
  [
    'root',
    [file('hello', SUM.hello), file('link', SUM.link), file('zero', SUM.zero), file('é', SUM.accent)],
    [directory('empty', SUM.empty), directory('usr', SUM.usr)],
  ],
];

const XATTRS = writeXattrs([
  { name: 'user.zz', value: Buffer.from('1') },
  { name: 'user.aa', value: Buffer.from('22') },
]);

const COMMIT_HEX = `6f73747265652e7265662d62696e64696e670000000000006d61696e000500617313227375626a65
637400626f647900000000006553f100a4c5c87d444a2f7774d54db10363580559bdcd1e36675a7b
d0d92c779f46246c446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488
58302b232323`;

const COMMIT: Commit = {
  metadata: [['ostree.ref-binding', { type: 'as', value: ['main'] }]],
  related: [],
  subject: 'subject',
  body: 'body',
  timestampSeconds: 1_700_000_000n,
  rootTree: parseChecksum(SUM.root),
  rootMeta: parseChecksum(SUM.dirmeta),
};

describe('the golden tree of ostree 2022.7', () => {
  it('has the directory metadata of a directory owned by root', () => {
    const bytes = writeDirmeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: NONE });
    expect(hex(bytes)).toBe('0000000000000000000041ed');
    expect(sha256(bytes)).toBe(SUM.dirmeta);
    expect(readDirmeta(bytes)).toMatchObject({ uid: 0, gid: 0, mode: 0o40755 });
  });

  it.each<[keyof typeof SUM, FileHeader, string]>([
    ['hello', regular(0o644), 'hello world\n'],
    ['zero', regular(0o644), ''],
    ['accent', regular(0o644), 'é'],
    ['x', regular(0o755), '#!/bin/sh\n'],
    ['link', link, ''],
    ['withXattrs', regular(0o644, XATTRS), 'hi\n'],
  ])('has the content object %s', (name, header, content) => {
    expect(sha256(hashPrefix(header), Buffer.from(content))).toBe(SUM[name]);
  });

  it.each(TREES)('has the dirtree %s', (name, files, directories) => {
    const bytes = writeDirtree(files, directories);
    expect(sha256(bytes)).toBe(SUM[name]);
    expect(readDirtree(bytes)).toEqual({ files, directories });
  });

  it('frames dirtrees as ostree does', () => {
    expect(hex(writeDirtree([], []))).toBe('00');
    const usr = writeDirtree([], [directory('bin', SUM.bin)]);
    expect([usr.length, hex(usr.subarray(-4))]).toEqual([72, '24044600']);
    expect(writeDirtree(TREES[3]![1], TREES[3]![2]).length).toBe(301);
  });

  it('has the commit, byte for byte', () => {
    const bytes = writeCommit(COMMIT);
    expect(hex(bytes)).toBe(hex(raw(COMMIT_HEX)));
    expect(sha256(bytes)).toBe(SUM.commit);
    expect(readCommit(bytes)).toEqual(COMMIT);
  });

  it('writes file headers, byte for byte', () => {
    expect(hex(writeFileHeader(regular(0o644)))).toBe('0000000000000000000081a4000000000011');
    expect(hex(writeFileHeader(regular(0o644, XATTRS)))).toBe(
      hex(raw('0000000000000000000081a40000000000 757365722e6161003232 08 757365722e7a7a0031 08 0b15 11')),
    );
  });

  it('writes what stands before the deflate stream, byte for byte', () => {
    expect(hex(writeFilezHeader(regular(0o644), 12))).toBe(
      hex(raw('0000001a00000000 000000000000000c 00000000 00000000 000081a4 00000000 00 19')),
    );
    expect(hex(writeFilezHeader(link, 0))).toBe(
      hex(raw('0000001f00000000 0000000000000000 00000000 00000000 0000a1ff 00000000 68656c6c6f00 1e')),
    );
  });

  it('reads what stands before the deflate stream', () => {
    const filez = raw(
      '0000001a 00000000 | 000000000000000c 00000000 00000000 000081a4 00000000 00 19 | cb48cdc9c95728cf2fca49e10200',
    );
    expect(readFilezHeader(filez)).toEqual({ header: regular(0o644), sizeBytes: 12, headerBytes: 34 });
    expect(readFilezHeader(writeFilezHeader(link, 0)).header).toEqual(link);
  });
});
