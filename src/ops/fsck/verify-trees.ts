import { CoppiceError } from '../../base/errors.ts';
import { objectTypeName } from '../../format/object/object-type.ts';
import { missingObject } from '../../repo/object-fault.ts';
import type { EnumeratedCommits } from './enumerate-commits.ts';
import type { FsckRun } from './fsck-run.ts';
import type { Problem } from './problem.ts';
import { hidesObjects, ReachableWalk } from './reachable-walk.ts';
import { verifyFiles } from './verify-files.ts';

export interface TreeVerdict {
  readonly problems: readonly Problem[];
  /** The problem that ends the run; undefined when problems are collected or there is none. */
  readonly fatal: Problem | undefined;
  readonly objects: number;
  readonly bytesRead: number;
}

/** Walks all trees and verifies content beside it, of about so many objects; resolves when every one is checked, or one has ended the run. */
export async function verifyTrees(run: FsckRun, commits: EnumeratedCommits, objects: number): Promise<TreeVerdict> {
  const check = new TreeCheck(run, commits, objects);
  return check.run();
}

class TreeCheck {
  readonly #run: FsckRun;
  readonly #commits: EnumeratedCommits;
  readonly #walk: ReachableWalk;
  readonly #problems: Problem[] = [];
  #fatal: Problem | undefined;
  #walked = false;
  #filesDone = 0;
  #bytesRead = 0;

  constructor(run: FsckRun, commits: EnumeratedCommits, objects: number) {
    this.#run = run;
    this.#commits = commits;
    this.#walk = new ReachableWalk(run, objects, (problem) => this.#meet(problem));
  }

  async run(): Promise<TreeVerdict> {
    for (const problem of this.#commits.problems) this.#meet(problem);
    const verified = verifyFiles(this.#run.context, this.#walk.files, {
      onProblem: (problem) => this.#meet(problem),
      onVerified: (files, bytes) => this.#count(files, bytes),
      enough: () => this.#fatal !== undefined,
    });
    const results = await Promise.allSettled([this.#walkAll(), verified]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (this.#fatal === undefined && this.#total > 0) this.#tell(this.#total);
    return { problems: this.#problems, fatal: this.#fatal, objects: this.#total, bytesRead: this.#bytesRead };
  }

  async #walkAll(): Promise<void> {
    await this.#walk.run([...this.#commits.sound.values()]);
    this.#walked = true;
    if (this.#total > 0) this.#tell(1);
  }

  get #total(): number {
    return this.#commits.sound.size + this.#commits.problems.length + this.#walk.objects;
  }

  #meet(problem: Problem): void {
    if (problem.kind === 'missing' && (this.#run.collects || !hidesObjects(problem))) this.#problems.push(problem);
    else if (this.#run.collects) this.#problems.push(problem);
    else if (problem.kind === 'missing') throw hiddenTree(problem);
    else this.#fatal ??= problem;
  }

  #count(files: number, bytes: number): void {
    this.#filesDone += files;
    this.#bytesRead += bytes;
    if (this.#walked) this.#tell(this.#total - this.#walk.files.pushed + this.#filesDone);
  }

  #tell(done: number): void {
    const [total, { context, report }] = [this.#total, this.#run];
    if (this.#fatal === undefined || done === 1) report({ kind: 'progress', done, total });
    context.progress?.({ phase: 'fsck', filesDone: done, bytesDone: this.#bytesRead, filesTotal: total });
  }
}

function hiddenTree({ checksum, type }: Problem): CoppiceError {
  const { message } = missingObject(type, checksum);
  return new CoppiceError('OBJECT_MISSING', message, {
    facts: { checksum, objectType: objectTypeName(type) },
    hint: 'fsck --all goes on and tells which commits are affected',
  });
}
