export interface CheckoutOptions {
  /** `-U`: leaves owners and xattrs alone. */
  readonly userMode?: boolean | undefined;
  /** `-H` */
  readonly requireHardlinks?: boolean | undefined;
  /** `-C` */
  readonly forceCopy?: boolean | undefined;
  /** What happens to files that are there: error (default), replace, keep, or error unless identical. */
  readonly overwrite?: 'none' | 'union' | 'add' | 'identical' | undefined;
  /** Path in the commit; default the whole tree. */
  readonly subpath?: string | undefined;
  /** A subpath that is not there is no error. */
  readonly allowNoent?: boolean | undefined;
  readonly whiteouts?: boolean | undefined;
  readonly passthroughWhiteouts?: boolean | undefined;
  /** `-M`: masks directory permissions with 0775. */
  readonly bareUserOnlyDirectories?: boolean | undefined;
  readonly disableCache?: boolean | undefined;
  /** Never hardlinks empty files. libostree 2022.7 never does; the default follows it. */
  readonly forceCopyZerosized?: boolean | undefined;
  /**
   * Labels by the SELinux policy of the root file system at this path, not by the commit; implies `forceCopy`. A file that the
   * policy has no label for gets none. Of no effect in user mode.
   */
  readonly selinuxPolicy?: string | undefined;
  /** Where what is checked out lies in the file system that the policy is for. Default: `subpath`. */
  readonly selinuxPrefix?: string | undefined;
  readonly skip?: ReadonlySet<string> | undefined;
  readonly fsync?: boolean | undefined;
}
