import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, PublishBatch } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { InlinePool } from '../../../src/pool/inline-pool.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import { publishStaging } from '../../../src/repo/publish-staging.ts';
import { Repo } from '../../../src/repo/repo.ts';

const TMPFS = 0x01021994;

describe('staged objects of an engine without syncfs', () => {
  let parent = '';
  beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), 'coppice-publish-'))));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(parent, { recursive: true });
  });

  /** Publishes one object in each of so many directories; `sync` is a program that ends with the status. */
  async function publish(prefixes: number, status: number): Promise<{ readonly words: string; readonly batches: readonly PublishBatch[] }> {
    const [repo, staging, log] = [join(parent, 'repo'), join(parent, 'repo', 'tmp', 'staging'), join(parent, 'log')];
    createRepo(repo, { mode: 'archive' });
    for (let n = 0; n < prefixes; n++) {
      const directory = join(staging, n.toString(16).padStart(2, '0'));
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'object'), 'content');
    }
    writeFileSync(log, '');
    writeFileSync(join(parent, 'sync'), `#!/bin/sh\necho "$@" >> '${log}'\nexit ${status}\n`);
    chmodSync(join(parent, 'sync'), 0o755);
    vi.stubEnv('PATH', `${parent}:${process.env['PATH'] ?? ''}`);
    const batches: PublishBatch[] = [];
    const engine: Engine = { ...jsEngine, publish: (batch) => (batches.push(batch), jsEngine.publish(batch)) };
    await publishStaging(Repo.open(repo, engine), new InlinePool({ engine }), staging);
    for (let n = 0; n < prefixes; n++) expect(readFileSync(join(repo, 'objects', n.toString(16).padStart(2, '0'), 'object'), 'utf8')).toBe('content');
    return { words: readFileSync(log, 'utf8').replace(parent, ''), batches };
  }

  it('are flushed at once by the program sync where they are many, and one by one where that fails', async ({ skip }) => {
    if (statfsSync(tmpdir()).type === TMPFS) skip('the temporary directory lies on tmpfs');
    const good = await publish(100, 0);
    expect(good.words).toBe('-f -- /repo/tmp/staging\n');
    expect(good.batches.every(({ sync, isFlushed }) => sync && isFlushed === true)).toBe(true);
    rmSync(join(parent, 'repo'), { recursive: true });
    const bad = await publish(100, 1);
    expect(bad.words).toBe('-f -- /repo/tmp/staging\n');
    expect(bad.batches.every(({ sync, isFlushed }) => sync && isFlushed === false)).toBe(true);
  });

  it('start no program where they are few', async () => {
    expect((await publish(10, 0)).words).toBe('');
  });
});
