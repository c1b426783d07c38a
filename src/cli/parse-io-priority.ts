import type { IoPriority } from '../engine/engine.ts';
import { badUsage } from './usage-error.ts';

const DEFAULT_LEVEL = 4;

/** Reads `idle`, `best-effort` or `best-effort:N`, N from 0 to 7. Throws USAGE. */
export function parseIoPriority(text: string, name: string): IoPriority {
  const { word, level } = /^(?<word>idle|best-effort)(?::(?<level>[0-7]))?$/.exec(text)?.groups ?? {};
  if (word === 'idle' && level === undefined) return { class: 'idle', level: 0 };
  if (word === 'best-effort') return { class: 'best-effort', level: Number(level ?? DEFAULT_LEVEL) };
  throw badUsage(`Invalid value '${text}' for ${name}`, 'it is idle, best-effort, or best-effort:N with N from 0 to 7');
}
