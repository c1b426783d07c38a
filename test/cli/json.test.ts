import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isGroup, PROGRAM } from '../../src/cli/command-table.ts';
import type { CommandGroup } from '../../src/cli/command-table.ts';
import type { CommandSpec } from '../../src/cli/command.ts';
import { JsonSchema } from '../support/json-schema.ts';
import { coppice, run, succeed } from '../support/program.ts';
import { describeWith } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';

const scratch = new Scratch('json');
const folder = scratch.fresh('work');
const schema = new JsonSchema(JSON.parse(readFileSync(new URL('../../src/cli/report.schema.json', import.meta.url), 'utf8')));

function commandsOf(spec: CommandSpec | CommandGroup): CommandSpec[] {
  return isGroup(spec) ? spec.members.flatMap((member) => commandsOf(member.spec)) : [spec];
}

const built = commandsOf(PROGRAM).filter(({ load }) => load !== undefined);

/** Prints nothing but errors, or data as it is. */
const SILENT = ['cat', 'completion', 'export', 'help', 'init', 'reset'];

/** Takes seconds; bench.test.ts reads its report. */
const ELSEWHERE = ['bench'];

/** Lines that between them print every definition, in the order in which they run. */
const LINES: readonly [definition: string, line: string, status?: number][] = [
  ['commit', 'commit -b main --timestamp=@1 tree'],
  ['commit', 'commit -b main --generate-sizes --add-metadata-string=key=value --add-detached-metadata-string=key=value changed'],
  ['commit', 'commit -b other --skip-if-unchanged --verify-index changed'],
  ['commit', 'commit -b old --timestamp=@-99999999999999999 tree'],
  ['checkout', 'checkout -U main copy'],
  ['checkout', 'checkout -U --subpath=/none --allow-noent main none'],
  ['checkout-update', 'checkout -U --update main copy'],
  ['checkout-update-refused', 'checkout -U --update old copy', 1],
  ['checksum', 'checksum tree'],
  ['checksum', 'checksum tree/file'],
  ['config', 'config get core.mode'],
  ['create-usb', 'create-usb . org.example.Os main'],
  ['create-usb', 'create-usb --destination-repo=drive . org.example.Os main'],
  ['diff', 'diff main'],
  ['diff', 'diff --stats main'],
  ['diff', 'diff --stats --fs-diff main^ main'],
  ['diff', 'diff main ./tree'],
  ['du', 'du'],
  ['log', 'log main'],
  ['log', 'log old'],
  ['ls', 'ls main'],
  ['ls', 'ls -RCX main'],
  ['pull-local', 'pull-local repo main'],
  ['refs', 'refs'],
  ['refs', 'refs -A'],
  ['refs-collections', 'refs -c'],
  ['rev-parse', 'rev-parse main'],
  ['show', 'show main'],
  ['show', 'show DIRTREE'],
  ['show', 'show DIRMETA'],
  ['show', 'show FILE'],
  ['show', 'show LINK'],
  ['show-value', 'show --print-metadata-key=key main'],
  ['show-value', 'show --print-detached-metadata-key=key main'],
  ['show-value', 'show --print-variant-type=s text'],
  ['show-sizes', 'show --print-sizes main'],
  ['show-related', 'show --print-related main'],
  ['gc-estimate', 'gc --estimate --depth=0'],
  ['prune', 'prune --no-prune --refs-only --depth=0'],
  ['prune', 'prune --delete-commit PARENT'],
  ['gc', 'gc'],
  ['summary-update', 'summary -u'],
  ['summary', 'summary -v'],
  ['summary-value', 'summary --raw'],
  ['summary-value', 'summary --print-metadata-key=ostree.summary.mode'],
  ['summary-keys', 'summary --list-metadata-keys'],
  ['find-remotes', 'find-remotes org.example.Os main'],
  ['fsck', 'fsck'],
  ['fsck', 'fsck DAMAGED', 1],
  ['fsck', 'fsck --repair --from=tree --from=changed'],
];

beforeAll(() => {
  for (const name of ['tree', 'changed', 'tree/inner']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'tree/file'), 'one');
  writeFileSync(join(folder, 'changed/file'), 'two');
  writeFileSync(join(folder, 'text'), 'text\0');
  succeed(coppice, ['--repo=repo', 'init', '--mode=archive', '--collection-id=org.example.Os'], { cwd: folder });
  succeed(coppice, ['--repo=other', 'init', '--mode=archive'], { cwd: folder });
  run({ name: 'coppice', words: ['ln'] }, ['-s', 'file', 'tree/link'], { cwd: folder });
});

/** Does what a line needs done before and puts checksums for the words that stand for them. */
function prepare(line: string): string[] {
  const ask = (...words: string[]): string => succeed(coppice, ['--repo=repo', ...words], { cwd: folder });
  const names: Readonly<Record<string, () => string>> = {
    DIRTREE: () => ask('ls', '-dC', 'old', '/').split(/ +/)[4] ?? '',
    DIRMETA: () => ask('ls', '-dC', 'old', '/').split(/ +/)[5] ?? '',
    FILE: () => ask('ls', '-C', 'old', '/file').split(/ +/)[4] ?? '',
    LINK: () => ask('ls', '-C', 'old', '/link').split(/ +/)[4] ?? '',
    PARENT: () => ask('rev-parse', 'main^'),
  };
  if (line.includes('--update old')) writeFileSync(join(folder, 'copy/file'), 'changed by hand');
  if (line.includes('refs -A')) ask('refs', '-A', '--create=alias', 'main');
  if (line.includes('DAMAGED')) damage();
  return line.split(' ').filter((word) => word !== 'DAMAGED').map((word) => names[word]?.() ?? word);
}

function damage(): void {
  const objects = readdirSync(join(folder, 'repo/objects'), { recursive: true, encoding: 'utf8' });
  writeFileSync(join(folder, 'repo/objects', objects.find((path) => path.endsWith('.filez')) ?? ''), 'x');
}

/** A list is one value over several lines; anything else is a value a line. */
function valuesOf(text: string): unknown[] {
  return text.startsWith('[') ? [JSON.parse(text)] : text.trimEnd().split('\n').map((line): unknown => JSON.parse(line));
}

function repositoryOf(line: string): string[] {
  if (line.startsWith('checksum')) return [];
  return [line.startsWith('pull-local') ? '--repo=other' : '--repo=repo'];
}

describe('the table of --json', () => {
  it('has every command that is built: those that report, and those that have nothing to report', () => {
    expect(built.filter(({ reports }) => reports === undefined).map(({ name }) => name).toSorted()).toEqual(SILENT);
  });

  it('names the definitions of the schema, each once, and all of them are tried', () => {
    const named = built.flatMap(({ reports }) => reports ?? []).toSorted();
    expect(schema.names.filter((name) => !/^[A-Z]/.test(name)).toSorted()).toEqual(named);
    expect([...ELSEWHERE, ...new Set(LINES.map(([definition]) => definition))].toSorted()).toEqual(named);
    const tried = LINES.map(([definition, line]) => ({ definition, reports: built.find(({ name }) => name === line.split(' ')[0])?.reports ?? [] }));
    expect(tried.filter(({ definition, reports }) => !reports.includes(definition))).toEqual([]);
  });
});

describeWith([], 'reports with --json', () => {
  it.each(LINES)('are as the schema says: %s of "%s"', (definition, line, status = 0) => {
    const words = prepare(line);
    const finished = run(coppice, [...repositoryOf(line), '--json', ...words], { cwd: folder });
    expect({ status: finished.status, stderr: status === 0 ? finished.stderr : '' }).toEqual({ status, stderr: '' });
    const values = valuesOf(finished.stdout);
    expect(values.length).toBeGreaterThan(0);
    expect(values.flatMap((value) => schema.faults(definition, value))).toEqual([]);
  });

  it('print an alias and what it names', () => {
    const answer = succeed(coppice, ['--repo=repo', '--json', 'refs', '-A'], { cwd: folder });
    expect(JSON.parse(answer)).toMatchObject({ version: 1, refs: [{ ref: 'alias', alias: 'main' }] });
  });
});
