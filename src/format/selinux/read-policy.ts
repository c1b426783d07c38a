import { CoppiceError } from '../../base/errors.ts';
import { S_IFDIR } from '../../base/unix-mode.ts';
import { FileLabels } from './file-labels.ts';
import { readLabelSpecs } from './label-spec.ts';
import { readSubstitutions } from './substitutions.ts';

/** Where a root file system has its policies; the second place counts where the first is not there. */
export const POLICY_PLACES = ['etc/selinux', 'usr/etc/selinux'] as const;

const CONTEXTS = 'contexts/files/file_contexts';
const SPEC_FILES = [CONTEXTS, `${CONTEXTS}.homedirs`, `${CONTEXTS}.local`] as const;
const [SUBSTITUTIONS, DISTRIBUTION_SUBSTITUTIONS] = [`${CONTEXTS}.subs`, `${CONTEXTS}.subs_dist`] as const;
const ROOT_MODE = S_IFDIR | 0o755;
const NOTHING = new Uint8Array(0);

/** The files of a policy, below its directory, that tell labels. Only the first has to be there. */
export const LABEL_FILES: readonly string[] = [...SPEC_FILES, SUBSTITUTIONS, DISTRIBUTION_SUBSTITUTIONS];

/**
 * What the policy in the directory `root` says, whose `LABEL_FILES` are given by name; errors name `root`. Throws
 * FORMAT_INVALID for files that cannot be used, and where `/` has no label.
 */
export function readFileLabels(files: ReadonlyMap<string, Uint8Array>, root: string): FileLabels {
  if (!files.has(CONTEXTS)) throw unusablePolicy(root, 'selabel_open(SELABEL_CTX_FILE): No such file or directory');
  const bytesOf = (path: string): Uint8Array => files.get(path) ?? NOTHING;
  const labels = new FileLabels({
    specs: SPEC_FILES.flatMap((path) => readLabelSpecs(bytesOf(path), `${root}/${path}`)),
    substitutions: readSubstitutions(bytesOf(SUBSTITUTIONS), `${root}/${SUBSTITUTIONS}`),
    distributionSubstitutions: readSubstitutions(bytesOf(DISTRIBUTION_SUBSTITUTIONS), `${root}/${DISTRIBUTION_SUBSTITUTIONS}`),
  });
  if (labels.labelOf('/', ROOT_MODE) !== undefined) return labels;
  throw unusablePolicy(root, 'Failed to look up context of /: No such file or directory');
}

export function unusablePolicy(root: string, fault: string): CoppiceError {
  return new CoppiceError('FORMAT_INVALID', `With policy root '${root}': ${fault}`, { facts: { path: root } });
}
