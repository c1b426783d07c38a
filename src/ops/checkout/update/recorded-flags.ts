import { CoppiceError } from '../../../base/errors.ts';
import type { CheckoutRecord } from '../../../repo/checkout-record.ts';
import type { CheckoutOptions } from '../checkout-options.ts';

/** What of a checkout's options an update has to keep to. */
export type RecordedFlags = Omit<CheckoutRecord, 'commit' | 'pending'>;

export function recordedFlags(options: CheckoutOptions): RecordedFlags {
  return {
    ...(options.subpath === undefined ? {} : { subpath: options.subpath }),
    userMode: options.userMode === true,
    requireHardlinks: options.requireHardlinks === true,
    forceCopy: options.forceCopy === true,
    bareUserOnlyDirectories: options.bareUserOnlyDirectories === true,
    disableCache: options.disableCache === true,
  };
}

/** Flags that change what files look like: an update with others would mix two kinds of checkout. */
const SHAPING = [
  ['userMode', '--user-mode'],
  ['forceCopy', '--force-copy'],
  ['bareUserOnlyDirectories', '--bareuseronly-dirs'],
] as const;

/**
 * The flags of an update: those of the checkout, and what is harmless to add. Throws USAGE for a flag that the
 * checkout was made without, and for another subpath.
 */
export function keptFlags(record: CheckoutRecord, options: CheckoutOptions): RecordedFlags {
  const wished = recordedFlags(options);
  for (const [flag, word] of SHAPING) {
    if (wished[flag] && !record[flag]) throw unlike(word);
  }
  if (wished.subpath !== undefined && trimmed(wished.subpath) !== trimmed(record.subpath)) throw unlike(`--subpath=${wished.subpath}`);
  if (record.forceCopy && wished.requireHardlinks) throw unlike('--require-hardlinks');
  return {
    ...(record.subpath === undefined ? {} : { subpath: record.subpath }),
    userMode: record.userMode,
    forceCopy: record.forceCopy,
    bareUserOnlyDirectories: record.bareUserOnlyDirectories,
    requireHardlinks: record.requireHardlinks || wished.requireHardlinks,
    disableCache: record.disableCache || wished.disableCache,
  };
}

function trimmed(subpath: string | undefined): string {
  return (subpath ?? '').split('/').filter((part) => part !== '').join('/');
}

function unlike(word: string): CoppiceError {
  return new CoppiceError('USAGE', `the checkout was made without ${word}`, {
    hint: 'leave it out (an update keeps to the flags of the checkout), or make a new checkout',
  });
}
