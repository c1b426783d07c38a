import type { Checksum } from '../../../base/checksum.ts';
import { clearPartial } from '../../../repo/commit-state.ts';
import type { FsckRun } from '../fsck-run.ts';

/** Takes the marks from those of the commits that lack nothing any more; these come back. */
export function liftMarks({ context, report }: FsckRun, marked: readonly Checksum[], broken: readonly Checksum[]): Checksum[] {
  const holders = new Set(broken);
  const complete = marked.filter((commit) => !holders.has(commit));
  for (const commit of complete) {
    clearPartial(context.repo, commit);
    report({ kind: 'complete', commit });
  }
  return complete;
}
