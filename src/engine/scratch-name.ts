import { randomHex } from '../base/random-hex.ts';

/** Names under which engines make files that are then renamed into place: of js, and of native (`target.rs`). */
const SCRATCH_NAME = /^\.coppice-(?:[0-9a-f]{12}|\d+-\d+-[0-9a-f]+)$/;

/** A name that nobody else uses. */
export function scratchName(): string {
  return `.coppice-${randomHex()}`;
}

/** Whether an engine that was killed may have left a file of this name. */
export function isScratchName(name: string): boolean {
  return SCRATCH_NAME.test(name);
}
