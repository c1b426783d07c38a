import { BenchError } from '../../src/ops/bench/bench-error.ts';
import type { BenchReport } from '../../src/ops/bench/contest/report.ts';

/** Puts reports of one machine together, which were measured in parts. A contest that two have is the later one's. */
export function mergeReports(reports: readonly BenchReport[]): BenchReport {
  const [first, ...others] = reports;
  if (first === undefined) throw new BenchError('there is no report');
  return others.reduce((sum, next) => {
    const isReplaced = (contest: BenchReport['contests'][number]): boolean =>
      next.contests.some(({ operation, corpus, fileSystem }) => operation === contest.operation && corpus === contest.corpus && fileSystem === contest.fileSystem);
    if (next.machine.processor !== sum.machine.processor) throw new BenchError('the reports were measured on different processors');
    return { ...sum, corpora: { ...sum.corpora, ...next.corpora }, contests: [...sum.contests.filter((contest) => !isReplaced(contest)), ...next.contests] };
  }, first);
}
