import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { BenchError } from '../src/ops/bench/bench-error.ts';
import { CORPUS_NAMES, type CorpusName } from './support/corpora.ts';
import { isNamedBy, OPERATIONS } from './ops/index.ts';

export const USAGE = `npm run bench -- [OPTION...]
  --ops=NAME,...       operations: a verb (commit) or verb:setting (commit:archive); by default those that suit the corpus
  --corpora=NAME,...   tiny, large, mix, mix-132k, small, huge, many, many-10k, many-100k, many-1m, real (default tiny,large,mix)
  --engines=NAME,...   native, wasm, js, auto, low-ram (default native,wasm; one that cannot run is left out)
  --rounds=N           counted rounds, after one that only checks (default 5)
  --dir=DIR            where trees and repositories are made and removed (default /dev/shm, else the temporary directory)
  --threads=N          threads of coppice and of the floor (default: their own choice)
  --real=DIR           the directory that the corpus "real" copies (default /usr/share)
  --million[=N]        peak memory: one round of commit:bare-user-only of N files (default 500000)
  --quick              a smoke run: corpus small, one round, every verb but not in every mode
  --coppice=COMMAND    the program under test (default: node dist/cli.js of this project)
  --no-ostree          leave ostree out; --no-floor leaves the floor out, --no-git git
  --also-ext4          measure on an ext4 image too, as a column of its own (needs root and mkfs.ext4)
  --acceptance         measure what acceptance/thresholds.ts promises (or the part of --corpora), and say which rows pass
  --from=FILE,...      measure nothing: print the table, and with --acceptance the verdicts, from earlier reports
  --json=FILE          write everything measured
  --compare=BASE.json  compare with an earlier report; exit 1 when a ratio is worse, beyond doubt, by more than
  --tolerance=PERCENT  (default 10)
  --list               name the operations`;

export interface BenchOptions {
  readonly operations: readonly string[];
  readonly corpora: readonly CorpusName[];
  readonly engines: readonly string[];
  readonly rounds: number;
  readonly directory: string;
  readonly threads: number | undefined;
  readonly realTree: string;
  readonly manyFiles: number;
  readonly command: readonly string[] | undefined;
  readonly withOstree: boolean;
  readonly withFloor: boolean;
  readonly withGit: boolean;
  readonly alsoExt4: boolean;
  readonly isAcceptance: boolean;
  readonly reportPaths: readonly string[];
  readonly jsonPath: string | undefined;
  readonly basePath: string | undefined;
  readonly tolerancePercent: number;
  readonly isList: boolean;
  readonly isHelp: boolean;
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const FLAGS = {
  ops: TEXT, corpora: TEXT, engines: TEXT, rounds: TEXT, dir: TEXT, threads: TEXT, real: TEXT, million: TEXT, coppice: TEXT, json: TEXT, compare: TEXT,
  tolerance: TEXT, from: TEXT, quick: FLAG, 'no-ostree': FLAG, 'no-floor': FLAG, 'no-git': FLAG, 'also-ext4': FLAG, acceptance: FLAG, list: FLAG, help: FLAG,
} as const;

/** Every verb and every kind of lane, for CI, which has less than a minute for it. */
const QUICK_OPERATIONS = 'commit:bare-user-only,commit:bare,commit:archive,recommit:bare-user-only,change:archive,checkout,fsck';
const IN_MEMORY = '/dev/shm';
const DEFAULT_MANY_FILES = 500_000;

function wordsOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

function numberOf(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new BenchError(`--${flag}: "${text}" is not a number`);
}

function isCorpusName(word: string): word is CorpusName {
  return CORPUS_NAMES.some((name) => name === word);
}

function corporaOf(words: readonly string[]): CorpusName[] {
  return words.map((word) => {
    if (isCorpusName(word)) return word;
    throw new BenchError(`unknown corpus "${word}": there are ${CORPUS_NAMES.join(', ')}`);
  });
}

function operationsOf(words: string[]): string[] {
  const unknown = words.find((word) => !OPERATIONS.some((operation) => isNamedBy(operation, word)));
  if (unknown === undefined) return words;
  throw new BenchError(`unknown operation "${unknown}": there are ${OPERATIONS.map(({ name }) => name).join(', ')}`);
}

function directoryOf(text: string | undefined): string {
  if (text === undefined) return existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir();
  if (existsSync(text)) return text;
  throw new BenchError(`--dir: "${text}" does not exist`);
}

interface PresetFlags {
  readonly quick?: boolean | undefined;
  readonly acceptance?: boolean | undefined;
  readonly million?: string | undefined;
}

/** What `--quick`, `--acceptance` and `--million` stand for, unless said otherwise. */
function presetOf({ quick, acceptance, million }: PresetFlags): { readonly ops: string; readonly corpora: string; readonly rounds: string } {
  if (acceptance === true) return { ops: '', corpora: 'mix-132k,mix,huge,many-10k,many-100k,many-1m', rounds: '5' };
  if (million !== undefined) return { ops: 'commit:bare-user-only', corpora: 'many', rounds: '1' };
  if (quick === true) return { ops: QUICK_OPERATIONS, corpora: 'small', rounds: '1' };
  return { ops: '', corpora: 'tiny,large,mix', rounds: '5' };
}

/** Reads the words after `npm run bench --`; BenchError for anything not in the usage. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const args = argv.map((word) => (word === '--million' ? `--million=${DEFAULT_MANY_FILES}` : word));
  const { values } = parseWords(args);
  const preset = presetOf(values);
  return {
    operations: operationsOf(wordsOf(values.ops ?? preset.ops)),
    corpora: corporaOf(wordsOf(values.corpora ?? preset.corpora)),
    engines: wordsOf(values.engines ?? 'native,wasm'),
    rounds: numberOf(values.rounds ?? preset.rounds, 'rounds'),
    directory: directoryOf(values.dir),
    threads: values.threads === undefined ? undefined : numberOf(values.threads, 'threads'),
    realTree: values.real ?? '/usr/share',
    manyFiles: numberOf(values.million ?? String(DEFAULT_MANY_FILES), 'million'),
    command: values.coppice?.split(' '),
    withOstree: values['no-ostree'] !== true,
    withFloor: values['no-floor'] !== true,
    withGit: values['no-git'] !== true,
    alsoExt4: values['also-ext4'] === true,
    isAcceptance: values.acceptance === true,
    reportPaths: wordsOf(values.from),
    jsonPath: values.json,
    basePath: values.compare,
    tolerancePercent: numberOf(values.tolerance ?? '10', 'tolerance'),
    isList: values.list === true,
    isHelp: values.help === true,
  };
}

function parseWords(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, strict: true, allowPositionals: false });
  } catch (cause) {
    throw new BenchError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
