import type { Checksum } from '../../../base/checksum.ts';
import { CoppiceError } from '../../../base/errors.ts';
import { IMPORT } from '../../../engine/engine.ts';
import type { Failure, ObjectSource } from '../../../engine/engine.ts';
import { failureError } from '../../../repo/failure-error.ts';
import { importTask } from '../../../repo/import-task.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import { packChecksums } from './staging.ts';
import type { Staging } from './staging.ts';

const BATCH_OBJECTS = 128;

/**
 * Takes what the source has of the wanted content, each verified and in a file of its own: blocks shared with the source
 * would share its disk's faults. What became sound comes back.
 */
export async function healFromStore(context: OperationContext, wanted: readonly Checksum[], place: { source: ObjectSource; staging: Staging }): Promise<Checksum[]> {
  const healed: Checksum[] = [];
  for (let at = 0; at < wanted.length; at += BATCH_OBJECTS) {
    if (context.signal?.aborted === true) throw new CoppiceError('CANCELLED', 'repair cancelled');
    healed.push(...(await importBatch(context, wanted.slice(at, at + BATCH_OBJECTS), place)));
  }
  return healed;
}

async function importBatch({ pool }: OperationContext, wanted: readonly Checksum[], { source, staging }: { source: ObjectSource; staging: Staging }): Promise<Checksum[]> {
  const checksums = packChecksums(wanted);
  const { outcomes, failures } = await pool.run(importTask, { source, target: staging.target, checksums, link: 'never', verify: true, canonicalModes: false });
  throwIfFull(failures);
  const healed = wanted.filter((_checksum, index) => outcomes[index] === IMPORT.copied);
  for (const checksum of healed) staging.publish(checksum);
  return healed;
}

/** That an object is not to be had is no failure of the run; that there is no room for it is. */
export function throwIfFull(failures: readonly Failure[]): void {
  const full = failures.find(({ code }) => code === 'NO_SPACE');
  if (full !== undefined) throw failureError(full);
}
