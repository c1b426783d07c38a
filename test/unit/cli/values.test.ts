import { describe, expect, it } from 'vitest';
import { parseBoolean } from '../../../src/cli/parse-boolean.ts';
import { parseSize } from '../../../src/cli/parse-size.ts';

describe('parseSize', () => {
  it.each([
    ['1', 1],
    ['1048576', 1048576],
    ['64k', 65536],
    ['64M', 67108864],
    ['64MB', 67108864],
    ['64MiB', 67108864],
    ['1G', 1073741824],
    ['2t', 2199023255552],
    [' 10M ', 10485760],
  ])('reads %j', (text, bytes) => {
    expect(parseSize(text, '--max-memory')).toBe(bytes);
  });

  it.each(['', '0', '-1', '1.5G', 'M', '10X', '10 M B', '1e3', '99999999999999999', '9007199254740992T'])('refuses %j', (text) => {
    expect(() => parseSize(text, '--max-memory')).toThrow(`Invalid size '${text}' for --max-memory`);
  });
});

describe('parseBoolean', () => {
  it.each([['1', true], ['true', true], ['YES', true], ['0', false], ['false', false], ['no', false], ['None', false]])('reads %s', (text, value) => {
    expect(parseBoolean(text)).toBe(value);
  });

  it.each(['', 'bogus', '2', 'on'])('refuses %j', (text) => {
    expect(() => parseBoolean(text)).toThrow(`Invalid boolean argument '${text}'`);
  });
});
