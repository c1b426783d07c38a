import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../bench/options.ts';
import { planSittings } from '../../../bench/sittings.ts';

function planned(...argv: readonly string[]): [corpora: string, engines: string, ostree: boolean, ext4: boolean][] {
  return planSittings(parseOptions(argv)).map(({ corpora, engines, withOstree, alsoExt4 }) => [corpora.join(), engines.join(), withOstree, alsoExt4]);
}

describe('the plan of a run', () => {
  it('is one sitting as the options say', () => {
    expect(planned('--corpora=tiny,mix', '--also-ext4')).toEqual([['tiny,mix', 'native,wasm', true, true]]);
  });

  it('has for the acceptance table a part against ostree and one about many files', () => {
    expect(planned('--acceptance', '--also-ext4')).toEqual([
      ['mix-132k', 'native,wasm', true, true],
      ['mix', 'native,wasm', true, true],
      ['huge', 'native,wasm', true, false],
      ['many-10k,many-100k,many-1m', 'native,low-ram', false, false],
    ]);
  });

  it('has of each corpus what is promised of it, unless operations are named', () => {
    const operations = (...argv: readonly string[]): (readonly string[])[] => planSittings(parseOptions(['--acceptance', ...argv])).map((sitting) => sitting.operations);
    expect(operations('--corpora=huge,mix')).toEqual([['commit:bare-user-only'], ['pull-local:link', 'pull-local:to-archive', 'pull-local:from-archive', 'commit:tar', 'export']]);
    expect(operations('--corpora=mix', '--ops=fsck')).toEqual([['fsck']]);
  });

  it('leaves out what was not asked for', () => {
    expect(planned('--acceptance', '--corpora=mix')).toEqual([['mix', 'native,wasm', true, false]]);
  });
});
