import { CoppiceError } from '../../base/errors.ts';
import { parseKeyfile } from '../../format/keyfile.ts';
import type { Keyfile } from '../../format/keyfile.ts';
import { fsyncPolicy } from '../../fs/fsync-policy.ts';
import { replaceFile } from '../../fs/tmp-file.ts';
import { configPath } from '../../repo/layout.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Invocation } from '../command.ts';
import { openRepoLightly } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { badUsage, usageError } from '../usage-error.ts';

/** A place in `config`; `rest` are the words behind the key. */
interface Address {
  readonly group: string;
  readonly key: string;
  readonly rest: readonly string[];
}

type Operation = (invocation: Invocation, repo: Repo, words: readonly string[]) => void;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['get', getValue],
  ['set', setValue],
  ['unset', unsetValue],
]);

export async function run(invocation: Invocation): Promise<number> {
  const [operation, ...words] = invocation.args;
  const repo = await openRepoLightly(invocation);
  if (operation === undefined) throw usageError('OPERATION must be specified');
  if (words.length > (operation === 'set' ? 2 : 1)) throw usageError('Too many arguments given');
  const act = OPERATIONS.get(operation);
  if (act === undefined) throw badUsage(`Unknown operation ${operation}`);
  act(invocation, repo, words);
  return 0;
}

function getValue(invocation: Invocation, { keyfile }: Repo, words: readonly string[]): void {
  const { group, key } = readAddress(invocation, words, 0, ['KEY must be specified', 'Group name and key must be specified']);
  if (!keyfile.hasGroup(group)) throw missing(`Key file does not have group “${group}”`);
  const value = keyfile.getString(group, key);
  if (value === undefined) throw missing(`Key file does not have key “${key}” in group “${group}”`);
  const { settings, out } = invocation;
  out(settings.json ? reportLine({ group, key, value }) : `${value}\n`);
}

function setValue(invocation: Invocation, repo: Repo, words: readonly string[]): void {
  const { group, key, rest } = readAddress(invocation, words, 1, [
    'KEY and VALUE must be specified',
    'GROUP name, KEY and VALUE must be specified',
  ]);
  const [value = ''] = rest;
  change(repo, (keyfile) => keyfile.setString(group, key, value));
}

function unsetValue(invocation: Invocation, repo: Repo, words: readonly string[]): void {
  const { group, key } = readAddress(invocation, words, 0, ['KEY must be specified', 'Group name and key must be specified']);
  change(repo, (keyfile) => void keyfile.unset(group, key));
}

/** Reads `section.key`, or `key` in the section that `--group` names; `values` words must follow. */
function readAddress(
  { options }: Invocation,
  words: readonly string[],
  values: number,
  [absent, absentWithGroup]: readonly [string, string],
): Address {
  const group = options.string('group');
  const [key, ...rest] = words;
  if (key === undefined || rest.length < values) throw badUsage(group === undefined ? absent : absentWithGroup);
  return group === undefined ? { ...splitKey(key), rest } : { group, key, rest };
}

function splitKey(text: string): { group: string; key: string } {
  const dot = text.indexOf('.');
  if (dot < 0) throw badUsage('Key must be of the form "sectionname.keyname"');
  return { group: text.slice(0, dot), key: text.slice(dot + 1) };
}

function missing(message: string): CoppiceError {
  return new CoppiceError('USAGE', message);
}

/** Rewrites `config` as a whole, with every line that is not touched as it was. */
function change({ path, keyfile, config }: Repo, edit: (keyfile: Keyfile) => void): void {
  const edited = parseKeyfile(keyfile.serialise());
  edit(edited);
  replaceFile(configPath(path), edited.serialise(), { fsync: fsyncPolicy(config.fsync) });
}
