import type { Progress } from '../../base/progress.ts';

/** One line of JSON for a program that watches: the fields of Progress, with `done` true on the last line of a run. */
export function progressJson(progress: Progress, done: boolean): string {
  return JSON.stringify({ ...progress, done });
}
