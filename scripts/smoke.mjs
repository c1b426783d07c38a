// The benches in little, for CI: proves that they run, that all answers agree. Words go to the bench.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { project, run } from './setup.mjs';

const room = mkdtempSync(join(tmpdir(), 'coppice-smoke-'));
const report = join(room, 'report.json');

const bench = (...words) => run(process.execPath, [join(project, 'scripts', 'bench.mjs'), ...words, ...process.argv.slice(2)]);

/** Rows of coppice's engines that were measured in every round. */
function measuredRows() {
  const { contests, rounds } = JSON.parse(readFileSync(report, 'utf8'));
  const ours = contests.flatMap(({ lanes }) => lanes.filter(({ role }) => role === 'coppice'));
  return ours.filter(({ failure, samples }) => failure === null && samples.length >= rounds).length;
}

try {
  process.exitCode = bench('--quick', `--json=${report}`);
  if (process.exitCode === 0) {
    const rows = measuredRows();
    if (rows === 0) process.exitCode = 1;
    console.log(`bench smoke: ${rows} rows measured`);
  }
} finally {
  rmSync(room, { recursive: true });
}
