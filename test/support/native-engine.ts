import { fileURLToPath } from 'node:url';
import { isCoppiceError } from '../../src/base/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { jsEngine } from '../../src/engine/js-engine.ts';
import { createNativeEngine } from '../../src/engine/native-engine.ts';
import { InlinePool } from '../../src/pool/inline-pool.ts';
import type { Pool } from '../../src/pool/task.ts';
import type { OperationContext } from '../../src/repo/operation-context.ts';
import { Repo } from '../../src/repo/repo.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

/** The built engine; undefined, said in a line, where its addon cannot be loaded and need not be there. */
export function loadNativeEngine(subject: string): Engine | undefined {
  try {
    return createNativeEngine(jsEngine, DIST);
  } catch (error) {
    if (!isCoppiceError(error, 'CAPABILITY_MISSING') || process.env['COPPICE_REQUIRE_NATIVE'] === '1') throw error;
    process.stderr.write(`SKIPPED: ${subject}: ${error.message}\n`);
    return undefined;
  }
}

/** A pool that says it has two threads: the engine's own threads are meant. */
function poolOf(engine: Engine): Pool {
  const inline = new InlinePool({ engine });
  const { budget } = inline;
  return { width: 2, budget, run: (task, input) => inline.run(task, input), expect: () => undefined, rest: () => inline.rest(), close: () => inline.close() };
}

/** What an operation runs in whose engine has threads of its own. */
export function contextOf(repo: string, engine: Engine): OperationContext {
  return { repo: Repo.open(repo, engine), engine, pool: poolOf(engine) };
}
