import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

import type { Program } from './program.ts';

const BASE = '/sys/fs/cgroup';

/** The names of one version of the kernel's interface. */
interface Interface {
  readonly directory: string;
  readonly limit: string;
  readonly events: string;
}

const INTERFACES: readonly Interface[] = [
  { directory: `${BASE}/memory`, limit: 'memory.limit_in_bytes', events: 'memory.oom_control' },
  { directory: BASE, limit: 'memory.max', events: 'memory.events' },
];

/** The interface by which memory can be limited here, if there is one. */
function findInterface(): Interface | undefined {
  return INTERFACES.find((candidate) => {
    const probe = `${candidate.directory}/coppice-probe-${process.pid}`;
    try {
      mkdirSync(probe);
    } catch {
      return false; // no such controller, or not ours to write
    }
    const found = existsSync(`${probe}/${candidate.limit}`);
    rmdirSync(probe);
    return found;
  });
}

export function canLimitMemory(): boolean {
  return findInterface() !== undefined;
}

/** A control group whose processes together get no more than so many bytes, page cache included, and no swap. */
export class SmallMemory {
  readonly #path: string;
  readonly #events: string;

  constructor(name: string, bytes: number) {
    const found = findInterface();
    if (found === undefined) throw new Error('memory cannot be limited here');
    this.#path = `${found.directory}/coppice-${name}-${process.pid}`;
    this.#events = `${this.#path}/${found.events}`;
    mkdirSync(this.#path);
    writeFileSync(`${this.#path}/${found.limit}`, String(bytes));
    for (const swap of ['memory.memsw.limit_in_bytes', 'memory.swap.max']) this.#forbidSwap(swap, bytes);
  }

  /** How often the kernel killed a process of the group. */
  get kills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(this.#events, 'utf8'))?.[1] ?? 0);
  }

  /** The program, run inside the group. */
  confine(program: Program): Program {
    const enter = ['sh', '-c', `echo $$ > ${this.#path}/cgroup.procs && exec "$@"`, 'sh'];
    return { ...program, words: [...enter, ...program.words] };
  }

  release(): void {
    rmdirSync(this.#path);
  }

  #forbidSwap(file: string, bytes: number): void {
    const path = `${this.#path}/${file}`;
    if (existsSync(path)) writeFileSync(path, file.endsWith('.max') ? '0' : String(bytes));
  }
}

