import { DateFault, setItem } from './date-items.ts';
import type { DateItems } from './date-items.ts';
import { unitOf } from './date-words.ts';

const CLOCK = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?(?![\d:.])/;
const MERIDIAN = /^\s*([ap])\.?m\b\.?/;
const HOUR_MERIDIAN = /^(\d{1,2})(?=\s*[ap]\.?m\b)/;
const OFFSET = /^\s*([+-])(\d{1,2})(?::?(\d{2}))?(?![\d:])/;

const NOON = 12;
const MINUTES_PER_HOUR = 60;
const MAX_OFFSET_MINUTES = 24 * MINUTES_PER_HOUR;

/** Reads `12:43`, `12:43:29.5 +0200`, `4:45 pm`, `8pm`; answers how many characters it took, 0 for none. */
export function readClock(text: string, items: DateItems): number {
  const match = CLOCK.exec(text) ?? HOUR_MERIDIAN.exec(text);
  if (match === null) return 0;
  const [clock, hour, minute = '0', second = '0'] = match;
  const half = MERIDIAN.exec(text.slice(clock.length));
  setItem(items, 'time', { hour: hourOf(Number(hour), half?.[1]), minute: Number(minute), second: Number(second) });
  if (half !== null) return clock.length + half[0].length;
  return clock.length + readOffset(text.slice(clock.length), items);
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > NOON) throw new DateFault(`there is no hour ${hour} ${half}m`);
  return (hour % NOON) + (half === 'p' ? NOON : 0);
}

/** The `+0200`, `+02:00` or `+2` behind a time. */
function readOffset(text: string, items: DateItems): number {
  const match = OFFSET.exec(text);
  if (match === null) return 0;
  const [whole, sign, hours, minutes = '0'] = match;
  refuseAmount(text, whole.length);
  const offset = Number(hours) * MINUTES_PER_HOUR + Number(minutes);
  if (offset > MAX_OFFSET_MINUTES || Number(minutes) >= MINUTES_PER_HOUR) {
    throw new DateFault(`there is no time zone "${whole.trim()}"`);
  }
  setItem(items, 'zoneMinutes', sign === '-' ? -offset : offset);
  return whole.length;
}

/** `12:00 +2 hours` is a zone and one hour to GNU date; nobody who writes it means that. */
function refuseAmount(text: string, length: number): void {
  const [, word = ''] = /^\s*([a-z]+)/.exec(text.slice(length)) ?? [];
  if (unitOf(word) !== undefined) throw new DateFault(`"${text.trim()}" may be a time zone or an amount of time`);
}
