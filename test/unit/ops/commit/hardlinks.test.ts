import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/engine/engine.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { checkoutTree } from '../../../../src/ops/checkout/index.ts';
import { commitTree } from '../../../../src/ops/commit/index.ts';
import type { CommitOptions, CommitOutcome } from '../../../../src/ops/commit/index.ts';
import type { RepoMode } from '../../../../src/format/object/repo-mode.ts';
import { createRepo } from '../../../../src/repo/create-repo.ts';
import { contextOf, loadNativeEngine } from '../../../support/native-engine.ts';
import { Scratch } from '../../../support/scratch.ts';
import { dir, file, writeTree } from '../../../support/tree.ts';

const scratch = new Scratch('unit-commit-hardlinks');
const FILES = 4;
const native = loadNativeEngine('hardlinks');

/** Commits a hardlink checkout in which one file is another one now; the repository's config has `lines`. */
async function recommit(engine: Engine, lines: string, options: CommitOptions = {}, mode: RepoMode = 'bare-user-only'): Promise<CommitOutcome> {
  const [source, repo, destination] = [scratch.fresh('source'), scratch.fresh('repo'), scratch.fresh('checkout')];
  writeTree(source, dir(Object.fromEntries(Array.from({ length: FILES }, (_, each) => [`f${each}`, file(`content ${each}`)]))));
  createRepo(repo, { mode });
  appendFileSync(join(repo, 'config'), lines);
  const { checksum: commit } = await commitTree(contextOf(repo, engine), [{ kind: 'directory', path: source }], {});
  await checkoutTree(contextOf(repo, engine), { commit, destination });
  rmSync(join(destination, 'f0'));
  writeFileSync(join(destination, 'f0'), 'new');
  return commitTree(contextOf(repo, engine), [{ kind: 'directory', path: destination }], options);
}

/** The root of a file system whose policy labels every file. */
function makePolicy(): string {
  const root = scratch.fresh('policy');
  const contexts = dir({ files: dir({ file_contexts: file('/.*\tsystem_u:object_r:new_t:s0\n') }) });
  const targeted = dir({ contexts, policy: dir({ 'policy.33': file('binary') }) });
  writeTree(root, dir({ etc: dir({ selinux: dir({ config: file('SELINUX=enforcing\nSELINUXTYPE=targeted\n'), targeted }) }) }));
  return root;
}

describe.each([jsEngine, ...(native === undefined ? [] : [native])])('hardlinks into the repository, with the engine $name', (engine) => {
  it('are read, unless the config says that they are their objects', async () => {
    expect(await recommit(engine, '')).toMatchObject({ filesRead: FILES, contentCacheHits: 0 });
    const taken = await recommit(engine, 'devino-canonical=true\n');
    expect(taken).toMatchObject({ filesRead: 1, contentCacheHits: FILES - 1, contentWritten: 1 });
  });

  it('are read all the same where a modifier is set, or the caller wants it', async () => {
    expect(await recommit(engine, 'devino-canonical=true\n', { modifier: { readOnlyExecutables: true } })).toMatchObject({ filesRead: FILES });
    expect(await recommit(engine, 'devino-canonical=true\n', { hardlinks: 'read' })).toMatchObject({ filesRead: FILES });
  });

  it.runIf(engine === native && process.geteuid?.() === 0)('get the labels of a policy all the same', async () => {
    const labelled = await recommit(engine, 'devino-canonical=true\n', { selinuxPolicy: makePolicy() }, 'bare');
    expect(labelled.contentWritten).toBe(FILES);
  });
});
