import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { optimiseEarly } from '../../../src/cli/optimise-early.ts';
import type { Engine } from '../../../src/engine/engine.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn<(flag: string) => void>() }));

const START_MILLISECONDS = 50;
const engine = (name: Engine['name']): Engine => ({ name }) as Engine; // nothing else is asked for

describe('optimiseEarly', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(process, 'uptime').mockReturnValue(START_MILLISECONDS / 1000);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.mocked(setFlagsFromString).mockReset();
  });

  const flagsBy = (milliseconds: number): string[] => {
    vi.advanceTimersByTime(milliseconds);
    return vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag);
  };

  it('pauses after some starts of the program and goes on with what runs very often', () => {
    optimiseEarly(engine('wasm'));
    expect(flagsBy(8 * START_MILLISECONDS - 1)).toEqual([]);
    expect(flagsBy(1)).toEqual(['--no-opt']);
    expect(flagsBy(81 * START_MILLISECONDS - 1)).toEqual(['--no-opt']);
    expect(flagsBy(1)).toEqual(['--no-opt', '--opt', '--interrupt-budget=540672']);
  });

  it('leaves V8 alone where the addon does the work', () => {
    optimiseEarly(engine('native'));
    expect(flagsBy(1_000_000)).toEqual([]);
  });

  it('lets the program end meanwhile', () => {
    vi.useRealTimers();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length; // vitest has some, too
    const before = timers();
    optimiseEarly(engine('js'));
    expect(timers()).toBe(before);
  });
});
