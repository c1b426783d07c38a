import { resolve } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { fsck, fsckFailure, objectName, openRepairSource, problemWords } from '../../ops/fsck/index.ts';
import type { FsckEvent, FsckOptions, FsckOutcome, RepairSource } from '../../ops/fsck/index.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { optimiseEarly } from '../optimise-early.ts';
import { openRepoFor } from '../session.ts';
import { fsckJson } from '../ui/fsck-json.ts';
import { badUsage } from '../usage-error.ts';
import { PercentLines } from '../ui/percent-lines.ts';
import { reportLine } from '../ui/report-line.ts';

export async function run(invocation: Invocation): Promise<number> {
  assertRepairUsage(invocation.options);
  const session = await openRepoFor(invocation);
  optimiseEarly(session.engine);
  try {
    const outcome = await fsck(session, { ...readOptions(invocation), repairFrom: readSources(invocation, session.engine) });
    conclude(invocation, outcome);
    return 0;
  } finally {
    await session.close();
  }
}

function assertRepairUsage(options: ParsedOptions): void {
  const isRepair = options.flag('repair');
  if (options.strings('from').length > 0 !== isRepair) throw badUsage('fsck takes --repair and --from=PATH together');
  if (isRepair && options.flag('delete')) throw badUsage('Cannot specify both --repair and --delete');
}

function readSources({ options, env }: Invocation, engine: Engine): RepairSource[] | undefined {
  if (!options.flag('repair')) return undefined;
  return options.strings('from').map((path) => openRepairSource(resolve(env.workingDirectory, path), engine));
}

/** The report of `--json` tells every problem, so that the run goes on after the first. */
function readOptions(invocation: Invocation): FsckOptions {
  const { options, settings, warn } = invocation;
  return {
    all: options.flag('all') || settings.json,
    delete: options.flag('delete'),
    addTombstones: options.flag('add-tombstones'),
    verifyBindings: options.flag('verify-bindings'),
    verifyBackRefs: options.flag('verify-back-refs'),
    report: createReporter(invocation),
    notice: warn,
  };
}

/** Problems are told as lines on standard error; with `--json` the report at the end has them. */
function createReporter({ options, settings, out, warn }: Invocation): (event: FsckEvent) => void {
  if (settings.json) return () => undefined;
  const lines = new PercentLines('fsck objects', out);
  const quiet = options.flag('quiet');
  return (event) => {
    if (event.kind === 'progress') lines.tell(event.done, event.total);
    else if (event.kind === 'problem' || event.kind === 'partial') warn(eventWords(event));
    else if (event.kind === 'tombstone' || !quiet) out(`${eventWords(event)}\n`);
  };
}

function eventWords(event: Exclude<FsckEvent, { kind: 'progress' }>): string {
  switch (event.kind) {
    case 'refs':
      return 'Validating refs...';
    case 'collection-refs':
      return 'Validating refs in collections...';
    case 'commits':
      return 'Enumerating commits...';
    case 'content':
      return `Verifying content integrity of ${event.commits} commit objects...`;
    case 'problem':
      return problemWords(event.found.problem, event.found.commits);
    case 'repaired':
      return `Repaired ${objectName(event.problem)} from ${event.source}`;
    case 'complete':
      return `Commit is complete again: ${event.commit}`;
    case 'partial':
      return `Marking commit as partial: ${event.commit}`;
    case 'tombstone':
      break;
  }
  return `Adding tombstone for commit ${event.commit}`;
}

function conclude({ options, settings, out }: Invocation, outcome: FsckOutcome): void {
  const { partialCommits, commits } = outcome;
  if (settings.json) out(reportLine(fsckJson(outcome)));
  else if (partialCommits > 0 && !options.flag('add-tombstones')) out(`${partialCommits} partial commits not verified\n`);
  const failure = fsckFailure(outcome);
  if (failure !== undefined) throw failure;
  if (!settings.json) out(`object fsck of ${commits} commits completed successfully - no errors found.\n`);
}
