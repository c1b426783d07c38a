import type { Amount, DeploymentUsage, DuOutcome, OwnFiles, RefUsage } from '../../ops/du/index.ts';
import { byteAmount } from './byte-amount.ts';

/** A holder in the tables of `du`. */
export interface DuRow {
  readonly title: string;
  readonly alone: Amount;
  /** As the columns have it: alone, shared, total, commits, and the own files where deployments are told. */
  readonly cells: readonly string[];
  /** Of a deployment. */
  readonly own: OwnFiles | undefined;
}

/** How the holders are called together. */
export interface HolderWords {
  readonly one: string;
  readonly several: string;
}

const SHOWN_DIGITS = 12;
/** Own files of a ref, and parents of a deployment: there is no such thing. */
const NONE = '-';

/** A ref as people know it; one of a collection with that in front. */
export function refTitle({ collectionId, refspec }: Pick<RefUsage, 'collectionId' | 'refspec'>): string {
  return collectionId === undefined ? refspec : `(${collectionId}, ${refspec})`;
}

/** `myos/9527a8dd1631.0`: the stateroot, the first digits of the commit, the serial; all digits if asked for. */
export function deploymentName({ osname, checksum, serial }: Pick<DeploymentUsage, 'osname' | 'checksum' | 'serial'>, digits = SHOWN_DIGITS): string {
  return `${osname}/${checksum.slice(0, digits)}.${serial}`;
}

/** All holders, the one that holds most alone first. */
export function duRows({ refs, deployments }: DuOutcome): DuRow[] {
  const own = deployments.length > 0 ? [NONE] : [];
  const rows = [
    ...refs.map((ref): DuRow => ({ title: refTitle(ref), alone: ref.alone, own: undefined, cells: [...amounts(ref), String(ref.commits), ...own] })),
    ...deployments.map((deployment): DuRow => ({
      title: `deployment ${deploymentName(deployment)}`,
      alone: deployment.alone,
      own: deployment.own,
      cells: [...amounts(deployment), NONE, byteAmount(deployment.own.bytes)],
    })),
  ];
  return rows.toSorted((a, b) => b.alone.bytes - a.alone.bytes);
}

export function holderWords({ deployments }: DuOutcome): HolderWords {
  return deployments.length === 0 ? { one: 'ref', several: 'refs' } : { one: 'ref or deployment', several: 'refs or deployments' };
}

/** The sum of what deployments have of their own. */
export function ownTotal({ deployments }: DuOutcome): OwnFiles {
  const sum = { files: 0, bytes: 0, unreadDirectories: 0 };
  for (const { own } of deployments) {
    sum.files += own.files;
    sum.bytes += own.bytes;
    sum.unreadDirectories += own.unreadDirectories;
  }
  return sum;
}

function amounts({ alone, total }: Pick<RefUsage, 'alone' | 'total'>): string[] {
  return [byteAmount(alone.bytes), byteAmount(total.bytes - alone.bytes), byteAmount(total.bytes)];
}
