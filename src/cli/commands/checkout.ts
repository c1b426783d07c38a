import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError, errnoOf, errnoWords } from '../../base/errors.ts';
import { checkoutTree } from '../../ops/checkout/index.ts';
import type { CheckoutOptions, CheckoutOutcome } from '../../ops/checkout/index.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { readLines } from '../line-file.ts';
import { parseBoolean } from '../parse-boolean.ts';
import { optimiseEarly } from '../optimise-early.ts';
import { openRepoFor } from '../session.ts';
import type { Session } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { runUpdate, wantsUpdate } from '../update-checkout.ts';
import { badUsage, usageError } from '../usage-error.ts';

/** One thing to check out: a rev and a path in it. */
interface Job {
  readonly rev: string;
  readonly subpath: string | undefined;
}

export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (wantsUpdate(options)) return runUpdate(invocation);
  const { jobs, destination, listed } = readJobs(invocation);
  const checkoutOptions = readOptions(options);
  const session = await openRepoFor(invocation);
  optimiseEarly(session.engine);
  try {
    for (const { rev, subpath } of jobs) {
      const commit = resolveRev(session.repo, rev);
      assertCompatible(options); // as late as `ostree` does
      const outcome = await checkoutOne(session, { commit, destination }, { ...checkoutOptions, subpath }, listed);
      report(invocation, { commit, destination, ...outcome });
    }
    return 0;
  } finally {
    await session.close();
  }
}

/** Of a list, the error says which tree it was about. */
async function checkoutOne(
  session: Session,
  subject: { readonly commit: Checksum; readonly destination: string },
  options: CheckoutOptions,
  listed: boolean,
): Promise<CheckoutOutcome> {
  try {
    return await checkoutTree(session, subject, options);
  } catch (error) {
    if (!listed || !(error instanceof CoppiceError)) throw error;
    const { code, facts, hint, message } = error;
    throw new CoppiceError(code, `Processing tree ${subject.commit}: ${message}`, {
      facts,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

interface Jobs {
  readonly jobs: readonly Job[];
  readonly destination: string;
  /** Whether they come from `--from-stdin` or `--from-file`. */
  readonly listed: boolean;
}

function readJobs({ options, args }: Invocation): Jobs {
  const [first, second] = args;
  if (first === undefined) throw usageError('COMMIT must be specified');
  const file = options.string('from-file');
  if (options.flag('from-stdin') || file !== undefined) {
    return { jobs: parseJobs(readJobList(file)), destination: first, listed: true };
  }
  return { jobs: [{ rev: first, subpath: options.string('subpath') }], destination: second ?? first, listed: false };
}

function readJobList(file: string | undefined): string {
  const path = file === undefined ? 0 : resolve(file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CoppiceError('SYSTEM', `Error opening file ${path}: ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}

/** Pairs of rev and subpath, the words separated by NUL; an empty rev ends them, the last subpath may be absent. */
function parseJobs(text: string): Job[] {
  const words = text.split('\0');
  const jobs: Job[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const [rev = '', subpath] = words.slice(index, index + 2);
    if (rev === '') break;
    const ends = index + 2 >= words.length && subpath === '';
    jobs.push({ rev, subpath: ends ? undefined : subpath });
  }
  return jobs;
}

function readOptions(options: ParsedOptions): CheckoutOptions {
  const skipFile = options.string('skip-list');
  return {
    userMode: options.flag('user-mode'),
    requireHardlinks: options.flag('require-hardlinks'),
    forceCopy: options.flag('force-copy'),
    overwrite: readOverwrite(options),
    allowNoent: options.flag('allow-noent'),
    whiteouts: options.flag('whiteouts'),
    passthroughWhiteouts: options.flag('process-passthrough-whiteouts'),
    bareUserOnlyDirectories: options.flag('bareuseronly-dirs'),
    disableCache: options.flag('disable-cache'),
    skip: skipFile === undefined ? undefined : new Set(readLines(skipFile)),
    fsync: readFsync(options),
    selinuxPolicy: options.string('selinux-policy'),
    selinuxPrefix: options.string('selinux-prefix'),
  };
}

/** Pairs of flags that contradict each other, in the order `ostree` finds them. */
const CONTRADICTIONS: readonly (readonly [string, string])[] = [
  ['require-hardlinks', 'force-copy'],
  ['union', 'union-add'],
  ['union', 'union-identical'],
  ['union-add', 'union-identical'],
];

function assertCompatible(options: ParsedOptions): void {
  for (const [one, other] of CONTRADICTIONS) {
    if (options.flag(one) && options.flag(other)) throw badUsage(`Cannot specify both --${one} and --${other}`);
  }
  const relabels = options.string('selinux-policy') !== undefined;
  if (relabels && options.flag('require-hardlinks')) throw badUsage('Cannot specify both --require-hardlinks and --force-copy');
  if (!relabels && options.string('selinux-prefix') !== undefined) throw badUsage('Cannot specify --selinux-prefix without --selinux-policy');
  if (options.flag('union-identical') && !options.flag('require-hardlinks')) {
    throw badUsage('--union-identical requires --require-hardlinks');
  }
}

function readOverwrite(options: ParsedOptions): CheckoutOptions['overwrite'] {
  if (options.flag('union')) return 'union';
  if (options.flag('union-add')) return 'add';
  return options.flag('union-identical') ? 'identical' : 'none';
}

/** `ostree checkout` never syncs by itself; `--fsync=true` asks for it. */
function readFsync(options: ParsedOptions): boolean {
  const policy = options.string('fsync');
  return policy !== undefined && parseBoolean(policy);
}

function report(invocation: Invocation, outcome: CheckoutOutcome & { commit: string; destination: string }): void {
  if (invocation.settings.json) invocation.out(reportLine(outcome));
}
