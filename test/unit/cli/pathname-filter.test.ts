import { describe, expect, it } from 'vitest';
import { parsePathnameFilter } from '../../../src/cli/pathname-filter.ts';

describe('--tar-pathname-filter', () => {
  it.each([
    ['^a/,b/', 'a/x', 'b/x'],
    ['a,b', 'a/a', 'b/b'],
    ['(x)(y),\\2\\1\\0', 'xy', 'yxxy'],
    ['(?<n>x),<\\g<n>\\g<1>>', 'x', '<xx>'],
    ['x,a,b', 'x', 'a,b'],
    ['x,\\\\', 'x', '\\'],
    ['[[:digit:]]+,#', 'a12', 'a#'],
    ['q,z', 'a', 'a'],
  ])('%s makes of %s %s', (filter, path, expected) => expect(parsePathnameFilter(filter)(path)).toBe(expected));

  it.each([['x', "Missing ',' in --tar-pathname-filter"], ['(,x', 'Error while compiling'], ['x,\\q', 'unknown escape sequence'], ['x,\\U', 'is not built']])(
    'refuses %s',
    (filter, words) => expect(() => parsePathnameFilter(filter)).toThrow(words),
  );
});
