import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDate } from '../../../src/cli/parse-date.ts';

const gnuDate = spawnSync('date', ['--version'], { encoding: 'utf8' }).status === 0;

const ABSOLUTE = [
  '@0', '@1234567890', '@ 5', '@-1', '@1.9', '@-1.5', '@1234567890,25',
  '2005-10-29', '2005-10-29 12:43', '2005-10-29 12:43:29', '2005-10-29 12:43:29 +0000', '2005-10-29 12:43:29 +02:00',
  '2005-10-29 12:43:29 -0330', '2005-10-29 12:43:29.75', '2005-10-29 12:43:29,75', '2005-10-29T12:43:29', '2005-10-29T12:43Z',
  '2005-10-29T12:43:29Z', '2005-10-29T12:43:29+01:30', '2005-10-29T12:43:29.123456-07', '2005-10-29 12:43:29 UTC',
  '2005-10-29 GMT',  '12:43 2005-10-29 UTC',
  '2020-1-5', '2020-01-01 10', '2020-01-01 1030', '20200101', '20200101 1020', '20051029 12:43:29 UTC',
  '10/29/2005', '10/29/05', '10/29/85', '2005/10/29', '10/29/2005 4:45 pm', '10/29/2005 16:45',
  'October 25 1985', 'October 25, 1985', 'november 05 1955', 'Nov 5, 1955 06:00', 'Oct. 25 1985', 'OCT-25-1985', '25 October 1985',
  '25 Oct 85', '25-Oct-85', '25oct1985', '25-oct-1985 10:00:00', 'Oct 12 10:00 2010', 'sept 5 2001', 'Sat, 29 Oct 2005 12:00:00 +0000',
  'Sat Oct 29 12:43:29 2005', 'Sat Oct 29 12:43:29 UTC 2005', 'Saturday 29 October 2005', '29 Oct 2005 12am', '29 Oct 2005 12pm',
  '29 Oct 2005 4 p.m.', '29 Oct 2005 4:45:10pm', '2004-02-29', '1969-12-31 23:59:59 UTC', '1901-01-01 UTC', '2100-06-01 12:00 UTC',
  '2005-10-29 +1 day', '2005-10-29 1 month', '2005-01-31 1 month', '2005-10-29 12:00:00 UTC 3 hours ago',
  '2005-10-29 12:00 UTC + 90 minutes', '2005-10-29 12:00 UTC +2 hours', '2005-10-29 12:00 UTC -1 day', '2004-02-29 1 year', '2005-10-29 tomorrow', '2005-03-27 12:00 1 day ago', '2005-10-30 12:00 UTC +24 hours', '2005-10-30 24 hours',
  '2005-10-29 next month', '2005-10-29 last year', '2005-10-29 1 fortnight ago', '2005-10-29 2 weeks hence',
];

/** GNU date refuses these where they are the local zone's name for another season. */
const ZONE_NAMES = ['EST', 'EDT', 'CST', 'PDT', 'CET', 'CEST', 'MET', 'EET', 'EEST', 'WET', 'WEST', 'BST', 'MST', 'MDT', 'UT', 'GMT', 'Z'];

const RELATIVE = [
  'now', 'today', 'yesterday', 'tomorrow', '1 week ago', '3 days ago', '1 day', '+1 week', '-1 week', '- 1 day', '2 hours ago',
  '90 seconds ago', '10 min ago', '5 secs ago', '1 month ago', '1 year ago', 'next week', 'last week', 'last month', 'next year',
  'this week', 'week', 'week ago', 'fortnight ago', '1 week ago 2 days ago', '-1 week -2 days', '-1 day ago', 'third week',
];

/** Items that start at midnight or name the time: the answer is the same all day long. */
const TODAY = [
  'friday', 'sun', 'next friday', 'last monday', 'this friday', 'third sunday', 'tuesday 10:00', 'thurs', 'yesterday 14:00',
  'tomorrow 10:00', '10:00', '10:00:30', '4pm', '12am', '10:00pm tomorrow', '14:00 UTC', '08:00 +0200', 'Oct 25', '25 Oct', '10/25', 'oct 12 10:00',
];

const NOT_DATES = [
  '', '   ', 'bogus', '@', '@x', '@1 day', '2020-02-30', '2019-02-29', '2020-13-01', '2020-01-32', '24:00', '23:59:60', '12:60', '13pm', '0pm',
  '100:00', '1985', '12', '+1', '1.5 seconds', 'noon', 'one week ago', 'a week ago', '2020-01-01T10', '20051029T124329Z', '-2020-01-01',
  'jan 2020', '2020 jan 5', 'yesterday ago', '3 fridays', '2020-01-01 2020-01-02', '10:00 11:00', 'monday tuesday', '10:00 UTC EST',
  '2020-01-01 00:00 +25', '2020-01-01 00:00 +2460', '1 week 2 days ago', '2005-10-29 12:00 -2 days', '12:00 +2 hours', '2020-01-01 UTC+2', '2020-01-01 12:00 T', 'now UTC',
  '2020-01-01 monday', '2020-01-01x', '1weekago', '1 parsec ago', '@99999999999999999999', '999999999 years', '10:00 [x]', '2020-01-01 (note)',
];

function gnuSeconds(texts: readonly string[]): (bigint | string)[] {
  const { stdout, stderr } = spawnSync('date', ['-f', '-', '+%s'], { input: `${texts.join('\n')}\n`, encoding: 'utf8', env: process.env });
  const lines = stdout.trim().split('\n');
  return lines.length === texts.length ? lines.map(BigInt) : [stderr];
}

describe.each(['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Auckland'])('parseDate in %s', (zone) => {
  const before = process.env['TZ'];
  beforeEach(() => {
    process.env['TZ'] = zone;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it.runIf(gnuDate)('reads absolute dates as GNU date does', () => {
    const expected = gnuSeconds(ABSOLUTE);
    expect(Object.fromEntries(ABSOLUTE.map((text) => [text, parseDate(text)]))).toEqual(
      Object.fromEntries(ABSOLUTE.map((text, index) => [text, expected[index]])),
    );
  });

  it.runIf(gnuDate)('reads relative dates as GNU date does', () => {
    const expected = gnuSeconds(RELATIVE);
    const away = RELATIVE.filter((text, index) => Math.abs(Number(parseDate(text)) - Number(expected[index])) > 2);
    expect(away).toEqual([]);
  });

  it.runIf(gnuDate)('reads days and times of today as GNU date does', () => {
    const expected = gnuSeconds(TODAY);
    expect(Object.fromEntries(TODAY.map((text) => [text, parseDate(text)]))).toEqual(
      Object.fromEntries(TODAY.map((text, index) => [text, expected[index]])),
    );
  });
});

describe('parseDate', () => {
  it.runIf(gnuDate)('knows the names of zones as GNU date does', () => {
    const texts = ZONE_NAMES.map((name) => `2005-10-29 12:43 ${name}`);
    const before = process.env['TZ'];
    process.env['TZ'] = 'UTC';
    const expected = gnuSeconds(texts);
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    expect(texts.map((text) => parseDate(text))).toEqual(expected);
  });

  it.each(NOT_DATES)('refuses %j', (text) => {
    expect(() => parseDate(text)).toThrow(`Could not parse '${text}'`);
  });

  it('reads known instants without any other program', () => {
    expect(parseDate('2005-10-29 12:43:29 +0000')).toBe(1130589809n);
    expect(parseDate('@1234567890')).toBe(1234567890n);
    expect(parseDate('1 week ago', 1_000_000_000_000)).toBe(1_000_000_000n - 604800n);
  });

  it('refuses an hour that daylight saving time skips', () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    try {
      expect(() => parseDate('2005-03-27 02:30')).toThrow('Could not parse');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});
