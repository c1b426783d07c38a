import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { createUsb } from '../../ops/create-usb/index.ts';
import type { CreateUsbOutcome } from '../../ops/create-usb/index.ts';
import { readCollectionRefs } from '../collection-ref-pairs.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { openRepoFor } from '../session.ts';
import type { Session } from '../session.ts';
import { reportLine } from '../ui/report-line.ts';
import { usageError } from '../usage-error.ts';

const ONE_PAIR = 'The --commit option can only be used when a single COLLECTION-ID REF pair is specified';

export async function run(invocation: Invocation): Promise<number> {
  const session = await openRepoFor(invocation);
  try {
    const outcome = await copy(invocation, session);
    report(invocation, session, outcome);
    return 0;
  } finally {
    await session.close();
  }
}

async function copy({ args, options, warn }: Invocation, session: Session): Promise<CreateUsbOutcome> {
  const [mountPath, ...words] = args;
  if (mountPath === undefined) throw usageError('A MOUNT-PATH must be specified');
  const commit = readCommit(options);
  const refs = readCollectionRefs(words).map((ref) => ({ ...ref, commit }));
  if (commit !== undefined && refs.length > 1) throw usageError(ONE_PAIR);
  return createUsb(session, { mountPath, refs }, {
    destination: options.string('destination-repo'),
    fsync: options.flag('disable-fsync') ? false : undefined,
    notice: warn,
  });
}

/** An empty one is none, as in `ostree`. */
function readCommit(options: ParsedOptions): Checksum | undefined {
  const text = options.string('commit') ?? '';
  if (text === '') return undefined;
  if (isChecksum(text)) return text;
  throw new CoppiceError('CHECKSUM_INVALID', `Invalid rev ${text}`, { hint: 'Give the whole checksum, as `rev-parse` prints it.' });
}

function report({ args, settings, out }: Invocation, { repo }: Session, outcome: CreateUsbOutcome): void {
  const { refs, destination, announcedAt } = outcome;
  if (settings.json) out(reportLine({ ...outcome, announcedAt: announcedAt ?? null }));
  else out(`Copied ${refs.length}/${refs.length} refs successfully from ‘${repo.path}’ to ‘${destination}’ repository in ‘${args[0] ?? ''}’.\n`);
}
