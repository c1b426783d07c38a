import { CoppiceError, isCoppiceError } from '../../base/errors.ts';
import type { Commit } from '../../format/object/commit.ts';
import type { FileLabels } from '../../format/selinux/file-labels.ts';
import { policyType } from '../../format/selinux/policy-config.ts';
import { LABEL_FILES, readFileLabels } from '../../format/selinux/read-policy.ts';
import { openSelinuxPolicy } from '../../fs/selinux-policy.ts';
import { readCommitObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import { readContent } from '../read/index.ts';
import type { CommitOptions, TreeSource } from './index.ts';

/** Where a commit has its policies: an operating system's `/etc` is made from `/usr/etc` when it is deployed. */
const PLACE = '/usr/etc/selinux';
/** Policies have some megabytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** The labels that the options ask for; undefined where they ask for none, or the policy is absent or disabled. */
export async function loadSelinuxLabels(repo: Repo, sources: readonly TreeSource[], options: CommitOptions): Promise<FileLabels | undefined> {
  const { selinuxPolicy, selinuxPolicyFromBase = false } = options;
  if (selinuxPolicy === undefined && !selinuxPolicyFromBase) return undefined;
  if (selinuxPolicy !== undefined && selinuxPolicyFromBase) {
    throw new CoppiceError('USAGE', 'Cannot specify both --selinux-policy and --selinux-policy-from-base');
  }
  if (repo.mode === 'bare-user-only') throw cannotKeep(repo);
  return selinuxPolicy === undefined ? labelsOfBase(repo, sources, options.base) : openSelinuxPolicy(selinuxPolicy);
}

async function labelsOfBase(repo: Repo, [first]: readonly TreeSource[], base: string | undefined): Promise<FileLabels | undefined> {
  if (base !== undefined) return labelsOfCommit(repo, base);
  if (first === undefined) return undefined;
  if (first.kind === 'directory') return openSelinuxPolicy(first.path);
  if (first.kind === 'commit') return labelsOfCommit(repo, first.rev);
  throw new CoppiceError('USAGE', 'Cannot use --selinux-policy-from-base with tar');
}

async function labelsOfCommit(repo: Repo, rev: string): Promise<FileLabels | undefined> {
  const commit = readCommitObject(repo, resolveRev(repo, rev));
  const config = await readIfThere(repo, commit, `${PLACE}/config`);
  const type = config === undefined ? undefined : policyType(config, PLACE);
  if (type === undefined) return undefined;
  const root = `${PLACE}/${type}`;
  const files = new Map<string, Uint8Array>();
  for (const name of LABEL_FILES) {
    const bytes = await readIfThere(repo, commit, `${root}/${name}`);
    if (bytes !== undefined) files.set(name, bytes);
  }
  return readFileLabels(files, root);
}

async function readIfThere(repo: Repo, commit: Commit, path: string): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const piece of readContent(repo, commit, path)) {
      total += piece.length;
      if (total > MAX_FILE_BYTES) throw new CoppiceError('FORMAT_INVALID', `the policy file "${path}" is too large`, { facts: { path } });
      pieces.push(piece);
    }
  } catch (error) {
    if (isCoppiceError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
  return Buffer.concat(pieces);
}

/** `ostree` names objects by labels that such a repository drops. */
function cannotKeep(repo: Repo): CoppiceError {
  return new CoppiceError('USAGE', 'SELinux labels cannot be kept in a bare-user-only repository', {
    facts: { path: repo.path },
    hint: 'Commit into a repository of mode bare-user or archive.',
  });
}
