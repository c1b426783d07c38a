/** The words that GNU date knows, in lower case. */

const MONTHS = [
  'january', 'february', 'march', 'april', 'may', 'june',
  'july', 'august', 'september', 'october', 'november', 'december',
] as const;

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const ABBREVIATION = 3;

/** Other ways of shortening a name. */
const OTHER_MONTHS: Readonly<Record<string, number>> = { sept: 9 };
const OTHER_WEEKDAYS: Readonly<Record<string, number>> = { tues: 2, wednes: 3, thur: 4, thurs: 4 };

function indexOfName(names: readonly string[], word: string): number | undefined {
  const index = names.findIndex((name) => name === word || name.slice(0, ABBREVIATION) === word);
  return index < 0 ? undefined : index;
}

/** 1 to 12. */
export function monthOf(word: string): number | undefined {
  const index = indexOfName(MONTHS, word);
  return index === undefined ? OTHER_MONTHS[word] : index + 1;
}

/** 0 (Sunday) to 6. */
export function weekdayOf(word: string): number | undefined {
  return indexOfName(WEEKDAYS, word) ?? OTHER_WEEKDAYS[word];
}

/** `last` is −1, `this` 0, `next` 1. `second` is a unit of time and never a number. */
const ORDINALS: Readonly<Record<string, number>> = {
  last: -1, this: 0, next: 1, first: 1, third: 3, fourth: 4, fifth: 5, sixth: 6,
  seventh: 7, eighth: 8, ninth: 9, tenth: 10, eleventh: 11, twelfth: 12,
};

export const ORDINAL_WORDS: readonly string[] = Object.keys(ORDINALS);

export function ordinalOf(word: string): number | undefined {
  return ORDINALS[word];
}

/** Whole days from today. */
const DAY_SHIFTS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, now: 0, tomorrow: 1 };

export function dayShiftOf(word: string): number | undefined {
  return DAY_SHIFTS[word];
}

/** What a unit of time adds to. */
export interface Unit {
  readonly field: 'months' | 'days' | 'seconds';
  readonly count: number;
}

const UNITS: Readonly<Record<string, Unit>> = {
  year: { field: 'months', count: 12 },
  month: { field: 'months', count: 1 },
  fortnight: { field: 'days', count: 14 },
  week: { field: 'days', count: 7 },
  day: { field: 'days', count: 1 },
  hour: { field: 'seconds', count: 3600 },
  minute: { field: 'seconds', count: 60 },
  min: { field: 'seconds', count: 60 },
  second: { field: 'seconds', count: 1 },
  sec: { field: 'seconds', count: 1 },
};

export function unitOf(word: string): Unit | undefined {
  return UNITS[word] ?? (word.endsWith('s') ? UNITS[word.slice(0, -1)] : undefined);
}

/** Minutes east of Greenwich. Names that mean several places (`ist`, `bst` east of Europe) are left out or Europe's. */
const ZONES: Readonly<Record<string, number>> = {
  z: 0, utc: 0, gmt: 0, ut: 0, wet: 0, west: 60, bst: 60, cet: 60, cest: 120, met: 60, mest: 120, eet: 120, eest: 180,
  est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420,
};

export function zoneMinutesOf(word: string): number | undefined {
  return ZONES[word];
}
