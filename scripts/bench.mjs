// npm run bench: builds what is measured, bundles bench/run.ts and runs it with the words given.
import { ensureBuilt, ensureInstalled } from './setup.mjs';

const words = process.argv.slice(2);
/** These need no build of coppice. */
const isForeign = words.some((word) => /^--(coppice=|from=|help$|list$)/.test(word));

ensureInstalled();
if (!isForeign) ensureBuilt();
const { runBenchProgram } = await import('./bundle-bench.mjs');
process.exitCode = await runBenchProgram('bench/run.ts', words);
