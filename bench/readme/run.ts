/** Writes the chart and README's table from the JSON of the bench: `npm run bench:readme [-- REPORT.json...]`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../../src/ops/bench/bench-error.ts';
import { readReport } from '../../src/ops/bench/contest/report.ts';
import { mergeReports } from '../versus/merge-reports.ts';
import { gainChart } from './chart.ts';
import { readmeBlock, replaceBlock } from './markdown.ts';
import { readmeRows } from './rows.ts';

const CHART = 'bench/chart.svg';

function main([project = '.', ...paths]: readonly string[]): void {
  if (paths.length === 0) throw new BenchError('there is no report: measure with npm run bench -- --json=bench/baseline/NAME.json');
  const report = mergeReports(paths.map(readReport));
  const rows = readmeRows(report);
  const readme = join(project, 'README.md');
  const text = replaceBlock(readFileSync(readme, 'utf8'), readmeBlock(report, rows, CHART));
  writeFileSync(join(project, CHART), gainChart(rows));
  writeFileSync(readme, text);
  process.stdout.write(`${rows.length} rows from ${paths.join(', ')} in README.md and ${CHART}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
