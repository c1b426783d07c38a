// npm test: installs, builds, then runs every test. `npm test -- WORD...` hands the words to vitest and runs nothing else.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, isThere, project, run } from './setup.mjs';

const words = process.argv.slice(2);

ensureInstalled();
ensureBuilt();

const node = (program, ...rest) => run(process.execPath, [join(project, 'node_modules', program), ...rest]);
const cargo = (crate) => () => run('cargo', ['test', '--quiet', '--locked'], { cwd: join(project, crate) });

const steps = [{ name: 'vitest', start: () => node('vitest/vitest.mjs', 'run', ...words) }];
if (words.length === 0) {
  steps.unshift({ name: 'typecheck', start: () => node('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json') });
  const crates = ['native', 'bench/floor'].filter((crate) => existsSync(join(project, crate, 'Cargo.toml')));
  if (isThere('cargo')) steps.push(...crates.map((crate) => ({ name: `cargo test (${crate})`, start: cargo(crate) })));
  else console.error('cargo is not installed: the tests of the native engine are left out');
}

const failed = [];
for (const { name, start } of steps) {
  console.error(`\n== ${name}`);
  const status = start();
  if (status !== 0) failed.push({ name, status });
}
for (const { name, status } of failed) console.error(`${name} failed with status ${status}`);
process.exitCode = failed[0]?.status ?? 0;
