// Bundles a TypeScript program of bench/ and runs it with the project's directory and the words given.
import { basename, dirname, join } from 'node:path';
import { project, run } from './setup.mjs';

/** Resolves to the program's exit status. */
export async function runBenchProgram(input, words) {
  const { rolldown } = await import('rolldown');
  const file = join(project, 'dist', 'bench', `${basename(dirname(input))}-${basename(input, '.ts')}.mjs`);
  const bundle = await rolldown({ input, cwd: project, platform: 'node', external: /^node:/ });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return run(process.execPath, [file, project, ...words], { cwd: process.cwd(), env: plainEnvironment() });
}

/**
 * The environment without what is meant for node itself and is the caller's own affair: a file of certificates in
 * NODE_EXTRA_CA_CERTS, say, makes every start of node take 40 ms more.
 */
function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
}
