import type { Checksum } from '../../base/checksum.ts';
import type { Commit } from '../../format/object/commit.ts';
import type { Repo } from '../../repo/repo.ts';
import { collectionBinding, refBinding } from '../../repo/commit-bindings.ts';
import type { Bindings } from '../../repo/commit-bindings.ts';
import { checkAndHeal, checkCommit } from './check-metadata.ts';
import type { Checked } from './check-metadata.ts';
import type { Healer } from './repair/healer.ts';

/** What the check remembers of a sound commit; its metadata may be large and is let go. */
export interface CommitFacts extends Pick<Commit, 'rootTree' | 'rootMeta' | 'parent' | 'timestampSeconds'> {
  readonly bindings: Bindings;
}

/** Reads and hashes each commit once, whoever asks first and however often. */
export class CommitLedger {
  readonly #repo: Repo;
  readonly #healer: Healer | undefined;
  readonly #checked = new Map<Checksum, Checked<CommitFacts>>();

  constructor(repo: Repo, healer: Healer | undefined) {
    this.#repo = repo;
    this.#healer = healer;
  }

  check(checksum: Checksum): Checked<CommitFacts> {
    const known = this.#checked.get(checksum);
    if (known !== undefined) return known;
    const checked = checkAndHeal(() => checkCommit(this.#repo, checksum), this.#healer);
    const kept = 'sound' in checked ? { sound: factsOf(checked.sound) } : checked;
    this.#checked.set(checksum, kept);
    return kept;
  }
}

function factsOf(commit: Commit): CommitFacts {
  const { rootTree, rootMeta, parent, timestampSeconds } = commit;
  const bindings = { refs: refBinding(commit), collection: collectionBinding(commit) };
  return { rootTree, rootMeta, timestampSeconds, bindings, ...(parent === undefined ? {} : { parent }) };
}
