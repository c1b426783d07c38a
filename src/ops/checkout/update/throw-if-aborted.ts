import { CoppiceError } from '../../../base/errors.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';

/** Throws CANCELLED once the operation's signal is aborted. */
export function throwIfAborted({ signal }: OperationContext): void {
  if (signal?.aborted === true) throw new CoppiceError('CANCELLED', 'checkout cancelled');
}
