/** Opens what a verb works on, at the place that the command line and the environment name. */
import { clockMilliseconds } from '../base/clock.ts';
import { isCoppiceError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Pool } from '../pool/task.ts';
import type { OperationContext } from '../repo/operation-context.ts';
import type { Repo } from '../repo/repo.ts';
import type { Invocation } from './command.ts';
import { findRepository } from './find-repository.ts';
import { NO_ENGINE } from './no-engine.ts';
import { applyIoPriority, applyNice } from './politeness.ts';
import { createProgressReporter } from './ui/progress-reporter.ts';
import type { ProgressReporter } from './ui/progress-reporter.ts';
import { usageError } from './usage-error.ts';

/** The engine and the pool of one run, without a repository. */
export interface WorkSession {
  readonly engine: Engine;
  readonly pool: Pool;
  /** Ends the progress line and stops the threads; to be called whatever happened. */
  close(): Promise<void>;
}

/** The context of operations: repository, engine, pool, progress and the signal of this run. */
export type Session = OperationContext & WorkSession;

function reporterFor({ settings, warn, status, interactive }: Invocation): ProgressReporter {
  return createProgressReporter({
    mode: settings.progress,
    terminal: interactive,
    warn,
    status,
    now: clockMilliseconds,
  });
}

async function openRepo({ settings, env }: Invocation, engine: Engine): Promise<Repo> {
  const { Repo } = await import('../repo/repo.ts');
  const { path, named } = findRepository(settings.repo, env);
  try {
    return Repo.open(path, engine, { skipCache: env.skipCache });
  } catch (error) {
    if (!named && isCoppiceError(error, 'NOT_A_REPOSITORY')) throw usageError('Command requires a --repo argument');
    throw error;
  }
}

/** For verbs that need no repository, as `checksum`. Threads start with the first large work. */
export async function openWork(invocation: Invocation): Promise<WorkSession> {
  const { createRuntime } = await import('../runtime.ts');
  const { settings, warn } = invocation;
  applyNice(settings);
  const runtime = createRuntime(settings);
  await applyIoPriority(settings, runtime.engine);
  const { engine, engineReason, threads, pool } = runtime;
  if (settings.verbose) warn(`OT: engine ${engine.name}: ${engineReason}; ${threads} threads`);
  return { engine, pool, close: () => pool.close() };
}

/** The repository with the engine and the threads that the line asks for. */
export async function openRepoFor(invocation: Invocation): Promise<Session> {
  const work = await openWork(invocation);
  const repo = await openRepo(invocation, work.engine);
  if (invocation.settings.verbose) invocation.warn(`OT: repository ${repo.path}`);
  const reporter = reporterFor(invocation);
  return {
    ...work,
    repo,
    progress: reporter.sink,
    signal: invocation.signal,
    async close() {
      reporter.finish();
      await work.close();
    },
  };
}

/** The repository alone, for verbs that read refs and settings: no engine, no threads, nothing more to load. */
export async function openRepoLightly(invocation: Invocation): Promise<Repo> {
  return openRepo(invocation, NO_ENGINE);
}
