import { readVariant } from '../../format/gvariant/read.ts';
import { metadataValue } from '../../ops/read/index.ts';
import { readSummary, readSummaryBytes, SUMMARY_TYPE, updateSummary } from '../../ops/summary/index.ts';
import type { Summary } from '../../ops/summary/index.ts';
import type { Repo } from '../../repo/repo.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { summaryMetadata } from '../metadata-options.ts';
import { withReadRepo } from '../read-repository.ts';
import { openRepoFor } from '../session.ts';
import { parseSourceDateEpoch } from '../source-date-epoch.ts';
import { reportLine } from '../ui/report-line.ts';
import { summaryJson } from '../ui/summary-json.ts';
import { summaryText } from '../ui/summary-text.ts';
import { valueLine } from '../ui/value-line.ts';
import { variantText } from '../ui/variant-text.ts';
import { badUsage } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (options.flag('update')) return update(invocation);
  const view = chooseView(options);
  return withReadRepo(invocation, () => 'metadata', (repo) => {
    if (view === undefined) throw badUsage('No option specified; use -u to update summary');
    view(invocation, repo);
  });
}

async function update(invocation: Invocation): Promise<number> {
  const { options, settings, env, out, warn } = invocation;
  const metadata = summaryMetadata(options.strings('add-metadata'));
  const timestampSeconds = env.sourceDateEpoch === undefined ? undefined : parseSourceDateEpoch(env.sourceDateEpoch);
  const session = await openRepoFor(invocation);
  try {
    const outcome = await updateSummary(session, { metadata, timestampSeconds, notice: warn });
    if (settings.json) out(reportLine({ ...outcome, metadataCommit: outcome.metadataCommit ?? null }));
    return 0;
  } finally {
    await session.close();
  }
}

type View = (invocation: Invocation, repo: Repo) => void;

/** Where several are asked for, the first of these is shown. */
function chooseView(options: ParsedOptions): View | undefined {
  if (options.flag('raw')) return showRaw;
  if (options.flag('view')) return showSummary;
  if (options.flag('list-metadata-keys')) return listKeys;
  return options.string('print-metadata-key') === undefined ? undefined : printKey;
}

function load(repo: Repo): Summary {
  return readSummary(readSummaryBytes(repo));
}

function showRaw({ settings, out }: Invocation, repo: Repo): void {
  const text = variantText({ type: SUMMARY_TYPE, value: readVariant(SUMMARY_TYPE, readSummaryBytes(repo)) }, { swap: true });
  out(valueLine(settings, SUMMARY_TYPE, text));
}

function showSummary({ settings, out }: Invocation, repo: Repo): void {
  const summary = load(repo);
  if (settings.json) out(reportLine(summaryJson(summary)));
  else for (const text of summaryText(summary)) out(text);
}

function listKeys({ settings, out }: Invocation, repo: Repo): void {
  const keys = load(repo).metadata.map(([key]) => key);
  if (settings.json) out(reportLine({ keys }));
  else for (const key of keys) out(`${key}\n`);
}

function printKey({ options, settings, out }: Invocation, repo: Repo): void {
  const variant = metadataValue(load(repo).metadata, options.string('print-metadata-key') ?? '');
  const text = variantText(variant, { swap: true });
  out(valueLine(settings, variant.type, text));
}
