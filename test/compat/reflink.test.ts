import { beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { LoopDisk, needsLoop } from '../support/loop-disk.ts';
import { noise } from '../support/nasty-tree.ts';
import { coppice, ostree, run, runWords, succeed, succeedWords, withWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import type { Requirement } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';

const filefrag: Requirement = { name: 'filefrag', isMet: () => runWords(['filefrag', '-V']).status === 0, remedy: 'install e2fsprogs' };
/** Below and above the size from which js lets the kernel copy. */
const SIZES = { page: 4096, odd: 20_001, large: 3_000_000 };

for (const kind of ['btrfs', 'xfs'] as const) {
  describeWith([needs.referee, needs.root, filefrag, needsLoop(kind)], `copies on ${kind}`, () => {
    const scratch = new Scratch(`reflink-${kind}`);
    let repo = '';
    let room = '';

    beforeAll(() => {
      room = new LoopDisk(scratch, kind).path;
      repo = join(room, 'repo');
      succeed(ostree, ['init', `--repo=${repo}`, '--mode=bare']);
      for (const [index, ref] of ['one', 'two'].entries()) {
        writeTree(join(room, ref), dir(Object.fromEntries(Object.entries(SIZES).map(([name, bytes]) => [name, file(noise(bytes, bytes + index))]))));
        succeed(ostree, ['commit', `--repo=${repo}`, '-b', ref, join(room, ref)]);
      }
      succeedWords(['sync', '-f', room]);
    });

    /** The files of which every extent is shared with another file. */
    const shared = (directory: string): readonly string[] => {
      succeedWords(['sync', '-f', room]);
      return Object.keys(SIZES).filter((name) => {
        const extents = succeedWords(['filefrag', '-v', join(directory, name)]).split('\n').filter((line) => /^ +\d+:/.test(line));
        return extents.length > 0 && extents.every((line) => /\bshared\b/.test(line));
      });
    };

    describe.each(['native', 'wasm', 'js'])('by engine %s', (engine) => {
      const program = withWords(coppice, `--engine=${engine}`);

      it('share their blocks with the objects, after an update too', () => {
        const destination = join(room, `co-${engine}`);
        for (const [ref, words] of [['one', ['-U', '-C']], ['two', ['--update']]] as const) {
          const result = run(program, ['checkout', `--repo=${repo}`, ...words, ref, destination]);
          expect(result).toMatchObject({ status: 0, stderr: '' });
          expect(shared(destination)).toEqual(Object.keys(SIZES));
          expect(runWords(['diff', '-r', join(room, ref), destination])).toMatchObject({ status: 0, stdout: '' });
        }
      });
    });

    it('are told from copies that share nothing', () => {
      const plain = join(room, 'plain');
      succeedWords(['cp', '-r', '--reflink=never', join(room, 'one'), plain]);
      expect(shared(plain)).toEqual([]);
    });
  });
}
