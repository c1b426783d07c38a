import type { Contender } from './contender.ts';
import type { ContestResult, LaneResult } from './run-contest.ts';

/** What was measured of a lane in every round; nothing of one that was thrown out. */
export function valuesOf(lane: LaneResult | undefined, of: 'wallSeconds' | 'cpuSeconds' | 'peakBytes'): number[] {
  return lane === undefined || lane.failure !== null ? [] : lane.samples.map((sample) => sample[of]);
}

export function laneOfRole({ lanes }: ContestResult, role: Contender['role']): LaneResult | undefined {
  return lanes.find((lane) => lane.role === role);
}

/** Divides round by round, as what disturbed the machine in a round disturbed both; empty unless both ran every round. */
export function roundRatios(over: LaneResult | undefined, under: LaneResult | undefined): number[] {
  const [upper, lower] = [valuesOf(over, 'wallSeconds'), valuesOf(under, 'wallSeconds')];
  return upper.length === lower.length ? upper.map((seconds, round) => seconds / (lower[round] ?? Number.NaN)) : [];
}

/** Lanes of coppice that were measured. */
export function ourLanes({ lanes }: ContestResult): LaneResult[] {
  return lanes.filter(({ role, failure }) => role === 'coppice' && failure === null);
}
