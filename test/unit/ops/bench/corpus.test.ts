import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ContentKind, ContentSource, PIECE_BYTES } from '../../../../src/ops/bench/corpus/content.ts';
import { CORPORA } from '../../../../bench/support/corpora.ts';
import { type CorpusSpec, planCorpus, type PlannedFile } from '../../../../src/ops/bench/corpus/corpus-plan.ts';
import { treeDigest } from '../../../../src/ops/bench/verbs/tree-digest.ts';
import { changeFiles, countTree, regularFiles, writeCorpus } from '../../../../src/ops/bench/corpus/write-corpus.ts';

const LITTLE: CorpusSpec = { ...CORPORA.small, files: 120 };

function plannedFiles(spec: CorpusSpec): PlannedFile[] {
  return [...planCorpus(spec)].filter((entry) => entry.type === 'file');
}

const contents = new ContentSource(1);

function contentOf(kind: ContentKind, seed: number, sizeBytes: number): Buffer {
  return Buffer.concat([...contents.pieces(kind, seed, sizeBytes)].map((piece) => Buffer.from(piece)));
}

describe('the plan of a corpus', () => {
  it('is the same for the same seed and another for another', () => {
    expect([...planCorpus(LITTLE)]).toEqual([...planCorpus(LITTLE)]);
    expect([...planCorpus({ ...LITTLE, seed: 99 })]).not.toEqual([...planCorpus(LITTLE)]);
  });

  it('names parents before children and nothing twice', () => {
    const seen = new Set(['']);
    for (const { path } of planCorpus(CORPORA.small)) {
      expect(seen.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))))).toBe(true);
      expect(seen.has(path)).toBe(false);
      seen.add(path);
    }
  });

  it.each(Object.values(CORPORA).filter(({ name }) => name !== 'many'))('has exactly the files of $name', (spec) => {
    expect(plannedFiles(spec)).toHaveLength(spec.files);
  });

  it('makes the mix as large as the promise of the table', () => {
    const files = plannedFiles(CORPORA.mix);
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const distinct = new Set(files.map(({ contentSeed }) => contentSeed)).size;
    expect(files.length).toBeGreaterThanOrEqual(40_000);
    expect(bytes).toBeGreaterThanOrEqual(500e6);
    expect(bytes).toBeLessThan(900e6);
    expect(distinct / files.length).toBeLessThan(0.93);
  });

  it('makes eight files of 512 MiB for the largest', () => {
    expect(plannedFiles(CORPORA.huge).map(({ sizeBytes }) => sizeBytes)).toEqual(Array.from({ length: 8 }, () => 512 << 20));
  });
});

describe('generated contents', () => {
  it.each([0, 1, 7, 8, 15, 16, 17, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1])('have %i bytes when asked to', (size) => {
    expect(contentOf('text', 5, size)).toHaveLength(size);
  });

  it('keep their bytes from one version to the next', () => {
    const digest = createHash('sha256');
    for (const kind of ['text', 'binary', 'noise'] as const) digest.update(contentOf(kind, 7, PIECE_BYTES + 100));
    expect(digest.digest('hex')).toBe('34be002e633a80477fc0550a12c074a8fd2ca389e786b4ef31e8dab11b89f1f8');
  });

  it.each([
    ['text', 0.2, 0.45],
    ['binary', 0.35, 0.65],
    ['noise', 0.99, 1.01],
  ] as const)('of kind %s deflate to between %f and %f', (kind, least, most) => {
    const bytes = contentOf(kind, 3, 300_000);
    const ratio = deflateRawSync(bytes, { level: 6 }).length / bytes.length;
    expect(ratio).toBeGreaterThan(least);
    expect(ratio).toBeLessThan(most);
  });

  it('differ from seed to seed', () => {
    const digests = [1, 2, 3, 4].map((seed) => createHash('sha256').update(contentOf('binary', seed, 64)).digest('hex'));
    expect(new Set(digests).size).toBe(4);
  });
});

describe('a written corpus', () => {
  let room = '';
  beforeEach(() => {
    room = mkdtempSync(join(tmpdir(), 'coppice-corpus-'));
  });
  afterEach(() => rmSync(room, { recursive: true }));

  it('is what was planned', () => {
    const totals = writeCorpus(LITTLE, join(room, 'tree'));
    const files = plannedFiles(LITTLE);
    expect(totals.files).toBe(files.length);
    expect(totals.bytes).toBe(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(totals).toEqual(countTree(join(room, 'tree')));
  });

  it('is the same wherever it is written, times apart', () => {
    const digests = ['a', 'b'].map((name) => {
      writeCorpus({ ...LITTLE, files: 20 }, join(room, name));
      return [...regularFiles(join(room, name))].toSorted().map((path) => readFileSync(join(room, name, path)).toString('hex'));
    });
    expect(digests[0]).toEqual(digests[1]);
  });

  it('changes where a round says so, and nowhere else', () => {
    const root = join(room, 'tree');
    writeCorpus(LITTLE, root);
    const paths = [...regularFiles(root)].toSorted();
    const before = new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
    const changed = changeFiles(root, paths, 0.1, 1);
    const different = paths.filter((path) => !readFileSync(join(root, path)).equals(before.get(path) ?? Buffer.alloc(0)));
    expect(different.filter((path) => !changed.includes(path))).toEqual([]);
    expect(changed.length).toBeGreaterThan(3);
    expect(different.length).toBeGreaterThan(changed.length - 3);
    expect(countTree(root).bytes).toBe([...before.values()].reduce((sum, { length }) => sum + length, 0));
  });

  it('has a digest that sees a changed byte and a changed mode', () => {
    const root = join(room, 'tree');
    writeCorpus({ ...LITTLE, files: 20 }, root);
    const digest = treeDigest(root);
    expect(treeDigest(root)).toBe(digest);
    changeFiles(root, [...regularFiles(root)], 1, 3);
    expect(treeDigest(root)).not.toBe(digest);
  });
});
