import type { ProgressSink } from '../base/progress.ts';
import type { Engine } from '../engine/engine.ts';
import type { Pool } from '../pool/task.ts';
import type { Repo } from './repo.ts';

/** What every operation on a repository needs. */
export interface OperationContext {
  readonly repo: Repo;
  readonly engine: Engine;
  readonly pool: Pool;
  /** Told now and then how far the work is. */
  readonly progress?: ProgressSink | undefined;
  /** Stops the work at the next batch; what was begun is undone. */
  readonly signal?: AbortSignal | undefined;
}
