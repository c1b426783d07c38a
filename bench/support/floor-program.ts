import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, succeeds } from '../../src/ops/bench/contest/run-program.ts';

/** Builds `bench/floor` where cargo is there; undefined (and the reason told to `say`) where it cannot be built. */
export async function buildFloor(project: string, say: (line: string) => void): Promise<string | undefined> {
  const crate = join(project, 'bench', 'floor');
  if (!(await succeeds(['cargo', '--version']))) {
    say('no floor: cargo is not installed, and bench/floor is written in Rust');
    return undefined;
  }
  const built = await runProgram(['cargo', 'build', '--release', '--locked', '--quiet'], { cwd: crate });
  const program = join(crate, 'target', 'release', 'coppice-floor');
  if (built.status === 0 && existsSync(program)) return program;
  say(`no floor: cargo build fails in ${crate}: ${built.stderr.trim().split('\n')[0] ?? ''}`);
  return undefined;
}
