import { chmodSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { storedObjects } from './objects.ts';
import { runProgram } from '../contest/run-program.ts';
import { type Contender, isStore } from '../contest/contender.ts';
import { writeList } from '../corpus/load-corpus.ts';
import type { Lane, Operation, Stage } from '../contest/operation.ts';
import { committedRepository, type Mode, refereeOf } from './repository.ts';

function fsckArgv(contender: Contender, repository: string): readonly string[] {
  return contender.argv('fsck', '--quiet', `--repo=${repository}`);
}

/** Flips a bit in the last byte of a file for as long as `during` runs. */
async function withFlippedBit(path: string, during: () => Promise<void>): Promise<void> {
  const [bytes, { mode }] = [readFileSync(path), lstatSync(path)];
  const broken = Buffer.from(bytes);
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  chmodSync(path, mode | 0o600);
  try {
    writeFileSync(path, broken);
    await during();
  } finally {
    writeFileSync(path, bytes);
    chmodSync(path, mode);
  }
}

/** An fsck is worth timing only if it finds a flipped bit. */
async function requireFindsDamage(contender: Contender, repository: string): Promise<void> {
  const contents = [...storedObjects(repository)].filter(({ isRegular, sizeBytes, name }) => isRegular && sizeBytes > 64 && name.includes('.file'));
  const object = contents[Math.floor(contents.length / 2)];
  if (object === undefined) return;
  await withFlippedBit(join(repository, 'objects', object.name), async () => {
    const { status } = await runProgram(fsckArgv(contender, repository));
    if (status === 0) throw new BenchError(`fsck by ${contender.label} did not see a flipped bit in ${object.name}`);
  });
}

function fsckLane(contender: Contender, repository: string): Lane {
  return {
    contender,
    before: async () => undefined,
    argv: () => fsckArgv(contender, repository),
    async after(_run, thorough) {
      if (thorough) await requireFindsDamage(contender, repository);
      return undefined;
    },
  };
}

/** Reads and hashes every object. */
function floorLane(stage: Stage, contender: Contender, repository: string): Lane {
  const objects = [...storedObjects(repository)].filter(({ isRegular }) => isRegular).map(({ name }) => name);
  const list = writeList(join(stage.room, 'objects.list'), objects);
  return {
    contender,
    before: async () => undefined,
    argv: () => contender.argv('hash', join(repository, 'objects'), list),
    async after(run) {
      if (run.stdout.startsWith(`${objects.length} `)) return undefined;
      throw new BenchError(`the floor hashed "${run.stdout.trim()}" instead of ${objects.length} objects`);
    },
  };
}

/** A check of every object of a sound repository with one commit. All read one repository, made by the referee. */
export function fsckOperation(mode: Mode): Operation {
  return {
    name: `fsck:${mode}`,
    title: `fsck, ${mode}`,
    async open(stage) {
      const repository = join(stage.room, 'repository');
      await committedRepository(refereeOf(stage), repository, mode, stage.corpus.root);
      const takingPart = stage.contenders.filter((contender) => isStore(contender) || (contender.role === 'floor' && mode === 'bare-user-only'));
      return {
        lanes: takingPart.map((contender) => (contender.role === 'floor' ? floorLane(stage, contender, repository) : fsckLane(contender, repository))),
      };
    },
  };
}
