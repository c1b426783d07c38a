import { joinRelative, parseRelativePath } from '../../../base/relative-path.ts';
import type { RelativePath } from '../../../base/relative-path.ts';
import type { Failure } from '../../../engine/engine.ts';
import { Flow } from '../../../pool/flow.ts';
import { failureError } from '../../../repo/failure-error.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import { PlaceBatcher } from '../place-batcher.ts';
import type { PlaceSettings } from '../place-batcher.ts';
import { placeTask } from '../place-task.ts';
import { PlacedDirectory } from '../placed-directory.ts';
import type { Destination } from './destination.ts';
import { changedEntries, directoryOf, fileOf } from './entry-changes.ts';
import type { EntryChange, TreeDirectory } from './entry-changes.ts';
import { throwIfAborted } from './throw-if-aborted.ts';


/** Something in the checkout that the update would overwrite or remove, and neither commit has. */
export interface LocalChange {
  readonly kind: 'modified' | 'untracked';
  readonly path: RelativePath;
}

/** A file on disk that has to be one of the contents that the commits give its name. */
interface Question {
  readonly directory: PlacedDirectory;
  readonly name: string;
  /** Checksums of the old and the new commit, as far as they have a file there. */
  readonly candidates: readonly Uint8Array[];
  readonly kind: LocalChange['kind'];
}

/**
 * Finds what the update from one tree to another must not overwrite; changes nothing.
 *
 * M1 walk both trees where they differ · M2 lstat what is there; an absent name is no change worth keeping · M3 batch
 * · W1 compare with the old commit's file, W2 what differs with the new one's, which an update cut short has left.
 */
export class LocalChanges {
  readonly #context: OperationContext;
  readonly #destination: Destination;
  readonly #place: PlaceSettings;
  readonly #report: (change: LocalChange) => void;
  readonly #flow: Flow;
  #questions: Question[] = [];
  #filesDone = 0;
  #count = 0;

  constructor(context: OperationContext, destination: Destination, place: PlaceSettings, report: (change: LocalChange) => void) {
    this.#context = context;
    this.#destination = destination;
    // `identical` compares a file that is there with what would be placed; the cache need not learn of it
    this.#place = { ...place, overwrite: 'identical', cache: '', link: place.cache === '' ? place.link : 'never' };
    this.#report = report;
    this.#flow = new Flow(context.pool.width * context.pool.budget.batchesPerThread);
  }

  /** How many were found; each was reported. */
  async find(before: TreeDirectory, after: TreeDirectory): Promise<number> {
    try {
      await this.#visit(parseRelativePath(''), { before, after }, false);
      await this.#send();
    } catch (error) {
      this.#flow.fail(error);
    }
    await this.#flow.drain();
    return this.#count;
  }

  /** `mustVanish`: a file of the new commit takes the directory's place, so that nothing may stay in it. */
  async #visit(path: RelativePath, sides: { before: TreeDirectory | undefined; after: TreeDirectory | undefined }, mustVanish: boolean): Promise<void> {
    throwIfAborted(this.#context);
    const node = new PlacedDirectory(path, undefined, undefined);
    const changes = changedEntries(this.#context.repo, sides.before, sides.after);
    if (mustVanish) this.#reportStrangers(path, new Set(changes.map(({ name }) => name)));
    for (const change of changes) await this.#check(node, change, mustVanish);
  }

  #reportStrangers(path: RelativePath, known: ReadonlySet<string>): void {
    for (const name of this.#destination.list(path)) {
      if (!known.has(name)) this.#found({ kind: 'untracked', path: joinRelative(path, name) });
    }
  }

  async #check(node: PlacedDirectory, { name, before, after }: EntryChange, mustVanish: boolean): Promise<void> {
    const there = this.#destination.lstat(node.path, name);
    if (there === undefined) return;
    const kind = before === undefined ? 'untracked' : 'modified';
    const path = joinRelative(node.path, name);
    if (!there.isDirectory()) return this.#ask({ directory: node, name, candidates: checksums(before, after), kind });
    const sides = { before: directoryOf(before), after: directoryOf(after) };
    if (sides.before === undefined && sides.after === undefined) this.#found({ kind, path });
    else await this.#visit(path, sides, mustVanish || after?.kind === 'file');
  }

  async #ask(question: Question): Promise<void> {
    if (question.candidates.length === 0) return this.#foundAt(question);
    this.#questions.push(question);
    if (this.#questions.length >= this.#context.pool.budget.batchFiles) await this.#send();
  }

  async #send(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    if (questions.length > 0) await this.#flow.add(() => this.#answer(questions));
  }

  async #answer(questions: readonly Question[]): Promise<void> {
    let open = questions;
    for (let round = 0; open.length > 0; round++) {
      for (const question of open) if (question.candidates[round] === undefined) this.#foundAt(question);
      open = await this.#differing(open.filter(({ candidates }) => candidates[round] !== undefined), round);
    }
    this.#filesDone += questions.length;
    this.#context.progress?.({ phase: 'check', filesDone: this.#filesDone, bytesDone: 0 });
  }

  /** The files that are not what the commit of this round says. */
  async #differing(questions: readonly Question[], round: number): Promise<readonly Question[]> {
    const batcher = new PlaceBatcher(this.#place, questions.length);
    for (const { name, candidates, directory } of questions) batcher.add({ name, checksum: candidates[round] ?? new Uint8Array(0) }, directory);
    const batch = batcher.take();
    if (batch === undefined) return [];
    const { failures } = await this.#context.pool.run(placeTask, batch.input);
    const unexpected = failures.find((failure) => !isDifference(failure));
    if (unexpected !== undefined) throw failureError(unexpected);
    const differing = new Set(failures.map(({ index }) => index));
    return questions.filter((_, index) => differing.has(index));
  }

  #foundAt({ kind, directory, name }: Question): void {
    this.#found({ kind, path: joinRelative(directory.path, name) });
  }

  #found(change: LocalChange): void {
    this.#count += 1;
    this.#report(change);
  }
}

function checksums(before: EntryChange['before'], after: EntryChange['after']): Uint8Array[] {
  return [fileOf(before), fileOf(after)].flatMap((file) => (file === undefined ? [] : [file.checksum]));
}

/** A file whose object is gone cannot be shown to be unchanged. */
function isDifference({ errno, code }: Failure): boolean {
  return errno === 'EEXIST' || code === 'OBJECT_MISSING';
}
