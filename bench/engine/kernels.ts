/**
 * Which engine is fastest at each kernel: `node bench/engine/run.mjs [--json] [--time=MS] [WORD…]`. A WORD keeps the kernels
 * whose name has it. Answers are compared before anything is timed.
 */
import { Bench } from 'tinybench';
import { gatherContestants } from './contestants.ts';
import type { Contestant } from './contestants.ts';
import { kernelCases } from './kernel-cases.ts';
import type { KernelCase } from './kernel-cases.ts';

interface Row {
  readonly kernel: string;
  readonly input: string;
  /** MB/s (10^6) by contestant. */
  readonly rates: Readonly<Record<string, number>>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function checkAnswers({ kernel, input, run }: KernelCase, contestants: readonly Contestant[]): void {
  const [first, ...others] = contestants.map(({ engine }) => run(engine));
  for (const [index, answer] of others.entries()) {
    if (first !== undefined && answer.length === first.length && answer.every((value, at) => value === first[at])) continue;
    throw new Error(`${contestants[index + 1]?.name} gives another answer for ${kernel} of ${input}`);
  }
}

async function measure(one: KernelCase, contestants: readonly Contestant[], timeMs: number): Promise<Row> {
  checkAnswers(one, contestants);
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  for (const { name, engine } of contestants) bench.add(name, () => void one.run(engine));
  await bench.run();
  const rates = bench.tasks.map(({ name, result }) => {
    const milliseconds = 'latency' in result ? result.latency.p50 : Number.NaN;
    return [name, one.bytes / 1000 / milliseconds] as const;
  });
  return { kernel: one.kernel, input: one.input, rates: Object.fromEntries(rates) };
}

function formatRow({ kernel, input, rates }: Row): string {
  const reference = rates['js'] ?? Number.NaN;
  const cells = Object.values(rates).map((rate) => `${rate.toFixed(rate < 10 ? 1 : 0)} (${(rate / reference).toFixed(2)})`.padStart(16));
  return `${kernel.padEnd(12)} ${input.padStart(14)} ${cells.join('')}`;
}

const [project = '', ...words] = process.argv.slice(2);
const timeMs = Number(words.find((word) => word.startsWith('--time='))?.slice('--time='.length) ?? '300');
const wanted = words.filter((word) => !word.startsWith('--'));
const contestants = gatherContestants(project);
const [reference] = contestants;
if (reference === undefined) throw new Error('no engine can be loaded');

const rows: Row[] = [];
if (!words.includes('--json')) say(`${'MB/s (times js)'.padEnd(27)} ${contestants.map(({ name }) => name.padStart(16)).join('')}`);
for (const one of kernelCases(reference.engine)) {
  if (wanted.length > 0 && !wanted.some((word) => one.kernel.includes(word))) continue;
  const row = await measure(one, contestants, timeMs);
  rows.push(row);
  if (!words.includes('--json')) say(formatRow(row));
}
if (words.includes('--json')) say(JSON.stringify({ node: process.version, rows }, undefined, 2));
