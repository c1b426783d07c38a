import { expect, it, describe } from 'vitest';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { REPO_MODES } from '../../../src/format/object/repo-mode.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import { ostree, run, succeed } from '../../support/program.ts';
import { Scratch } from '../../support/scratch.ts';
import { describeWithReferee, errorLine } from './referee.ts';

const scratch = new Scratch('create-repo');

/** Every path below with its mode and, of files, the content. */
function facts(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const stat = statSync(`${path}/${name}`);
      const content = stat.isFile() ? readFileSync(`${path}/${name}`, 'utf8') : '';
      return `${name} ${stat.mode.toString(8)} ${content}`;
    })
    .toSorted();
}

describe('createRepo', () => {
  it('leaves a repository that is there as it is', () => {
    const path = scratch.fresh('twice');
    createRepo(path, { mode: 'archive' });
    createRepo(path, { mode: 'bare' });
    expect(readFileSync(`${path}/config`, 'utf8')).toContain('mode=archive-z2\n');
  });

  it('completes one that lost its objects directory, keeping the config', () => {
    const path = scratch.fresh('incomplete');
    createRepo(path, { mode: 'archive' });
    rmSync(`${path}/objects`, { recursive: true });
    writeFileSync(`${path}/config`, '[core]\nrepo_version=1\nmode=bare-user\n');
    createRepo(path, { mode: 'archive' });
    expect(readFileSync(`${path}/config`, 'utf8')).toContain('mode=bare-user\n');
    expect(statSync(`${path}/objects`).isDirectory()).toBe(true);
  });
});

describeWithReferee('createRepo beside `ostree init`', () => {
  it.each(REPO_MODES)('makes the same directories and config in mode %s', (mode) => {
    const [ours, theirs] = [scratch.fresh('ours'), scratch.fresh('theirs')];
    createRepo(ours, { mode });
    succeed(ostree, ['init', `--repo=${theirs}`, `--mode=${mode}`]);
    expect(facts(ours)).toEqual(facts(theirs));
  });

  it('writes the same collection id', () => {
    const [ours, theirs] = [scratch.fresh('ours'), scratch.fresh('theirs')];
    createRepo(ours, { mode: 'archive', collectionId: 'org.example.Os' });
    succeed(ostree, ['init', `--repo=${theirs}`, '--mode=archive', '--collection-id=org.example.Os']);
    expect(facts(ours)).toEqual(facts(theirs));
  });

  it.each([
    ['a collection id that is none', (path: string) => [path, 'bad'] as const],
    ['a parent that is missing', (path: string) => [`${path}/a/b`, undefined] as const],
  ])('refuses %s with the same words', (_what, make) => {
    const [path, collectionId] = make(scratch.fresh('refused'));
    const words = collectionId === undefined ? [] : [`--collection-id=${collectionId}`];
    const theirs = run(ostree, ['init', `--repo=${path}`, ...words]);
    expect(errorLine(() => createRepo(path, { collectionId }))).toBe(theirs.stderr);
  });
});
