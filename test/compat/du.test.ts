import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { coppice, run, succeed, succeedWords } from '../support/program.ts';
import { describeWith, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** A browser is 300 MB: without one the test skips loudly, also where every other referee is required. */
function describeInBrowser(title: string, body: () => void): void {
  if (CHROMIUM !== undefined) return void describe(title, body);
  process.stderr.write(`SKIPPED: du ${title}: needs chromium (apt install chromium)\n`);
  describe.skip(`${title} [needs chromium]`, body);
}

/** Looks like markup wherever it is put in unescaped; the name of a ref cannot, the repository's path can. */
const HOSTILE = `x"'><img src=x onerror=document.title='owned'></title><script>document.title='owned'</script>&amp;`;

interface Amount {
  readonly objects: number;
  readonly bytes: number;
}
interface Report {
  readonly version: number;
  readonly repository: Amount;
  readonly shared: Amount;
  readonly unreferenced: Amount;
  readonly refs: readonly { readonly refspec: string; readonly commits: number; readonly alone: Amount; readonly total: Amount }[];
}

describeWith([needs.referee], 'du and gc', () => {
  const scratch = new Scratch('du');
  let repo: string;
  const report = (...words: string[]): Report => JSON.parse(succeed(coppice, ['du', `--repo=${repo}`, '--json', ...words])) as Report;
  const repositoryBytes = (path: string): number =>
    Number(succeedWords(['sh', '-c', `find ${JSON.stringify(path)}/objects -type f -printf '%s\\n' | awk '{s+=$1} END {print s+0}'`]));

  beforeAll(() => {
    const place = scratch.fresh('place');
    succeedWords(['mkdir', '-p', place]);
    repo = join(place, 'repo');
    succeedWords(['sh', '-ec', `
ostree --repo=repo init --mode=bare-user-only
mkdir -p tree/sub; head -c 3000 /dev/zero > tree/shared
for i in 1 2 3; do head -c $((i * 1000)) /dev/urandom > tree/sub/own; ostree --repo=repo commit -b big tree > /dev/null; done
head -c 500 /dev/urandom > tree/sub/own; ostree --repo=repo commit -b small tree > /dev/null
head -c 700 /dev/urandom > tree/sub/own; ostree --repo=repo commit --orphan tree > /dev/null
ostree --repo=repo refs --create other -A small
`], { cwd: place });
  });

  it('tells what each ref holds alone, and all of it adds up', () => {
    const { refs, repository, shared, unreferenced, version } = report();
    expect(version).toBe(1);
    expect(refs.map(({ refspec, commits }) => [refspec, commits])).toEqual([['big', 3], ['small', 1]]);
    expect(refs[0]?.alone.bytes).toBeGreaterThan(6000);
    expect(shared.bytes).toBeGreaterThanOrEqual(3000);
    expect(unreferenced.bytes).toBeGreaterThan(700);
    expect(repository.bytes).toBe(repositoryBytes(repo));
    expect(refs.reduce((sum, { alone }) => sum + alone.bytes, shared.bytes + unreferenced.bytes)).toBe(repository.bytes);
  });

  it('what a ref holds alone is what ostree frees when the ref is gone', () => {
    const copy = scratch.fresh('copy');
    succeedWords(['cp', '-a', repo, copy]);
    succeedWords(['ostree', `--repo=${copy}`, 'prune', '--refs-only']);
    const before = repositoryBytes(copy);
    succeedWords(['ostree', `--repo=${copy}`, 'refs', '--delete', 'big']);
    succeedWords(['ostree', `--repo=${copy}`, 'prune', '--refs-only']);
    expect(before - repositoryBytes(copy)).toBe(report().refs[0]?.alone.bytes);
  });

  it('prints a table, of the refs that were named alone', () => {
    const text = succeed(coppice, ['du', `--repo=${repo}`, 'small']);
    expect(text).toMatch(/^ *ALONE +SHARED +TOTAL +COMMITS +REF\n.* 1 {2}small\nRepository: /);
    expect(run(coppice, ['du', `--repo=${repo}`, 'nope'])).toMatchObject({ status: 1, stderr: expect.stringContaining("Refspec 'nope' not found") });
  });

  it('gc --estimate tells what gc frees then, and ostree would too', () => {
    const copy = scratch.fresh('copy');
    succeedWords(['cp', '-a', repo, copy]);
    const words = [`--repo=${copy}`, '--depth=0'];
    const estimate = JSON.parse(succeed(coppice, ['gc', '--estimate', '--json', ...words])) as { freed: Amount; shared: Amount; orphans: Amount; commits: { refspec: string | null; alone: Amount }[] };
    expect(estimate.commits.map(({ refspec }) => refspec ?? '').toSorted((a, b) => a.localeCompare(b))).toEqual(['', 'big', 'big']);
    expect(estimate.commits.reduce((sum, { alone }) => sum + alone.bytes, estimate.shared.bytes + estimate.orphans.bytes)).toBe(estimate.freed.bytes);
    expect(run(coppice, ['gc', '--estimate', ...words]).stdout).toMatch(/Would free .* 3 commits\n$/);
    const theirs = succeedWords(['ostree', 'prune', '--refs-only', '--no-prune', ...words]);
    expect(theirs).toContain(`Would delete: ${estimate.freed.objects} objects`);
    const before = repositoryBytes(copy);
    expect(run(coppice, ['gc', ...words]).stdout).toMatch(/^Freed .* 3 commits\n$/);
    expect(before - repositoryBytes(copy)).toBe(estimate.freed.bytes);
    expect(succeedWords(['ostree', 'prune', '--refs-only', ...words])).toContain('No unreachable objects');
  });

  describe('the page', () => {
    const page = (): string => {
      const hostile = join(scratch.fresh('hostile'), HOSTILE.replaceAll('/', '%'));
      succeedWords(['sh', '-c', 'mkdir -p "$1" && cp -a "$2" "$1/repo"', 'sh', hostile, repo]);
      const path = scratch.fresh('page.html');
      succeed(coppice, ['du', `--repo=${join(hostile, 'repo')}`, `--html=${path}`]);
      return path;
    };

    it('needs nothing else, has no script, and escapes names', () => {
      const text = readFileSync(page(), 'utf8');
      expect(text).not.toMatch(/<script|<img|https?:|javascript:|\son\w+="/i);
      expect(text).toContain('&lt;script&gt;');
      expect(text.match(/<rect /g)).toHaveLength(4);
    });

    describeInBrowser('in a browser', () => {
      it('shows tiles in proportion, none over another, and runs nothing', async () => {
        const { chromium } = await import('playwright-core');
        const opened = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
        try {
          const tab = await opened.newPage();
          const asked: string[] = [];
          tab.on('request', (request) => asked.push(request.url()));
          const address = pathToFileURL(page()).href;
          await tab.goto(address);
          expect(asked).toEqual([address]);
          expect(await tab.title()).toContain('coppice du: ');
          expect(await tab.title()).toContain('<script>');
          const boxes = await tab.locator('svg rect').all();
          const drawn = await Promise.all(boxes.map(async (box) => box.boundingBox()));
          const bytes = await tab.locator('svg g').evaluateAll((groups) => groups.map((group) => Number(group.getAttribute('data-bytes'))));
          const areas = drawn.map((box) => (box?.width ?? 0) * (box?.height ?? 0));
          const total = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0);
          for (const [index, area] of areas.entries()) expect(area / total(areas)).toBeCloseTo((bytes[index] ?? 0) / total(bytes), 1);
          expect(await tab.locator('table tbody tr').count()).toBe(2);
          expect(await tab.locator('svg').innerHTML()).toContain('big');
        } finally {
          await opened.close();
        }
      });
    });
  });
});
