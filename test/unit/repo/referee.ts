import { describe } from 'vitest';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../../src/engine/engine.ts';
import { jsEngine } from '../../../src/engine/js-engine.ts';
import { selectEngine } from '../../../src/engine/select-engine.ts';
import { InlinePool } from '../../../src/pool/inline-pool.ts';
import { createRepo } from '../../../src/repo/create-repo.ts';
import type { CreateRepoOptions } from '../../../src/repo/create-repo.ts';
import { Repo } from '../../../src/repo/repo.ts';
import { ostree, run } from '../../support/program.ts';

const ASSETS = fileURLToPath(new URL('../../../dist', import.meta.url));

const hasOstree = whether(() => run(ostree, ['--version']).status === 0);

/** The native engine where it is built, else undefined. */
export const nativeEngine: Engine | undefined = existsSync(`${ASSETS}/coppice.node`)
  ? selectEngine({ choice: 'native', assetDirectory: ASSETS }).engine
  : undefined;

/** Tests that compare with the real `ostree`. */
export function describeWithReferee(title: string, body: () => void): void {
  describeOrSkip(hasOstree ? undefined : 'ostree is not installed', title, body);
}

/** Tests of what only the native engine can do. */
export function describeWithNative(title: string, body: (engine: Engine) => void): void {
  const engine = nativeEngine;
  describeOrSkip(engine === undefined ? 'dist/coppice.node is not built' : undefined, title, () => body(engine ?? jsEngine));
}

/** A skipped group says why, in its title and on stderr. */
function describeOrSkip(obstacle: string | undefined, title: string, body: () => void): void {
  if (obstacle !== undefined) process.stderr.write(`SKIPPED: ${title}: ${obstacle}\n`);
  const name = obstacle === undefined ? title : `${title} [skipped: ${obstacle}]`;
  // oxlint-disable-next-line vitest/valid-title, vitest/valid-describe-callback -- both are built above
  describe.skipIf(obstacle !== undefined)(name, () => body());
}

/** A new repository of ours. */
export function freshRepo(path: string, options: CreateRepoOptions = { mode: 'archive' }, engine: Engine = jsEngine): Repo {
  createRepo(path, options);
  return Repo.open(path, engine);
}

export const inlinePool = (engine: Engine = jsEngine): InlinePool => new InlinePool({ engine });

/** The message of what `action` throws, as `ostree` would print it. */
export function errorLine(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : String(error)}\n`;
  }
  return '';
}

function whether(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}
