// npm run bench: builds what is measured, bundles bench/run.ts and runs it with the words given.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, project, run } from './setup.mjs';

const words = process.argv.slice(2);
const bundlePath = join(project, 'dist', 'bench', 'run.js');
/** These need no build of coppice. */
const isForeign = words.some((word) => word.startsWith('--coppice=') || word === '--help' || word === '--list');

ensureInstalled();
if (!isForeign) ensureBuilt();

const { rolldown } = await import('rolldown');
const bundle = await rolldown({ input: 'bench/run.ts', cwd: project, platform: 'node', external: /^node:/ });
await bundle.write({ file: bundlePath, format: 'esm' });
await bundle.close();

process.exitCode = run(process.execPath, [bundlePath, project, ...words], { cwd: process.cwd() });
