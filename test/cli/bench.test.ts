import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReport } from '../../src/ops/bench/contest/report.ts';
import { coppice, isRealCoppice, run } from '../support/program.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('bench');
const MINUTES = 60_000;

function newDirectory(name: string): string {
  const path = join(scratch.path, name);
  mkdirSync(path);
  return path;
}

/** Starts a bench and resolves once it has made its directory. */
async function startBench(directory: string): Promise<{ kill(signal: NodeJS.Signals): void; readonly status: Promise<number | null> }> {
  const [program = '', ...words] = coppice.words;
  const child = spawn(program, [...words, 'bench', `--dir=${directory}`, '--engine=js'], { stdio: 'ignore' });
  const status = new Promise<number | null>((resolve) => void child.on('exit', resolve));
  while (!readdirSync(directory).some((name) => readdirSync(join(directory, name)).includes('small'))) await new Promise((resolve) => void setTimeout(resolve, 20));
  return { kill: (signal) => void child.kill(signal), status };
}

describe.runIf(isRealCoppice)('coppice bench', () => {
  it('measures, advises, writes JSON of a known format, and leaves nothing behind', { timeout: 5 * MINUTES }, () => {
    const directory = newDirectory('whole');
    const json = join(scratch.path, 'report.json');
    const { status, stdout, stderr } = run(coppice, ['bench', `--dir=${directory}`, '--engine=js', '--seconds=0.1', `--json=${json}`]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^operation +engine +time +ostree/m);
    expect(stdout).toMatch(/^commit:bare-user-only +js +[\d.]+ s/m);
    expect(stdout).toMatch(/^- Use the js engine/m);
    expect(stdout).toContain('There was no time for zlib-level:archive.');
    expect(readdirSync(directory)).toEqual([]);
    const value: unknown = JSON.parse(readFileSync(json, 'utf8'));
    expect(parseReport(value).contests[0]).toMatchObject({ operation: 'commit:bare-user-only', corpus: 'small' });
    expect(value).toMatchObject({ facts: { hardlinks: true }, engines: [{ name: 'js', obstacle: null }], comparisons: [] });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('cleans up after %s', { timeout: 3 * MINUTES }, async (signal) => {
    const directory = newDirectory(signal);
    const bench = await startBench(directory);
    bench.kill(signal);
    expect(await bench.status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('cleans up when a second signal ends it at once', { timeout: 3 * MINUTES }, async () => {
    const directory = newDirectory('twice');
    const bench = await startBench(directory);
    bench.kill('SIGINT');
    bench.kill('SIGTERM');
    expect([130, 143]).toContain(await bench.status);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    [['--dir=/nowhere'], 'error: mkdtemp(/nowhere): No such file or directory'],
    [['--seconds=soon'], "error: Invalid value 'soon' for --seconds"],
    [['--compare=/nowhere'], 'error: cannot read "/nowhere"'],
    [['here'], 'error: bench takes no arguments'],
  ])('refuses %j', (words, message) => {
    const { status, stderr } = run(coppice, ['bench', ...words], { cwd: scratch.path });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  it('refuses a base that is no report', () => {
    const path = join(scratch.path, 'base.json');
    writeFileSync(path, '{"format":2,"corpora":{}}');
    expect(run(coppice, ['bench', `--compare=${path}`]).stderr).toContain(`error: "${path}" is no bench report: machine is no object`);
  });
});
