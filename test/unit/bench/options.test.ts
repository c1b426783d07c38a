import { describe, expect, it } from 'vitest';
import { chooseOperations, OPERATIONS } from '../../../bench/ops/index.ts';
import { parseOptions } from '../../../bench/options.ts';

describe('the words of npm run bench', () => {
  it('default to the whole table', () => {
    expect(parseOptions([])).toMatchObject({ corpora: ['tiny', 'large', 'mix'], engines: ['native', 'wasm'], rounds: 5, directory: '/dev/shm', tolerancePercent: 10 });
  });

  it.each([
    [['--quick'], { corpora: ['small'], rounds: 1 }],
    [['--quick', '--rounds=7'], { corpora: ['small'], rounds: 7 }],
    [['--million'], { corpora: ['many'], rounds: 1, manyFiles: 500_000, operations: ['commit:bare-user-only'] }],
    [['--million=1000', '--ops=fsck'], { corpora: ['many'], manyFiles: 1000, operations: ['fsck'] }],
    [['--coppice=ostree', '--engines=plain'], { command: ['ostree'], engines: ['plain'] }],
    [['--acceptance'], { corpora: ['mix-132k', 'mix', 'huge', 'many-10k', 'many-100k', 'many-1m'], rounds: 5, isAcceptance: true }],
    [['--acceptance', '--corpora=mix'], { corpora: ['mix'] }],
    [['--from=a.json,b.json'], { reportPaths: ['a.json', 'b.json'] }],
    [['--no-ostree', '--no-floor'], { withOstree: false, withFloor: false }],
  ])('read %j', (argv, expected) => {
    expect(parseOptions(argv)).toMatchObject(expected);
  });

  it.each([
    [['--ops=comit'], /unknown operation "comit": there are commit:/],
    [['--corpora=big'], /unknown corpus "big"/],
    [['--rounds=many'], /--rounds: "many" is not a number/],
    [['--what'], /--what/],
    [['word'], /word/],
  ])('refuse %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

describe('the choice of operations', () => {
  it('is everything but the largest for the mix and little for the others', () => {
    expect(chooseOperations('mix', [])).toEqual(OPERATIONS.filter(({ name }) => name !== 'prune:1000k'));
    expect(chooseOperations('huge', []).map(({ name }) => name)).toEqual(['commit:bare-user-only']);
  });

  it('takes a verb for all its settings', () => {
    expect(chooseOperations('tiny', ['checkout']).map(({ name }) => name)).toEqual(['checkout:hardlink', 'checkout:copy', 'checkout:update']);
    expect(chooseOperations('tiny', ['commit:bare']).map(({ name }) => name)).toEqual(['commit:bare']);
  });
});
