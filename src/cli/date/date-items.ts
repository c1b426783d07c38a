/** What a date says, item by item, before it is placed on the calendar. */
export interface CalendarDate {
  /** Absent in `October 25`: the current year. */
  readonly year: number | undefined;
  /** 1 to 12, unchecked. */
  readonly month: number;
  readonly day: number;
}

export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface Weekday {
  /** 0 (Sunday) to 6. */
  readonly number: number;
  /** `next` is 1, `last` −1, and 0 the first such day from today on. */
  readonly ordinal: number;
}

/** One amount of a relative item such as `2 weeks ago`. */
export interface Shift {
  readonly field: 'months' | 'days' | 'seconds';
  readonly count: number;
}

export interface DateItems {
  date?: CalendarDate;
  time?: ClockTime;
  zoneMinutes?: number;
  weekday?: Weekday;
  readonly shifts: Shift[];
}

/** Why a text is not taken for a date. The caller names the text. */
export class DateFault extends Error {
  override readonly name = 'DateFault';
}

type SingleItem = 'date' | 'time' | 'zoneMinutes' | 'weekday';

const ITEM_WORDS: Readonly<Record<SingleItem, string>> = {
  date: 'dates',
  time: 'times of day',
  zoneMinutes: 'time zones',
  weekday: 'days of the week',
};

/** Sets an item that may stand only once. */
export function setItem<Name extends SingleItem>(items: DateItems, name: Name, value: NonNullable<DateItems[Name]>): void {
  if (items[name] !== undefined) throw new DateFault(`it has two ${ITEM_WORDS[name]}`);
  items[name] = value;
}

const TWO_DIGITS = 2;
const CENTURY_PIVOT = 69;

/** A year as written: two digits mean 1969 to 2068. */
export function yearOf(digits: string): number {
  const year = Number(digits);
  if (digits.length !== TWO_DIGITS) return year;
  return year < CENTURY_PIVOT ? 2000 + year : 1900 + year;
}
