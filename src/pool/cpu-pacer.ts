import { setTimeout as sleep } from 'node:timers/promises';
import { clockMilliseconds } from '../base/clock.ts';

/** Work ahead of what is allowed that is not worth a rest yet. */
const SLACK_MILLISECONDS = 5;
/** One rest; a longer one is taken in pieces. */
const LONGEST_REST_MILLISECONDS = 200;

/** What a process has used, in milliseconds since it started: processor time of all its threads, and time by the clock. */
export interface ProcessTimes {
  readonly cpu: number;
  readonly wall: number;
}

export function processTimes(): ProcessTimes {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, wall: clockMilliseconds() };
}

/** How long the process must do nothing to have used `percent` of one processor on average. */
export function restMilliseconds(percent: number, { cpu, wall }: ProcessTimes): number {
  const rest = (cpu * 100) / percent - wall;
  return rest > SLACK_MILLISECONDS ? rest : 0;
}

/** Rests between tasks, so that the process as a whole stays below a share of the processors; 100 is one of them. */
export class CpuPacer {
  readonly #percent: number;

  constructor(percent: number) {
    this.#percent = percent;
  }

  /** Resolves when more work is due; the event loop turns meanwhile. */
  async pause(): Promise<void> {
    for (let rest = this.#rest(); rest > 0; rest = this.#rest()) await sleep(Math.min(rest, LONGEST_REST_MILLISECONDS));
  }

  #rest(): number {
    return restMilliseconds(this.#percent, processTimes());
  }
}
