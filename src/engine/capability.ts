import { CoppiceError } from '../base/errors.ts';
import type { EngineName, StoreMode } from './engine.ts';

/** The refusal of an engine that has no system call for something; the hint says what to do instead. */
export function capabilityMissing(what: string, hint: string): CoppiceError {
  return new CoppiceError('CAPABILITY_MISSING', what, { hint });
}

const NATIVE_HINT = 'Build the native engine (`npm run build`) and run with `--engine=native`';

/** Refuses what needs extended attributes on files that are read. */
export function refuseXattrs(engine: EngineName): CoppiceError {
  return capabilityMissing(
    `the ${engine} engine cannot read or write extended attributes`,
    `${NATIVE_HINT}, or leave them out with \`--no-xattrs\`.`,
  );
}

/** Refuses a repository mode that keeps metadata in extended attributes. */
export function refuseMode(engine: EngineName, mode: StoreMode): CoppiceError {
  return capabilityMissing(
    `the ${engine} engine cannot use a repository in mode "${mode}": it keeps metadata in extended attributes`,
    `${NATIVE_HINT}, or use a repository in mode bare-user-only or archive.`,
  );
}

/** Refuses a system call that node has no name for. */
export function refuseCall(engine: EngineName, call: string): CoppiceError {
  return capabilityMissing(`the ${engine} engine cannot ${call}`, `${NATIVE_HINT}.`);
}
