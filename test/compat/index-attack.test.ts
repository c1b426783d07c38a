/**
 * The stat index under attack: whatever happens to the tree, the repository and the index between and during commits, each
 * commit equals one by ostree into a fresh repository. COPPICE_ATTACK_ROUNDS (all cases together) and
 * COPPICE_ATTACK_SEED choose how long and which.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { expectSound, seededRandom } from '../support/fault.ts';
import { ATTACKS, DIRECTORIES, LASTING_MAPPER, RACING_WRITER } from '../support/index-attacks.ts';
import type { AttackScene, Random } from '../support/index-attacks.ts';
import { mountImage } from '../support/image-disk.ts';
import type { ImageFileSystem } from '../support/image-disk.ts';
import { coppice, ostree, start, succeed, withWords } from '../support/program.ts';
import type { Finished } from '../support/program.ts';
import { describeWith, hasEngine, needs } from '../support/requirements.ts';
import { Scratch } from '../support/scratch.ts';
import { dir, file, symlink, writeTree } from '../support/tree.ts';

const ROUNDS = Number(process.env['COPPICE_ATTACK_ROUNDS'] ?? 60);
const SEED = Number(process.env['COPPICE_ATTACK_SEED'] ?? 2022);

interface Case {
  readonly mode: 'bare' | 'bare-user' | 'bare-user-only' | 'archive';
  readonly engines: readonly string[];
  readonly disk: 'scratch' | ImageFileSystem;
}

/** Engines without xattr calls take part where none are needed. */
const ALL_ENGINES = ['native', 'wasm', 'js'];
const CASES: readonly Case[] = [
  { mode: 'bare-user-only', engines: ALL_ENGINES, disk: 'scratch' },
  { mode: 'archive', engines: ALL_ENGINES, disk: 'scratch' },
  { mode: 'bare', engines: ['native'], disk: 'scratch' },
  { mode: 'bare-user', engines: ['native'], disk: 'scratch' },
  { mode: 'bare', engines: ['native'], disk: 'ext4' },
  { mode: 'bare-user-only', engines: ALL_ENGINES, disk: 'xfs' },
  { mode: 'archive', engines: ['native'], disk: 'btrfs' },
];
const ROUNDS_PER_CASE = Math.ceil(ROUNDS / CASES.length);

/** The clock of the commit, an hour off: node's alone, as the kernel's cannot be set here. */
const clockOff = (milliseconds: number): string =>
  `--import data:text/javascript,const%20now=Date.now;Date.now=()=>now()%2B(${milliseconds})`;
const CLOCKS = ['', '', '', clockOff(3_600_000), clockOff(-3_600_000)];

function freshTree(root: string): void {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`f${n}`, file(`content ${n} `.repeat(n * 7), { mtimeSeconds: 1000 + n })]));
  const large = file('0123456789'.repeat(20_000));
  writeTree(root, dir({ d0: dir(files), d1: dir({ ...files, large }), d2: dir({ ...files, deep: dir(files) }), d3: dir({ ...files, l: symlink('f1') }) }));
}

function regularFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Flags that change what is committed: the index of one set must not answer for another. */
function randomFlags(random: Random, aside: string, mode: Case['mode']): string[] {
  const rules = [[], [], [], ['--skip-list=' + join(aside, 'skip')], ['--statoverride=' + join(aside, 'override')], ['--mode-ro-executables']];
  const owners = mode === 'bare-user-only' ? [[]] : [[], [], ['--owner-uid=5'], ['--canonical-permissions']];
  return [...(rules[random(rules.length)] ?? []), ...(owners[random(owners.length)] ?? [])];
}

class Battle {
  readonly #case: Case;
  readonly #scene: Omit<AttackScene, 'victim' | 'other'>;
  readonly #referees: string;
  readonly #aside: string;
  #answers = 0;
  #mapper: ChildProcessWithoutNullStreams | undefined;

  constructor(parts: Case, place: string, aside: string, random: Random) {
    this.#case = parts;
    this.#aside = aside;
    this.#referees = join(aside, 'referee');
    this.#scene = { root: join(place, 'parent', 'tree'), outside: join(place, 'outside'), repo: join(aside, 'repo'), random };
    for (const directory of [join(place, 'parent'), this.#scene.outside, aside]) mkdirSync(directory, { recursive: true });
    writeFileSync(join(aside, 'skip'), '/d0/f1\n');
    writeFileSync(join(aside, 'override'), '+64 /d1/f2\n');
    freshTree(this.#scene.root);
    succeed(coppice, ['init', `--repo=${this.#scene.repo}`, `--mode=${parts.mode}`]);
  }

  /** What was done, what coppice made of it, and what ostree does. */
  async round(): Promise<{ done: string[]; ours: string[]; theirs: string }> {
    const { random, root, repo } = this.#scene;
    this.#repairTree();
    const done = Array.from({ length: 1 + random(4) }, () => this.#strike());
    if (this.#case.engines.length === 1 && random(3) === 0) done.push(await this.#mappedStore());
    if (random(3) === 0) await wait(150);
    const flags = [...randomFlags(random, this.#aside, this.#case.mode), ...(this.#case.mode === 'archive' ? ['--no-xattrs'] : [])];
    const engine = this.#case.engines[random(this.#case.engines.length)] ?? 'native';
    done.push(engine, ...flags);
    if (random(4) === 0) done.push(await this.#race(engine, flags));
    this.#repairTree();
    this.#fillRules();
    const options = { env: { NODE_OPTIONS: CLOCKS[random(CLOCKS.length)] } };
    const words = this.#words(repo, root, flags);
    const committers = Array.from({ length: engine === 'native' && random(6) === 0 ? 2 : 1 }, () => start([...withWords(coppice, `--engine=${engine}`).words, ...words, '--json'], options));
    const ours = (await Promise.all(committers.map(({ finished }) => finished))).map((finished) => this.#checksumOf(finished));
    return { done, ours, theirs: this.#referee(flags) };
  }

  /** The error, where there is one. */
  #checksumOf({ status, stdout, stderr }: Finished): string {
    if (status !== 0) return stderr;
    const { checksum, contentKnown } = JSON.parse(stdout);
    this.#answers += contentKnown;
    return checksum;
  }

  end(): void {
    // with few rounds every index may be fresh: flags differ, and files are too young
    if (ROUNDS_PER_CASE >= 20) expect(this.#answers, 'what the index has answered').toBeGreaterThan(0);

    this.#mapper?.kill('SIGKILL');
    const { repo } = this.#scene;
    succeed(ostree, [`--repo=${repo}`, 'prune', '--refs-only', '--depth=0']);
    expectSound(repo);
  }

  #words(repo: string, root: string, flags: readonly string[]): string[] {
    return [`--repo=${repo}`, 'commit', '-b', 'main', '--timestamp=@1', '--parent=none', ...flags, root];
  }

  #referee(flags: readonly string[]): string {
    rmSync(this.#referees, { recursive: true, force: true });
    succeed(ostree, ['init', `--repo=${this.#referees}`, `--mode=${this.#case.mode}`]);
    return succeed(ostree, this.#words(this.#referees, this.#scene.root, flags));
  }

  #strike(): string {
    const { random, root } = this.#scene;
    const files = regularFiles(root);
    const [victim, other] = [files[random(files.length)], files[random(files.length)]];
    const attack = ATTACKS[random(ATTACKS.length)];
    if (attack === undefined || victim === undefined || other === undefined) return 'nothing';
    attack.strike({ ...this.#scene, victim, other });
    this.#repairTree();
    return `${attack.name}: ${victim.slice(root.length)}`;
  }

  /** A process stores into a mapping that it made rounds ago, perhaps. */
  async #mappedStore(): Promise<string> {
    const { random, root } = this.#scene;
    const files = regularFiles(root);
    const path = files[random(Math.min(3, files.length))] ?? '';
    if (this.#mapper !== undefined && random(5) === 0) {
      this.#mapper.kill('SIGKILL');
      this.#mapper = undefined;
      return 'mappings gone';
    }
    this.#mapper ??= spawn('python3', ['-c', LASTING_MAPPER]);
    this.#mapper.stdin.write(`${path}\t${random(256)}\n`);
    await once(this.#mapper.stdout, 'data');
    return `store into a lasting mapping: ${path.slice(root.length)}`;
  }

  /** A commit beside a writer may fail or see anything; what it leaves in the index must not harm the next one. */
  async #race(engine: string, flags: readonly string[]): Promise<string> {
    const { random, root, repo } = this.#scene;
    this.#fillRules();
    const writer = spawn('python3', ['-c', RACING_WRITER, root, String(random(1e6))]);
    await once(writer.stdout, 'data');
    const { status } = await start([...withWords(coppice, `--engine=${engine}`).words, ...this.#words(repo, root, flags)]).finished;
    writer.kill('SIGKILL');
    await once(writer, 'close');
    return `raced: ${String(status)}`;
  }

  /** The attacks and the referee need the four directories, and an object to look at. */
  #repairTree(): void {
    const { root } = this.#scene;
    const has = new Set(readdirSync(root));
    const missing = DIRECTORIES.find((name) => !has.has(name));
    if (missing !== undefined && has.has('swap')) renameSync(join(root, 'swap'), join(root, missing));
    for (const name of DIRECTORIES) mkdirSync(join(root, name), { recursive: true });
    if (regularFiles(root).length < 12) for (let n = 0; n < 8; n++) writeFileSync(join(root, `d${n % 4}`, `again${n}`), `again ${n}`);
  }

  /** Rules have to match something. */
  #fillRules(): void {
    for (const path of ['d0/f1', 'd1/f2']) {
      if (!readdirSync(join(this.#scene.root, path.slice(0, 2))).includes(path.slice(3))) writeFileSync(join(this.#scene.root, path), path);
    }
  }
}

describeWith([needs.referee, needs.root, needs.native], `a commit by the stat index (seed ${SEED})`, () => {
  const scratch = new Scratch('index-attack');

  it.for(CASES)('equals one by ostree, whatever happens: $mode on $disk by $engines', { timeout: 3_600_000 }, async (parts, context) => {
    const place = parts.disk === 'scratch' ? scratch.fresh('place') : mountImage(scratch, parts.disk);
    if (place === undefined) {
      context.skip(`${parts.disk} images cannot be mounted here`);
      return;
    }
    const next = seededRandom(SEED + CASES.indexOf(parts));
    const random: Random = (limit) => Math.floor(next() * limit);
    const engines = parts.engines.filter(hasEngine);
    const battle = new Battle({ ...parts, engines }, place, scratch.fresh('aside'), random);
    const history: string[][] = [];
    for (let round = 0; round < ROUNDS_PER_CASE; round++) {
      const { done, ours, theirs } = await battle.round();
      history.push(done);
      expect(ours, JSON.stringify({ seed: SEED, round, history: history.slice(-3) })).toEqual(ours.map(() => theirs));
    }
    battle.end();
  });
});
