import { describe, expect, it } from 'vitest';
import { advise } from '../../../../src/ops/bench/advise.ts';
import type { Advice, Findings } from '../../../../src/ops/bench/advise.ts';
import { threadLadder } from '../../../../src/ops/bench/index.ts';
import type { ContestResult, LaneResult } from '../../../../src/ops/bench/contest/run-contest.ts';

const FACTS = { type: 'ext4', hardlinks: true, reflinks: false, unnamedFiles: true, xattrs: true, fsyncSeconds: 0.00001, syncfsSeconds: 0.001 };

function lane(label: string, wallSeconds: number, outputBytes = 1000, role: LaneResult['role'] = 'coppice'): LaneResult {
  return { label, role, samples: [1, 2, 3].map(() => ({ wallSeconds, cpuSeconds: 1, peakBytes: 1 })), outputBytes, failure: null };
}

function contest(operation: string, ...lanes: readonly LaneResult[]): ContestResult {
  return { operation, corpus: 'small', fileSystem: 'ext4', lanes };
}

function findings(more: Partial<Findings>): Findings {
  const engines = [{ name: 'native', obstacle: null }, { name: 'wasm', obstacle: null }, { name: 'js', obstacle: null }] as const;
  return { contests: [], facts: FACTS, engines, cores: 4, ...more };
}

function about(setting: Advice['setting'], more: Partial<Findings>): Advice | undefined {
  return advise(findings(more)).find((advice) => advice.setting === setting);
}

describe('the numbers of threads that are tried', () => {
  it.each([[1, [0]], [2, [0, 1]], [3, [0, 1, 2]], [4, [0, 1, 2]], [6, [0, 1, 2, 4]], [16, [0, 1, 2, 4, 8]]])('are with %i cores %j, and the usual', (cores, expected) => {
    expect(threadLadder(cores)).toEqual(expected);
  });
});

describe('the advice', () => {
  const commits = contest('commit:bare-user-only', lane('native', 1), lane('wasm', 2), lane('js', 3), lane('native/0', 1.6), lane('native/1', 1.5), lane('native/2', 1.02), lane('ostree', 5, 0, 'ostree'));

  it('names the fastest engine, and why another does not run', () => {
    expect(about('engine', { contests: [commits] })).toMatchObject({ value: 'native', sentence: 'Use the native engine: at a first commit it is 2.0 times as fast as wasm and 3.0 times as fast as js.' });
    const engines = [{ name: 'native', obstacle: 'no addon' }, { name: 'wasm', obstacle: null }] as const;
    expect(about('engine', { engines, contests: [contest('commit:bare-user-only', lane('wasm', 2))] })).toMatchObject({ value: 'wasm', sentence: 'Use the wasm engine. The native engine does not run here: no addon.' });
  });

  it('takes the least threads that are as good as the best', () => {
    expect(about('threads', { contests: [commits] })).toMatchObject({ value: '2' });
    const usual = contest('commit:bare-user-only', lane('native', 1), lane('native/0', 2), lane('native/1', 2));
    expect(about('threads', { contests: [usual] })).toMatchObject({ value: '4', sentence: 'Leave --threads alone: as many threads as there are cores (4) are best, 2.0 times as fast as none.' });
  });

  it('warns of slow syncs alone', () => {
    expect(about('fsync', {})?.sentence).toMatch(/^An fsync of a small file takes 0\.010 ms on this ext4, a syncfs 1\.0 ms: leave core\.fsync as it is/);
    expect(about('fsync', { facts: { ...FACTS, fsyncSeconds: 0.004 } })?.sentence).toContain('core.per-object-fsync would add about 4.0 s for every thousand new files');
  });

  it('weighs time against bytes of zlib levels', () => {
    const levels = contest('zlib-level:archive', lane('level 1', 1, 1100), lane('level 6', 2, 1000), lane('level 9', 4, 990));
    expect(about('zlib-level', { contests: [levels] })?.sentence).toBe(
      'Beside the default level 6, level 1 takes 0.50 times as long and gives 10.0 % more bytes; level 9 takes 2.00 times as long and gives 1.0 % fewer bytes: archive.zlib-level=1 suits repositories that are made often and fetched seldom.',
    );
    expect(about('zlib-level', {})).toBeUndefined();
  });

  it('tells what the file system lacks', () => {
    expect(about('links', { facts: { ...FACTS, hardlinks: false, unnamedFiles: false, xattrs: false } })?.sentence).toMatch(/no hardlinks.*O_TMPFILE.*bare-user-only or archive/);
    expect(about('links', {})?.sentence).not.toContain('xattrs');
  });

  it('compares with ostree where it took part', () => {
    expect(about('ostree', { contests: [commits] })?.sentence).toContain('commit:bare-user-only 5.0×');
    expect(about('ostree', { contests: [contest('commit:archive', lane('native', 1))] })).toBeUndefined();
  });
});
