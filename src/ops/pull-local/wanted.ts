import { isChecksum } from '../../base/checksum.ts';
import type { Checksum } from '../../base/checksum.ts';
import { CoppiceError } from '../../base/errors.ts';
import { parseRefName } from '../../format/ref-name.ts';
import { listRefs, readRef } from '../../repo/refs.ts';
import type { Repo } from '../../repo/repo.ts';

/** A commit to be pulled, and the ref that asked for it. */
export interface Wanted {
  readonly commit: Checksum;
  readonly ref: string | undefined;
}

/** What the words name in the source: refs, or commits by their whole checksum; without words all its refs. */
export function findWanted(source: Repo, words: readonly string[]): Wanted[] {
  const names = words.length > 0 ? words : listRefs(source, { kind: 'heads' }).map(({ refspec }) => refspec);
  return names.map((name) => (isChecksum(name) ? { commit: name, ref: undefined } : wantedRef(source, name)));
}

function wantedRef(source: Repo, name: string): Wanted {
  const ref = parseRefName(name);
  for (let at: Repo | undefined = source; at !== undefined; at = at.parent) {
    const commit = readRef(at, ref);
    if (commit !== undefined) return { commit, ref };
  }
  throw new CoppiceError('REF_NOT_FOUND', `Refspec '${name}' not found`, { facts: { ref: name, path: source.path } });
}
