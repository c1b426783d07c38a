import { describe, expect, it } from 'vitest';
import { parseArgs } from '../../../src/cli/parse-args.ts';
import { flag, integer, list, text } from '../../../src/cli/table/option.ts';

const SPECS = [
  text('--repo=PATH', ''),
  text('-b, --branch=BRANCH', ''),
  text('-s, --subject=SUBJECT', ''),
  flag('-U, --user-mode', ''),
  flag('-H, --require-hardlinks', ''),
  list('--tree=TREE', ''),
  integer('-d, --depth=DEPTH', ''),
];

const parse = (...words: string[]): { args: readonly string[]; given: Record<string, string | undefined>[] } => {
  const { args, options } = parseArgs(SPECS, words);
  return { args, given: options.ordered.map(({ long, value }) => ({ [long]: value })) };
};

describe('parseArgs', () => {
  it.each([
    ['--branch=main', 'main'],
    ['--branch=', ''],
    ['--branch=a=b', 'a=b'],
    ['-bmain', 'main'],
    ['-Ubmain', 'main'],
  ])('reads a value joined to its option: %s', (word, value) => {
    expect(parseArgs(SPECS, [word]).options.string('branch')).toBe(value);
  });

  it.each([
    [['--branch', 'main']],
    [['-b', 'main']],
    [['-Ub', 'main']],
    [['-bU', 'main']],
    [['--branch', 'other', '--branch', 'main']],
    [['x', '--branch=other', 'y', '-bmain']],
  ])('reads a value from the next word, the last one winning: %j', (words) => {
    expect(parseArgs(SPECS, words).options.string('branch')).toBe('main');
  });

  it('takes the next word as a value even when it begins with a dash', () => {
    expect(parse('--branch', '--', '-s', '-U')).toEqual({ args: [], given: [{ branch: '--' }, { subject: '-U' }] });
  });

  it('keeps all values of a list, and the order of everything', () => {
    const { options } = parseArgs(SPECS, ['--tree=a', '-U', '--tree', 'b']);
    expect(options.strings('tree')).toEqual(['a', 'b']);
    expect(options.ordered).toEqual([
      { long: 'tree', value: 'a' },
      { long: 'user-mode', value: undefined },
      { long: 'tree', value: 'b' },
    ]);
  });

  it('joins flags, and sets a flag that carries a value', () => {
    expect(parse('-UH', '--user-mode=0').given).toEqual([
      { 'user-mode': undefined },
      { 'require-hardlinks': undefined },
      { 'user-mode': undefined },
    ]);
  });

  it('takes a lone dash and everything behind -- as positional words', () => {
    expect(parse('-', 'a', '-U', '--', '-H', '--', '--bogus')).toEqual({
      args: ['-', 'a', '-H', '--', '--bogus'],
      given: [{ 'user-mode': undefined }],
    });
  });

  it.each([
    ['7', 7],
    ['-1', -1],
    ['+5', 5],
    ['017', 15],
    ['0x1f', 31],
    ['0', 0],
    ['-2147483648', -2147483648],
  ])('reads the integer %s as a C int', (word, value) => {
    expect(parseArgs(SPECS, [`--depth=${word}`]).options.integer('depth')).toBe(value);
  });

  it.each([
    [['--bogus'], 'Unknown option --bogus'],
    [['--bogus=3'], 'Unknown option --bogus=3'],
    [['--bran=x'], 'Unknown option --bran=x'],
    [['-Z'], 'Unknown option -Z'],
    [['-UZ'], 'Unknown option -UZ'],
    [['--help=3'], 'Unknown option --help=3'],
    [['--branch'], 'Missing argument for --branch'],
    [['-b'], 'Missing argument for -b'],
    [['-Ub'], 'Missing argument for -b'],
    [['--depth=x'], 'Cannot parse integer value “x” for --depth'],
    [['--depth='], 'Cannot parse integer value “” for --depth'],
    [['--depth=1x'], 'Cannot parse integer value “1x” for --depth'],
    [['--depth=089'], 'Cannot parse integer value “089” for --depth'],
    [['--depth=2147483648'], 'Integer value “2147483648” for --depth out of range'],
  ])('refuses %j', (words, message) => {
    expect(() => parseArgs(SPECS, words)).toThrow(message);
  });

  it.each(['--help', '-h', '-?', '-Uh', '--help-all'])('stops at %s without reading on', (word) => {
    expect(parseArgs(SPECS, ['-U', word, '--bogus']).help).toBe(true);
  });

  it('fails at an unknown option that stands before --help', () => {
    expect(() => parseArgs(SPECS, ['--bogus', '--help'])).toThrow('Unknown option --bogus');
  });

  it('takes asking for an undeclared option or another kind as an error of the program', () => {
    const { options } = parseArgs(SPECS, []);
    expect(() => options.flag('bogus')).toThrow('the verb declares no option "--bogus"');
    expect(() => options.flag('branch')).toThrow('option "--branch" is a string');
  });
});
