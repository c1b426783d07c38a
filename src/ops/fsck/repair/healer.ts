import type { Checksum } from '../../../base/checksum.ts';
import { OBJECT_TYPE } from '../../../format/object/object-type.ts';
import { assertSameNames } from '../../../repo/assert-same-names.ts';
import type { OperationContext } from '../../../repo/operation-context.ts';
import type { Repo } from '../../../repo/repo.ts';
import type { FsckEvent } from '../fsck-event.ts';
import type { Problem } from '../problem.ts';
import { storesOf } from '../verify-files.ts';
import { healFromStore } from './heal-content.ts';
import { healFromTree } from './heal-from-tree.ts';
import { healFromRepository, replaceObject } from './heal-metadata.ts';
import type { RepairSource } from './repair-source.ts';
import { Staging } from './staging.ts';
import { TreeDirmetas } from './tree-dirmetas.ts';

/** Replaces objects that are not sound by those of the sources, the first that has one. */
export class Healer {
  /** What became sound. */
  readonly healed: Problem[] = [];
  readonly #context: OperationContext;
  readonly #report: (event: FsckEvent) => void;
  readonly #sources: readonly HealingSource[];

  /** Throws REPO_UNSUPPORTED for a source whose objects have other names. */
  constructor(context: OperationContext, sources: readonly RepairSource[], report: (event: FsckEvent) => void) {
    this.#context = context;
    this.#report = report;
    this.#sources = sources.map((source) => healingSource(context, source));
  }

  /** A commit, dirtree or dirmeta: at once, so that the walk can go on below it. */
  healMetadata(problem: Problem): boolean {
    const source = this.#sources.find(({ metadata }) => metadata(problem));
    if (source !== undefined) this.#tell(problem, source);
    return source !== undefined;
  }

  /** Content, all that is wanted together; the problems that are left come back. */
  async healContent(problems: readonly Problem[]): Promise<Problem[]> {
    const wanted = new Map(problems.filter(({ type }) => type === OBJECT_TYPE.file).map((problem) => [problem.checksum, problem]));
    if (wanted.size === 0) return [...problems];
    const staging = new Staging(this.#context.repo);
    try {
      for (const source of this.#sources) await this.#takeFrom(source, wanted, staging);
    } finally {
      staging.close();
    }
    return problems.filter(({ type, checksum }) => type !== OBJECT_TYPE.file || wanted.has(checksum));
  }

  async #takeFrom(source: HealingSource, wanted: Map<Checksum, Problem>, staging: Staging): Promise<void> {
    if (wanted.size === 0) return;
    for (const checksum of await source.content([...wanted.keys()].toSorted(), staging)) {
      const problem = wanted.get(checksum);
      wanted.delete(checksum);
      if (problem !== undefined) this.#tell(problem, source);
    }
  }

  #tell(problem: Problem, { path }: HealingSource): void {
    this.healed.push(problem);
    this.#report({ kind: 'repaired', problem, source: path });
  }
}

/** What a source can give. */
interface HealingSource {
  readonly path: string;
  readonly metadata: (problem: Problem) => boolean;
  readonly content: (wanted: readonly Checksum[], staging: Staging) => Promise<Checksum[]>;
}

function healingSource(context: OperationContext, source: RepairSource): HealingSource {
  return source.kind === 'repository' ? fromRepository(context, source) : fromTree(context, source.path);
}

function fromRepository(context: OperationContext, { path, repo }: { readonly path: string; readonly repo: Repo }): HealingSource {
  assertSameNames(context.repo, repo);
  return {
    path,
    metadata: (problem) => healFromRepository(context.repo, problem, repo),
    content: async (wanted, staging) => {
      const healed = new Set<Checksum>();
      for (const source of storesOf(repo)) {
        const left = wanted.filter((checksum) => !healed.has(checksum));
        for (const checksum of await healFromStore(context, left, { source, staging })) healed.add(checksum);
      }
      return [...healed];
    },
  };
}

function fromTree(context: OperationContext, path: string): HealingSource {
  const dirmetas = new TreeDirmetas(context.repo, path);
  return {
    path,
    metadata: (problem) => {
      const bytes = problem.type === OBJECT_TYPE.dirmeta ? dirmetas.find(problem.checksum) : undefined;
      if (bytes !== undefined) replaceObject(context.repo, problem, bytes);
      return bytes !== undefined;
    },
    content: (wanted, staging) => healFromTree(context, wanted, { root: path, staging }),
  };
}
