import { describe, expect, it } from 'vitest';
import { restMilliseconds } from '../../../src/pool/cpu-pacer.ts';

describe('the pace', () => {
  it.each([
    [50, { cpu: 1000, wall: 1000 }, 1000],
    [25, { cpu: 1000, wall: 1000 }, 3000],
    [150, { cpu: 3000, wall: 1000 }, 1000],
    [100, { cpu: 500, wall: 1000 }, 0],
    [50, { cpu: 501, wall: 1000 }, 0], // not worth a rest yet
  ])('of %i percent after %o asks for a rest of %i ms', (percent, times, rest) => {
    expect(restMilliseconds(percent, times)).toBe(rest);
  });
});
