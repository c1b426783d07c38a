/**
 * Reads the items of a date in any order, as GNU date does. Stricter than GNU where its reading surprises: single-letter
 * zones other than Z, `UTC+2`, `12:00 +2 hours`, a lone number, and `ago` behind several amounts are faults.
 */
import { DateFault, setItem, yearOf } from './date-items.ts';
import type { DateItems, Shift } from './date-items.ts';
import { dayShiftOf, monthOf, ORDINAL_WORDS, ordinalOf, unitOf, weekdayOf, zoneMinutesOf } from './date-words.ts';
import { readClock } from './read-clock.ts';

/** Tries to read one item at the start of `text`; answers how many characters it took, 0 for none. */
type ItemReader = (text: string, items: DateItems) => number;

const READERS: readonly ItemReader[] = [
  readIsoDate,
  readSlashDate,
  readDayMonth,
  readMonthDay,
  readClock,
  readShift,
  readOrdinal,
  readNumber,
  readWord,
];

const SEPARATORS = /^[\s,]+/;

export function readItems(text: string): DateItems {
  const items: DateItems = { shifts: [] };
  let rest = text.toLowerCase().replace(SEPARATORS, '');
  if (rest === '') throw new DateFault('it is empty');
  while (rest !== '') {
    const taken = readItem(rest, items);
    if (taken === 0) throw new DateFault(`"${rest}" is not understood`);
    rest = rest.slice(taken).replace(SEPARATORS, '');
  }
  return items;
}

function readItem(text: string, items: DateItems): number {
  for (const read of READERS) {
    const taken = read(text, items);
    if (taken > 0) return taken;
  }
  return 0;
}

/** `2005-10-29`, and the `T` of `2005-10-29T12:43`. */
function readIsoDate(text: string, items: DateItems): number {
  const match = /^(\d{4,})-(\d{1,2})-(\d{1,2})(?!\d)(?:t(?=\d{1,2}:))?/.exec(text);
  if (match === null) return 0;
  const [whole, year = '', month, day] = match;
  setItem(items, 'date', { year: yearOf(year), month: Number(month), day: Number(day) });
  return whole.length;
}

/** `10/29/2005`, `10/29/05`, `10/29` with the month first; `2005/10/29`. */
function readSlashDate(text: string, items: DateItems): number {
  const match = /^(\d+)\/(\d{1,2})(?:\/(\d+))?(?![\d/])/.exec(text);
  if (match === null) return 0;
  const [whole, first = '', second = '', third] = match;
  const yearFirst = first.length >= 4 && third !== undefined;
  const [year, month, day] = yearFirst ? [first, second, third] : [third, first, second];
  setItem(items, 'date', { year: year === undefined ? undefined : yearOf(year), month: Number(month), day: Number(day) });
  return whole.length;
}

/** `25 October 1985`, `25 Oct`, `25-Oct-85`, `25oct1985`. */
function readDayMonth(text: string, items: DateItems): number {
  const match = /^(\d{1,2})[ -]?([a-z]+)\.?(?:[ -]?(\d{4,}|\d{2})(?![\d:]|\s*[ap]\.?m))?/.exec(text);
  const month = monthOf(match?.[2] ?? '');
  if (match === null || month === undefined) return 0;
  const [whole, day, , year] = match;
  setItem(items, 'date', { year: year === undefined ? undefined : yearOf(year), month, day: Number(day) });
  return whole.length;
}

/** `October 25, 1985`, `Oct 25`, `Oct-25-1985`. */
function readMonthDay(text: string, items: DateItems): number {
  const match = /^([a-z]+)\.?[ -]?(\d{1,2})(?![\d:])(?:(?:\s*,\s*|[ -])(\d{4,})(?![\d:]))?/.exec(text);
  const month = monthOf(match?.[1] ?? '');
  if (match === null || month === undefined) return 0;
  const [whole, , day, year] = match;
  setItem(items, 'date', { year: year === undefined ? undefined : yearOf(year), month, day: Number(day) });
  return whole.length;
}

const SHIFT = new RegExp(
  `^(?:(?:([+-])\\s*)?(\\d{1,9})\\s*|(${ORDINAL_WORDS.join('|')})\\s+)?([a-z]+)(?:\\s+(ago|hence)\\b)?(?!\\w)`,
);

/** `3 days ago`, `+1 week`, `-2 hours`, `next month`, `week`. */
function readShift(text: string, items: DateItems): number {
  const match = SHIFT.exec(text);
  const unit = unitOf(match?.[4] ?? '');
  if (match === null || unit === undefined) return 0;
  const [whole, sign, digits, ordinal, , direction] = match;
  const count = digits === undefined ? countOf(ordinal) : Number(digits);
  const positive = (sign === '-') === (direction === 'ago');
  if (direction === 'ago' && sign === undefined) refuseSharedAgo(items.shifts);
  items.shifts.push({ field: unit.field, count: (positive ? 1 : -1) * count * unit.count });
  return whole.length;
}

function countOf(ordinal: string | undefined): number {
  return ordinal === undefined ? 1 : (ordinalOf(ordinal) ?? 1);
}

/** `1 week 2 days ago` means one week later and two days earlier to GNU date; nobody who writes it does. */
function refuseSharedAgo(shifts: readonly Shift[]): void {
  if (shifts.some((shift) => shift.count > 0)) throw new DateFault('write "ago" behind each amount');
}

/** `next friday`, `last monday`, `third sunday`. */
function readOrdinal(text: string, items: DateItems): number {
  const match = /^([a-z]+)\s+([a-z]+)\.?/.exec(text);
  const [ordinal, number] = [ordinalOf(match?.[1] ?? ''), weekdayOf(match?.[2] ?? '')];
  if (match === null || ordinal === undefined || number === undefined) return 0;
  setItem(items, 'weekday', { ordinal, number });
  return match[0].length;
}

const COMPACT_DATE_DIGITS = 8;
const MAX_CLOCK_DIGITS = 4;

/** Digits alone: `20051029`; behind a date the hour (`10`, `1030`), or the year that a date and a time left open. */
function readNumber(text: string, items: DateItems): number {
  const digits = /^\d+(?![\w:/.+-])/.exec(text)?.[0];
  if (digits === undefined) return 0;
  const { date, time } = items;
  if (digits.length === COMPACT_DATE_DIGITS) readCompactDate(digits, items);
  else if (date !== undefined && date.year === undefined && digits.length === MAX_CLOCK_DIGITS) {
    items.date = { ...date, year: Number(digits) };
  } else if (date !== undefined && time === undefined && digits.length <= MAX_CLOCK_DIGITS) {
    readCompactTime(digits, items);
  } else throw new DateFault(`the number ${digits} has no meaning; seconds since 1970 are written @${digits}`);
  return digits.length;
}

function readCompactDate(digits: string, items: DateItems): void {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)];
  setItem(items, 'date', { year: Number(year), month: Number(month), day: Number(day) });
}

function readCompactTime(digits: string, items: DateItems): void {
  const value = Number(digits);
  const [hour, minute] = digits.length <= 2 ? [value, 0] : [Math.trunc(value / 100), value % 100];
  setItem(items, 'time', { hour, minute, second: 0 });
}

/** `yesterday`, `friday`, `UTC`. */
function readWord(text: string, items: DateItems): number {
  const [word] = /^[a-z]+/.exec(text) ?? [''];
  const [days, number, zone] = [dayShiftOf(word), weekdayOf(word), zoneMinutesOf(word)];
  if (days !== undefined) items.shifts.push({ field: 'days', count: days });
  else if (number !== undefined) setItem(items, 'weekday', { ordinal: 0, number });
  else if (zone !== undefined) readZone(text.slice(word.length), zone, items);
  else return 0;
  return word.length;
}

function readZone(behind: string, zone: number, items: DateItems): void {
  const [number, word] = /^\s*[+-]\s*\d+\s*([a-z]*)/.exec(behind) ?? [];
  if (number !== undefined && unitOf(word ?? '') === undefined) {
    throw new DateFault('write the zone as an offset, like +0200');
  }
  setItem(items, 'zoneMinutes', zone);
}
