import { constants, copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseChecksum } from '../base/checksum.ts';
import type { Checksum } from '../base/checksum.ts';
import { errnoOf, fromNodeError } from '../base/errors.ts';
import { looseObjectPath, OBJECT_TYPE } from '../format/object/object-type.ts';
import type { Pool } from '../pool/task.ts';
import { configPath, objectsPath } from './layout.ts';
import { fanOutNames } from './list-objects.ts';
import { payloadTask } from './payload-task.ts';
import type { Repo } from './repo.ts';

const BATCH_FILES = 64;
/** `<name>.payload-link` leads to `../XX/<rest>.file`, both in two-digit directories. */
const TARGET = /^\.\.\/([0-9a-f]{2}\/[0-9a-f]{62}\.file)$/;

/**
 * Gives staged content a name by its payload, `<sha256 of the bytes>.payload-link`, and lets it share the blocks of content that
 * has the same payload and another owner, mode or attributes. As in libostree: from the size on that
 * `core.payload-link-threshold` tells, in modes bare and bare-user, where the file system can share blocks.
 */
export async function linkPayloads(repo: Repo, pool: Pool, staging: string): Promise<void> {
  const threshold = repo.config.payloadLinkThreshold;
  if (threshold === undefined || (repo.mode !== 'bare' && repo.mode !== 'bare-user')) return;
  if (!sharesBlocks(repo, staging)) return;
  const paths = stagedContent(staging);
  for (let at = 0; at < paths.length; at += BATCH_FILES) {
    const batch = paths.slice(at, at + BATCH_FILES);
    const payloads = await pool.run(payloadTask, { paths: batch.map((path) => `${staging}/${path}`), mode: repo.mode, threshold });
    for (const [index, path] of batch.entries()) {
      const payload = payloads[index];
      if (payload !== undefined) linkPayload(repo, staging, { path, payload: parseChecksum(payload) });
    }
  }
}

/** Tries it with the config, as libostree does. */
function sharesBlocks(repo: Repo, staging: string): boolean {
  const probe = `${staging}/reflink-probe`;
  try {
    copyFileSync(configPath(repo.path), probe, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}

/** `XX/<rest>.file` of everything staged, in order. */
function stagedContent(staging: string): readonly string[] {
  const present = new Set(readdirSync(staging));
  return fanOutNames()
    .filter((prefix) => present.has(prefix))
    .flatMap((prefix) => readdirSync(`${staging}/${prefix}`).toSorted().map((name) => `${prefix}/${name}`))
    .filter((path) => path.endsWith('.file'));
}

function linkPayload(repo: Repo, staging: string, { path, payload }: { readonly path: string; readonly payload: Checksum }): void {
  const link = looseObjectPath(payload, OBJECT_TYPE.payloadLink, false);
  for (const directory of [staging, objectsPath(repo.path)]) {
    const twin = findTwin(directory, link);
    if (twin === undefined) continue;
    repo.engine.shareBlocks(twin, `${staging}/${path}`);
    return;
  }
  makeLink(`../${path}`, `${staging}/${link}`);
}

/** The content that the link in this directory leads to. One that leads nowhere is removed. */
function findTwin(directory: string, link: string): string | undefined {
  const target = readTarget(`${directory}/${link}`);
  if (target === undefined) return undefined;
  const [, relative] = TARGET.exec(target) ?? [];
  const path = `${directory}/${relative ?? ''}`;
  if (relative !== undefined && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  rmSync(`${directory}/${link}`, { force: true });
  return undefined;
}

function readTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fromNodeError(error, path);
  }
}

function makeLink(target: string, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
