import { unusablePolicy } from './read-policy.ts';

const ENABLED = /^SELINUX=(?:enforcing|permissive)/i;
const TYPE = 'SELINUXTYPE=';
const TYPE_NAME = /^(?!\.{1,2}$)[^/\0]+$/;

/**
 * The directory of the policy that `config` names; undefined where it disables SELinux. Settings begin their lines, as
 * libostree reads them. Throws FORMAT_INVALID where SELinux is enabled without a type; the error names `root`.
 */
export function policyType(config: Uint8Array, root: string): string | undefined {
  const lines = Buffer.from(config).toString('latin1').split('\n');
  if (!lines.some((line) => line.startsWith('SELINUX=') && ENABLED.test(line))) return undefined;
  const type = lines.findLast((line) => line.startsWith(TYPE))?.slice(TYPE.length).trim();
  if (type === undefined || !TYPE_NAME.test(type)) throw unusablePolicy(root, 'config does not say which SELINUXTYPE to use');
  return type;
}
