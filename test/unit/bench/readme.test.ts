import { describe, expect, it } from 'vitest';
import { gainChart } from '../../../bench/readme/chart.ts';
import { BEGIN, END, readmeBlock, replaceBlock } from '../../../bench/readme/markdown.ts';
import { readmeRows } from '../../../bench/readme/rows.ts';
import { mergeReports } from '../../../bench/versus/merge-reports.ts';
import { type BenchReport, REPORT_FORMAT } from '../../../src/ops/bench/contest/report.ts';
import type { ContestResult, LaneResult } from '../../../src/ops/bench/contest/run-contest.ts';

const MACHINE = { processor: 'Fast & <Cheap>', cores: 2, memoryBytes: 1, kernel: '6', node: 'v20', fileSystem: 'tmpfs', ostree: '2022.7' };

function lane(label: string, role: LaneResult['role'], wallSeconds: number): LaneResult {
  return { label, role, samples: [1, 2, 3].map(() => ({ wallSeconds, cpuSeconds: 1, peakBytes: 90e6 })), outputBytes: null, failure: null };
}

function contest(corpus: string, fileSystem: string, ...lanes: readonly LaneResult[]): ContestResult {
  return { operation: 'recommit:bare-user-only', corpus, fileSystem, lanes };
}

function reportOf(...contests: readonly ContestResult[]): BenchReport {
  return { format: REPORT_FORMAT, machine: MACHINE, rounds: 3, threads: null, corpora: { mix: { files: 44000, bytes: 56e7, directories: 1, symlinks: 0 } }, contests };
}

const REPORT = reportOf(
  contest('mix', 'tmpfs', lane('ostree', 'ostree', 4), lane('native', 'coppice', 0.2), lane('wasm', 'coppice', 8), lane('floor', 'floor', 0.1), lane('git', 'git', 0.3)),
  contest('mix', 'ext4', lane('ostree', 'ostree', 6), lane('native', 'coppice', 0.2)),
  contest('tiny', 'tmpfs', lane('ostree', 'ostree', 6), lane('native', 'coppice', 0.2)),
);

describe("README's table", () => {
  const block = readmeBlock(REPORT, readmeRows(REPORT), 'chart.svg');

  it('has a row an engine, with ext4 as a column and a dash for what was not measured', () => {
    expect(block.split('\n').filter((line) => line.startsWith('| unchanged'))).toEqual([
      '| unchanged re-commit, bare-user-only | native | 0.200 s | 4.00 s | **20.0×** | 2.00× | 90 MB | 30.0× |',
      '| unchanged re-commit, bare-user-only | wasm | 8.00 s | 4.00 s | **0.500×** | 80.0× | 90 MB | – |',
    ]);
  });

  it('says how it was measured, and what git takes', () => {
    expect(block).toMatch(/Medians of 3 interleaved rounds; 44000 files, 560 MB, tmpfs, 2 cores .*`git add -A` on the same unchanged tree takes 1\.50× the time of our re-commit\.$/);
  });

  it('stands between the markers and nowhere else, however often it is written', () => {
    const readme = `a\n${BEGIN}\nold\n${END}\nz\n`;
    const once = replaceBlock(readme, 'new');
    expect(once).toBe(`a\n${BEGIN}\n\nnew\n\n${END}\nz\n`);
    expect(replaceBlock(once, 'new')).toBe(once);
  });

  it.each(['', BEGIN, `${END}\n${BEGIN}`, `${BEGIN}${END}${BEGIN}${END}`])('is refused without its markers: %j', (readme) => {
    expect(() => replaceBlock(readme, 'new')).toThrow(/README\.md needs/);
  });
});

describe('the chart', () => {
  const svg = gainChart(readmeRows(REPORT));

  it('is well formed, with every figure and both schemes of colours', () => {
    const opened = svg.match(/<(?:svg|style|text|rect|line)\b/g)?.length;
    const closed = svg.match(/<\/(?:svg|style|text)>|\/>/g)?.length;
    expect(opened).toBe(closed);
    expect(svg).toContain('>20.0×</text>');
    expect(svg).toContain('>0.500×</text>');
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('draws longer bars for more', () => {
    const widths = [...svg.matchAll(/<rect class="(\w+)" x="[\d.]+" y="\d+" width="([\d.]+)" height="11"/g)].map(([, engine, width]) => [engine, Number(width)]);
    const [[, native] = [], [, wasm] = []] = widths;
    expect(Number(native)).toBeGreaterThan(Number(wasm));
  });

  it('is not drawn of nothing', () => {
    expect(() => gainChart([])).toThrow('no row');
  });
});

describe('merged reports', () => {
  it('take the later of two measurements of one contest', () => {
    const later = reportOf(contest('mix', 'tmpfs', lane('ostree', 'ostree', 4), lane('native', 'coppice', 1)));
    const merged = mergeReports([REPORT, later]);
    expect(merged.contests).toHaveLength(3);
    expect(readmeRows(merged).map(({ gain }) => gain)).toEqual([4]);
  });

  it('are of one machine', () => {
    expect(() => mergeReports([REPORT, { ...REPORT, machine: { ...MACHINE, processor: 'other' } }])).toThrow('different processors');
    expect(() => mergeReports([])).toThrow('no report');
  });
});
