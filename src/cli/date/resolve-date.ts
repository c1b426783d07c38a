/** Places the items of a date on the calendar, in the zone they name or in the local one. */
import { DateFault } from './date-items.ts';
import type { ClockTime, DateItems, Shift } from './date-items.ts';

interface WallTime extends ClockTime {
  readonly year: number;
  /** 1 to 12; beyond them it flows into other years, as days flow into other months. */
  readonly month: number;
  readonly day: number;
}

/** How wall time and milliseconds since 1970 belong together. */
interface Zone {
  wallOf(milliseconds: number): WallTime;
  millisecondsOf(wall: WallTime): number;
}

const MILLISECONDS_PER_MINUTE = 60_000;
const DAYS_PER_WEEK = 7;
const MIDNIGHT: ClockTime = { hour: 0, minute: 0, second: 0 };

const LOCAL: Zone = {
  wallOf(milliseconds) {
    const date = new Date(milliseconds);
    return {
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      day: date.getDate(),
      hour: date.getHours(),
      minute: date.getMinutes(),
      second: date.getSeconds(),
    };
  },
  millisecondsOf({ year, month, day, hour, minute, second }) {
    const date = new Date(0);
    date.setHours(hour, minute, second, 0);
    date.setFullYear(year, month - 1, day);
    date.setHours(hour, minute, second, 0);
    return date.getTime();
  },
};

function fixedZone(zoneMinutes: number): Zone {
  const shift = zoneMinutes * MILLISECONDS_PER_MINUTE;
  return {
    wallOf(milliseconds) {
      const date = new Date(milliseconds + shift);
      return {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
      };
    },
    millisecondsOf({ year, month, day, hour, minute, second }) {
      const date = new Date(0);
      date.setUTCFullYear(year, month - 1, day);
      date.setUTCHours(hour, minute, second, 0);
      return date.getTime() - shift;
    },
  };
}

/** Amounts alone count in the offset of now: `1 week ago` is 168 hours even over a change to daylight saving time. */
function zoneOf({ date, time, weekday, zoneMinutes }: DateItems, now: number): Zone {
  if (zoneMinutes !== undefined) return fixedZone(zoneMinutes);
  const amountsAlone = date === undefined && time === undefined && weekday === undefined;
  return amountsAlone ? fixedZone(-new Date(now).getTimezoneOffset()) : LOCAL;
}

/** Milliseconds since 1970 of what the items say, seen from `now`. Throws DateFault for days and hours that are not. */
export function resolveDate(items: DateItems, now: number): number {
  if (items.zoneMinutes !== undefined && items.date === undefined && items.time === undefined) {
    throw new DateFault('a time zone needs a date or a time');
  }
  const zone = zoneOf(items, now);
  const start = startOf(items, zone, now);
  const shifted = shiftCalendar(start, items.shifts, zone);
  const seconds = sumOf(items.shifts, 'seconds');
  const result = shifted + seconds * 1000;
  if (!Number.isFinite(result)) throw new DateFault('it is too far from now');
  return result;
}

/** The instant before relative items apply: now, or the day and time named. Today is the local one in every zone. */
function startOf(items: DateItems, zone: Zone, now: number): number {
  const { date, time, weekday } = items;
  if (date === undefined && time === undefined && weekday === undefined) return now;
  const today = LOCAL.wallOf(now);
  const wall: WallTime = { ...today, ...date, year: date?.year ?? today.year, ...(time ?? MIDNIGHT) };
  const start = exactly(wall, zone);
  return weekday === undefined ? start : moveToWeekday(items, start, zone);
}

/** Refuses 30 February, 25:00 and the hour that daylight saving time skips. */
function exactly(wall: WallTime, zone: Zone): number {
  const milliseconds = zone.millisecondsOf(wall);
  const back = zone.wallOf(milliseconds);
  const same =
    wall.year === back.year &&
    wall.month === back.month &&
    wall.day === back.day &&
    wall.hour === back.hour &&
    wall.minute === back.minute &&
    wall.second === back.second;
  if (!same) throw new DateFault('there is no such day or time');
  return milliseconds;
}

function weekdayOfWall({ year, month, day }: WallTime): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDay();
}

function moveToWeekday({ date, weekday }: DateItems, start: number, zone: Zone): number {
  if (weekday === undefined) return start;
  const wall = zone.wallOf(start);
  const current = weekdayOfWall(wall);
  if (date !== undefined) {
    if (weekday.ordinal !== 0 || weekday.number !== current) throw new DateFault('the day of the week is another one');
    return start;
  }
  const ahead = (weekday.number - current + DAYS_PER_WEEK) % DAYS_PER_WEEK;
  const weeks = weekday.ordinal - (weekday.ordinal > 0 && ahead !== 0 ? 1 : 0);
  return zone.millisecondsOf({ ...wall, day: wall.day + ahead + weeks * DAYS_PER_WEEK });
}

function sumOf(shifts: readonly Shift[], field: Shift['field']): number {
  return shifts.filter((shift) => shift.field === field).reduce((sum, shift) => sum + shift.count, 0);
}

/** Adds months and days to the wall time, which stays the same over a change to daylight saving time. */
function shiftCalendar(start: number, shifts: readonly Shift[], zone: Zone): number {
  const [months, days] = [sumOf(shifts, 'months'), sumOf(shifts, 'days')];
  if (months === 0 && days === 0) return start;
  const wall = zone.wallOf(start);
  return zone.millisecondsOf({ ...wall, month: wall.month + months, day: wall.day + days });
}
