import { CoppiceError } from '../base/errors.ts';

declare const refNameBrand: unique symbol;

/** A valid ref name such as `os/x86_64/main`. Made only by `parseRefName` and `parseRefspec`. */
export type RefName = string & { readonly [refNameBrand]: true };

/** A ref, of this repository or of one of its remotes: `ref` or `remote:ref`. */
export interface Refspec {
  readonly remote?: string;
  readonly ref: RefName;
}

/** libostree's fragment; its regular expressions count letters and digits of every script. */
const FRAGMENT = String.raw`[\p{L}\p{N}_][-._\p{L}\p{N}]*`;
const REF = new RegExp(`^${FRAGMENT}(?:/${FRAGMENT})*$`, 'u');
const REMOTE = new RegExp(`^${FRAGMENT}$`, 'u');
const COLLECTION_ELEMENTS = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+$/;
const MAX_COLLECTION_ID = 255;

export function isValidRefName(text: string): text is RefName {
  return REF.test(text);
}

/** Throws REF_INVALID unless the text is a ref name. */
export function parseRefName(text: string): RefName {
  if (isValidRefName(text)) return text;
  throw new CoppiceError('REF_INVALID', `Invalid ref name ${text}`, { facts: { ref: text } });
}

/** Reads `ref` or `remote:ref`; throws REF_INVALID for anything else. */
export function parseRefspec(text: string): Refspec {
  const colon = text.indexOf(':');
  const ref = text.slice(colon + 1);
  const remote = colon < 0 ? undefined : text.slice(0, colon);
  if (!isValidRefName(ref) || (remote !== undefined && !isValidRemoteName(remote))) {
    throw new CoppiceError('REF_INVALID', `Invalid refspec ${text}`, { facts: { refspec: text } });
  }
  return remote === undefined ? { ref } : { remote, ref };
}

export function formatRefspec({ remote, ref }: Refspec): string {
  return remote === undefined ? ref : `${remote}:${ref}`;
}

export function isValidRemoteName(text: string): boolean {
  return REMOTE.test(text);
}

/** Throws REF_INVALID unless the text can name a remote. */
export function parseRemoteName(text: string): string {
  if (isValidRemoteName(text)) return text;
  throw new CoppiceError('REF_INVALID', `Invalid remote name ${text}`, { facts: { remote: text } });
}

/** Whether the text is a reverse domain name as D-Bus interfaces have: two elements or more, at most 255 bytes. */
export function isValidCollectionId(text: string): boolean {
  return text.length <= MAX_COLLECTION_ID && COLLECTION_ELEMENTS.test(text);
}

/** Throws REF_INVALID unless the text is a collection ID. */
export function parseCollectionId(text: string): string {
  if (isValidCollectionId(text)) return text;
  throw new CoppiceError('REF_INVALID', `Invalid collection ID ${text}`, { facts: { collectionId: text } });
}
