import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { storedObjects } from './objects.ts';
import { outputOf } from '../contest/run-program.ts';
import { treeDigest } from './tree-digest.ts';
import { type Contender, isStore, roomName } from '../contest/contender.ts';
import { writeList } from '../corpus/load-corpus.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { BRANCH, committedRepository, type Mode, refereeOf } from './repository.ts';

type Style = 'hardlink' | 'copy';

/** What is checked out: by hardlinks from bare-user-only, by copy from archive without its cache. */
const STYLES: Readonly<Record<Style, { readonly mode: Mode; readonly flags: readonly string[]; readonly title: string }>> = {
  hardlink: { mode: 'bare-user-only', flags: ['-U', '-H'], title: 'checkout, hardlinks' },
  copy: { mode: 'archive', flags: ['-U', '--disable-cache'], title: 'checkout from archive by copy' },
};

function checkoutWords(style: Style, repository: string, destination: string): string[] {
  return ['checkout', `--repo=${repository}`, ...STYLES[style].flags, BRANCH, destination];
}

function checkoutLane(stage: Stage, contender: Contender, style: Style, repository: string): Lane {
  const destination = join(stage.room, `${roomName(contender)}-out`);
  return {
    contender,
    before: async () => rmSync(destination, { recursive: true, force: true }),
    argv: () => contender.argv(...checkoutWords(style, repository, destination)),
    async after(_run, thorough) {
      const answer = thorough ? treeDigest(destination) : undefined;
      rmSync(destination, { recursive: true });
      return answer;
    },
  };
}

/** The floor's work as lists: directories, parents first, and each linked file with its object. */
class LinkPlan {
  readonly directories: string[] = [];
  readonly pairs: string[] = [];
  readonly #objects = new Map<number, string>();

  constructor(repository: string, checkout: string) {
    for (const { inode, name, isRegular } of storedObjects(repository)) if (isRegular) this.#objects.set(inode, name);
    this.#visit(checkout, '');
  }

  #visit(root: string, prefix: string): void {
    for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
      const path = join(prefix, entry.name);
      if (entry.isDirectory()) {
        this.directories.push(path);
        this.#visit(root, path);
      } else this.#addFile(join(root, path), path);
    }
  }

  #addFile(full: string, path: string): void {
    const object = this.#objects.get(lstatSync(full).ino);
    if (object !== undefined) this.pairs.push(object, path);
  }
}

async function planLinks(stage: Stage, repository: string): Promise<{ readonly directoryList: string; readonly pairList: string }> {
  const checkout = join(stage.room, 'planned');
  await outputOf(refereeOf(stage).argv(...checkoutWords('hardlink', repository, checkout)));
  const plan = new LinkPlan(repository, checkout);
  rmSync(checkout, { recursive: true });
  return {
    directoryList: writeList(join(stage.room, 'directories.list'), plan.directories),
    pairList: writeList(join(stage.room, 'pairs.list'), plan.pairs),
  };
}

async function floorLane(stage: Stage, contender: Contender, repository: string): Promise<Lane> {
  const { directoryList, pairList } = await planLinks(stage, repository);
  const destination = join(stage.room, `${roomName(contender)}-out`);
  return {
    contender,
    before: async () => rmSync(destination, { recursive: true, force: true }),
    argv: () => contender.argv('link', join(repository, 'objects'), destination, directoryList, pairList),
    async after() {
      rmSync(destination, { recursive: true });
      return undefined;
    },
  };
}

/** A checkout of the whole corpus into a directory that does not exist. All read one repository, made by the referee. */
export function checkoutOperation(style: Style): Operation {
  const { mode, title } = STYLES[style];
  return {
    name: `checkout:${style}`,
    title,
    async open(stage) {
      const repository = join(stage.room, 'repository');
      await committedRepository(refereeOf(stage), repository, mode, stage.corpus.root);
      const takingPart = stage.contenders.filter((contender) => isStore(contender) || (contender.role === 'floor' && style === 'hardlink'));
      const lane = async (contender: Contender): Promise<Lane> =>
        contender.role === 'floor' ? floorLane(stage, contender, repository) : checkoutLane(stage, contender, style, repository);
      return { lanes: await Promise.all(takingPart.map(lane)) };
    },
  };
}
