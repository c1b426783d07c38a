import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpackNames } from '../../../../src/base/name-list.ts';
import { jsEngine } from '../../../../src/engine/js-engine.ts';
import { DevinoCache } from '../../../../src/ops/commit/devino-cache.ts';
import { InlinePool } from '../../../../src/pool/inline-pool.ts';
import { Scratch } from '../../../support/scratch.ts';

const scratch = new Scratch('unit-devino-cache');
const OBJECTS = 3000;

/** The checksum of the object with this number. */
const checksumOf = (each: number): string => createHash('sha256').update(`${each}`).digest('hex');

function makeDirectory(label: string): string {
  const path = scratch.fresh(label);
  mkdirSync(path);
  return path;
}

/** An `objects` directory, and one with hardlinks of its files, named by checksum and extension. */
function makeLinks(): { readonly objects: string; readonly links: string } {
  const [objects, links] = [makeDirectory('objects'), makeDirectory('links')];
  for (let each = 0; each < OBJECTS; each++) {
    const checksum = checksumOf(each);
    const prefix = join(objects, checksum.slice(0, 2));
    mkdirSync(prefix, { recursive: true });
    for (const extension of each % 100 === 0 ? ['file', 'dirtree', 'filez'] : ['file']) {
      writeFileSync(join(prefix, `${checksum.slice(2)}.${extension}`), '');
      linkSync(join(prefix, `${checksum.slice(2)}.${extension}`), join(links, `${checksum}.${extension}`));
    }
  }
  mkdirSync(join(objects, 'zz'));
  writeFileSync(join(objects, 'zz', `${'0'.repeat(62)}.file`), '');
  linkSync(join(objects, 'zz', `${'0'.repeat(62)}.file`), join(links, 'zz.file'));
  writeFileSync(join(links, 'single'), '');
  return { objects, links };
}

const hexOf = (checksum: Uint8Array | undefined): string | undefined => (checksum === undefined ? undefined : Buffer.from(checksum).toString('hex'));

describe('the devino cache', () => {
  for (const width of [1, 2]) {
    it(`knows hardlinks of content objects and nothing else, with ${width} threads`, async () => {
      const { objects, links } = makeLinks();
      const inline = new InlinePool({ engine: jsEngine });
      const pool = { width, budget: inline.budget, run: inline.run.bind(inline), expect: () => undefined, rest: () => inline.rest(), close: () => inline.close() };
      const source = { mode: 'bare', algorithm: 'sha256', objects: [makeDirectory('empty'), objects] } as const;
      const cache = await DevinoCache.scan({ engine: jsEngine, pool }, source);
      const { listings: [listing] } = jsEngine.scan({ root: links, directories: '\0', xattrs: false });
      const { names = '', stats = new Float64Array() } = listing ?? {};
      const found = unpackNames(names).map((name, row) => [name, hexOf(cache.lookup(stats, row))]);
      expect(found).toHaveLength(OBJECTS + 2 * (OBJECTS / 100) + 2);
      expect(found).toEqual(unpackNames(names).map((name) => [name, /^([0-9a-f]{64})\.file$/.exec(name)?.[1]]));
    });
  }
});
