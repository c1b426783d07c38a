import { readFileSync } from 'node:fs';
import { BenchError } from '../support/bench-error.ts';
import type { Machine } from '../support/machine.ts';
import type { TreeTotals } from '../support/write-corpus.ts';
import type { ContestResult } from './run-contest.ts';

/** Grows with every incompatible change of the JSON. */
export const REPORT_FORMAT = 1;

/** A whole run of the bench, as `--json` writes it. */
export interface BenchReport {
  readonly format: number;
  readonly machine: Machine;
  readonly rounds: number;
  readonly threads: number | null;
  readonly corpora: Readonly<Record<string, TreeTotals>>;
  readonly contests: readonly ContestResult[];
}

/** NaN is no JSON: what could not be measured is null. */
export function serializeReport(report: BenchReport): string {
  return `${JSON.stringify(report, (_key, value: unknown) => (Number.isNaN(value) ? null : value), 1)}\n`;
}

function isReport(value: unknown): value is BenchReport {
  if (typeof value !== 'object' || value === null || !('format' in value) || !('contests' in value)) return false;
  return value.format === REPORT_FORMAT && Array.isArray(value.contests);
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new BenchError(`cannot read "${path}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Reads what `--json` wrote; BenchError for anything else. */
export function readReport(path: string): BenchReport {
  const value = parseJson(path);
  if (isReport(value)) return value;
  throw new BenchError(`"${path}" is no bench report of format ${REPORT_FORMAT}`);
}
