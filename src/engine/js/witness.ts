import type { BigIntStats } from 'node:fs';
import { STAT, STAT_FIELDS, WITNESS } from '../engine.ts';
import type { IngestBatch } from '../engine.ts';
import { putStat } from './scan.ts';

const columns = new Float64Array(STAT_FIELDS);

/** Whether the file is in the state that its witness saw; false without a witness. */
export function isWitnessed({ witnesses }: IngestBatch, index: number, stat: BigIntStats): boolean {
  if (witnesses === undefined) return false;
  putStat(columns, 0, stat);
  return WITNESS.every((field, position) => columns[STAT[field]] === witnesses[index * WITNESS.length + position]);
}
