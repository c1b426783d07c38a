import type { Progress, ProgressSink } from '../../base/progress.ts';
import type { GlobalSettings } from '../command.ts';
import { progressJson } from './progress-json.ts';
import { ProgressWords } from './progress-line.ts';

export interface ProgressOptions {
  readonly mode: GlobalSettings['progress'];
  /** Whether standard error is a terminal; decides what `auto` is. */
  readonly terminal: boolean;
  /** Writes a line to standard error. */
  readonly warn: (line: string) => void;
  /** Shows a line that the next one replaces; the empty line removes it. */
  readonly status: (line: string) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

export interface ProgressReporter {
  /** Undefined when nobody wants to know. */
  readonly sink: ProgressSink | undefined;
  /** Removes the line, or tells the last state. */
  finish(): void;
}

const SILENT: ProgressReporter = { sink: undefined, finish: () => undefined };

const LINE_MILLISECONDS = 100;
const JSON_MILLISECONDS = 250;
const PLAIN_MILLISECONDS = 2000;

/** Lets through what comes at least `interval` after the last; remembers what it held back. */
class Throttle {
  readonly #interval: number;
  readonly #now: () => number;
  readonly #show: (progress: Progress, milliseconds: number) => void;
  #last: number;
  held: Progress | undefined;

  constructor(interval: number, now: () => number, show: (progress: Progress, milliseconds: number) => void) {
    this.#interval = interval;
    this.#now = now;
    this.#show = show;
    this.#last = now();
  }

  readonly offer = (progress: Progress): void => {
    const now = this.#now();
    this.held = progress;
    if (now - this.#last < this.#interval) return;
    this.#last = now;
    this.held = undefined;
    this.#show(progress, now);
  };
}

/** Chooses how progress is told. A run shorter than one interval shows nothing, except as JSON. */
export function createProgressReporter(options: ProgressOptions): ProgressReporter {
  const { mode, terminal } = options;
  if (mode === 'json') return jsonReporter(options);
  if (mode === 'plain') return plainReporter(options);
  return mode === 'auto' && terminal ? lineReporter(options) : SILENT;
}

function lineReporter({ status, now }: ProgressOptions): ProgressReporter {
  const words = new ProgressWords();
  const throttle = new Throttle(LINE_MILLISECONDS, now, (progress, time) => status(words.describe(progress, time)));
  return { sink: throttle.offer, finish: () => status('') };
}

function plainReporter({ warn, now }: ProgressOptions): ProgressReporter {
  const words = new ProgressWords();
  const throttle = new Throttle(PLAIN_MILLISECONDS, now, (progress, time) => warn(words.describe(progress, time)));
  return { sink: throttle.offer, finish: () => undefined };
}

function jsonReporter({ warn, now }: ProgressOptions): ProgressReporter {
  const throttle = new Throttle(JSON_MILLISECONDS, now, (progress) => warn(progressJson(progress, false)));
  return {
    sink: throttle.offer,
    finish() {
      if (throttle.held !== undefined) warn(progressJson(throttle.held, true));
    },
  };
}
