import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Measure } from '../../../../src/ops/bench/contest/measure.ts';
import type { Contender } from '../../../../src/ops/bench/contest/contender.ts';
import { type LoadedCorpus } from '../../../../src/ops/bench/corpus/load-corpus.ts';
import type { Lane, Operation } from '../../../../src/ops/bench/contest/operation.ts';
import { type ContestResult, runContest } from '../../../../src/ops/bench/contest/run-contest.ts';

const CORPUS: LoadedCorpus = { name: 'small', root: '/nowhere', totals: { files: 0, bytes: 0, directories: 1, symlinks: 0 }, files: [], listPath: '' };

function contender(label: string, role: Contender['role']): Contender {
  return { label, role, argv: (...words) => [label, ...words] };
}

const OSTREE = contender('ostree', 'ostree');
const NATIVE = contender('native', 'coppice');
const WASM = contender('wasm', 'coppice');

/** Lanes that say what they do instead of doing it. `answers` gives a contender's word in a round. */
class Script {
  readonly log: string[] = [];
  readonly #answers: Readonly<Record<string, (round: number) => string>>;
  round = -1;

  constructor(answers: Readonly<Record<string, (round: number) => string>> = {}) {
    this.#answers = answers;
  }

  lane(who: Contender): Lane {
    return {
      contender: who,
      before: async () => undefined,
      argv: () => who.argv('run'),
      after: async (_run, thorough) => {
        this.log.push(`${who.label}${thorough ? '!' : ''}`);
        return this.#answers[who.label]?.(this.round) ?? 'yes';
      },
    };
  }

  operation(...contenders: readonly Contender[]): Operation {
    const beginRound = async (round: number): Promise<void> => void (this.round = round);
    return { name: 'test:it', title: 'test', open: async () => ({ lanes: contenders.map((who) => this.lane(who)), beginRound }) };
  }
}

/** Takes one second for everything; programs named in `failing` exit 1. */
function measureBy(failing: readonly string[] = []): Measure {
  return async ([program = '']) => {
    const status = failing.includes(program) ? 1 : 0;
    return { status, stdout: '', stderr: 'error: it broke', wallSeconds: 1, sample: { wallSeconds: 1, cpuSeconds: 1, peakBytes: 1 } };
  };
}

describe('a contest', () => {
  let room = '';
  beforeEach(() => {
    room = mkdtempSync(join(tmpdir(), 'coppice-contest-'));
  });
  afterEach(() => rmSync(room, { recursive: true }));

  function contest(script: Script, measure: Measure, ...contenders: readonly Contender[]): Promise<ContestResult> {
    return runContest(script.operation(...contenders), { room, rounds: 3, corpus: CORPUS, contenders, measure, fileSystem: 'tmpfs' });
  }

  it('checks in an uncounted round, then lets everybody be first in turn', async () => {
    const script = new Script();
    const { lanes } = await contest(script, measureBy(), OSTREE, NATIVE, WASM);
    expect(script.log.join(' ')).toBe('ostree! native! wasm! native wasm ostree wasm ostree native ostree native wasm');
    expect(lanes.map(({ samples }) => samples.length)).toEqual([3, 3, 3]);
  });

  it('throws out who answers otherwise than ostree, and goes on with the others', async () => {
    const script = new Script({ native: (round) => (round === 2 ? 'no' : 'yes'), wasm: () => 'yes' });
    const { lanes } = await contest(script, measureBy(), NATIVE, WASM, OSTREE);
    expect(lanes.map(({ failure }) => failure)).toEqual(['wrong answer in round 2: no, expected yes', null, null]);
  });

  it('throws out who fails, with its last words', async () => {
    const { lanes } = await contest(new Script(), measureBy(['wasm']), OSTREE, NATIVE, WASM);
    expect(lanes.map(({ failure }) => failure)).toEqual([null, null, '"wasm run" exits 1: error: it broke']);
  });

  it('runs as many rounds again while it is asked to, four times at most', async () => {
    const operation = new Script().operation(OSTREE);
    const run = async (wantsMore: (soFar: ContestResult) => boolean): Promise<number | undefined> => {
      const { lanes } = await runContest(operation, { room, rounds: 2, corpus: CORPUS, contenders: [OSTREE], measure: measureBy(), fileSystem: 'tmpfs', wantsMore });
      return lanes[0]?.samples.length;
    };
    expect(await run(() => false)).toBe(2);
    expect(await run(({ lanes }) => (lanes[0]?.samples.length ?? 0) < 4)).toBe(4);
    expect(await run(() => true)).toBe(8);
  });

  it('leaves nothing behind', async () => {
    await contest(new Script(), measureBy(), OSTREE);
    expect(existsSync(join(room, 'test-it'))).toBe(false);
  });
});
