// npm run bench:readme [-- REPORT.json...]: writes README's table and bench/chart.svg from reports of the bench, by default all
// of bench/baseline/. Later ones win where two have the same row.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, project } from './setup.mjs';

const baseline = join(project, 'bench', 'baseline');
const stored = existsSync(baseline) ? readdirSync(baseline).filter((name) => name.endsWith('.json')).toSorted() : [];
const given = process.argv.slice(2);

ensureInstalled();
const { runBenchProgram } = await import('./bundle-bench.mjs');
process.exitCode = await runBenchProgram('bench/readme/run.ts', given.length > 0 ? given : stored.map((name) => join(baseline, name)));
