import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { busyTree } from '../support/fault.ts';
import { coppice, isRealCoppice, run, runWords, start, succeed, withWords } from '../support/program.ts';
import type { Running } from '../support/program.ts';
import { hasEngine } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { writeTree } from '../support/tree.ts';

const PATIENCE_MILLISECONDS = 30_000;
const NICE_FIELD = 16; // of those behind the name, proc(5) counts from 3

/** The nice values of the threads of a process. */
function nicesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const stat = statOf(pid, thread);
    return stat === undefined ? [] : [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE_FIELD])];
  });
}

/** Undefined for a thread that has ended meanwhile: node's own come and go. */
function statOf(pid: number, thread: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

function ioPriorityOf(pid: number): string {
  return runWords(['ionice', '-p', String(pid)]).stdout.trim();
}

/** Looks at a running process until it is as wanted, or says what it is. */
async function eventually<T>(look: () => T, wanted: (value: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  for (let value = look(); ; value = look()) {
    if (wanted(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.runIf(isRealCoppice)('a polite coppice', () => {
  const scratch = new Scratch('polite');
  const [repo, tree] = [join(scratch.path, 'repo'), join(scratch.path, 'tree')];

  beforeAll(() => {
    writeTree(tree, busyTree(31, 500));
    succeed(coppice, ['init', `--repo=${repo}`, '--mode=bare-user-only']);
    succeed(coppice, ['commit', `--repo=${repo}`, '-b', 'main', tree]);
  });

  /** A run that takes its time: so little of a processor is left to it. */
  function startSlowly(...words: readonly string[]): Running {
    return start([...withWords(coppice, ...words).words, 'fsck', `--repo=${repo}`, '--cpu-percent=5']);
  }

  it.each([['--threads=0'], ['--threads=2']])('runs every thread with the nice value asked for, with %s', async (threads) => {
    const running = startSlowly(threads, '--nice=7');
    const nices = await eventually(() => nicesOf(running.pid), (found) => found.every((nice) => nice === 7));
    expect(new Set(nices)).toEqual(new Set([7]));
    expect((await running.finished).status).toBe(0);
  });

  const engines = (['native', 'wasm', 'js'] as const).filter((engine) => hasEngine(engine));
  it.each(engines.flatMap((engine) => [[engine, 'idle', 'idle'], [engine, 'best-effort:6', 'best-effort: prio 6']] as const))(
    'stands back at the disk with engine %s and --ionice=%s',
    async (engine, wanted, seen) => {
      const running = startSlowly(`--engine=${engine}`, `--ionice=${wanted}`);
      expect(await eventually(() => ioPriorityOf(running.pid), (found) => found === seen)).toBe(seen);
      expect((await running.finished).status).toBe(0);
    },
  );

  it.each([['0'], ['2']])('keeps below its share of a processor with %s threads', (threads) => {
    const begin = performance.now();
    const words = [...coppice.words, 'commit', `--repo=${repo}`, '-b', 'main', '--no-index', '--cpu-percent=10', `--threads=${threads}`, tree];
    const { stdout } = runWords(['sh', '-c', '"$@" >/dev/null; times', 'sh', ...words]);
    const seconds = (performance.now() - begin) / 1000;
    const [user = NaN, system = NaN] = [...(stdout.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
    );
    expect((user + system) / seconds).toBeLessThan(0.2);
  });

  it.each([
    ['--nice=20', "Invalid value '20' for --nice"],
    ['--ionice=realtime', "Invalid value 'realtime' for --ionice"],
    ['--ionice=idle:3', "Invalid value 'idle:3' for --ionice"],
    ['--cpu-percent=0', "Invalid value '0' for --cpu-percent"],
  ])('refuses %s', (word, message) => {
    const { status, stderr } = run(coppice, ['fsck', `--repo=${repo}`, word]);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  it('takes the wishes of the environment too', () => {
    const { stderr } = run(coppice, ['fsck', `--repo=${repo}`], { env: { COPPICE_NICE: 'much' } });
    expect(stderr).toContain("Invalid value 'much' for COPPICE_NICE");
  });
});
