import { CoppiceError } from '../base/errors.ts';
import type { ErrorCode, Facts } from '../base/errors.ts';

/** An error as plain data: custom fields of Error objects do not survive a structured clone. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Facts;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

export type WireReply = { readonly output: unknown } | { readonly error: WireError };

export function toWire(error: unknown): WireError {
  if (error instanceof CoppiceError) {
    return { code: error.code, message: error.message, facts: error.facts, hint: error.hint, stack: error.stack };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, facts: {}, hint: undefined, stack };
}

/** Rebuilds the error on the thread that asked for the work; the worker's stack stays in `cause`. */
export function fromWire(wire: WireError): CoppiceError {
  return new CoppiceError(wire.code, wire.message, {
    facts: wire.facts,
    ...(wire.hint === undefined ? {} : { hint: wire.hint }),
    ...(wire.stack === undefined ? {} : { cause: wire.stack }),
  });
}
