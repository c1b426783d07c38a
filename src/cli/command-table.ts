import type { CommandSpec, ManualText, OptionSpec } from './command.ts';
import { adminInstutilMembers } from './table/admin-instutil.ts';
import { adminKargsMembers } from './table/admin-kargs.ts';
import { adminHiddenMembers, adminMembers } from './table/admin.ts';
import { bench } from './table/bench.ts';
import { cat } from './table/cat.ts';
import { checkout } from './table/checkout.ts';
import { checksum } from './table/checksum.ts';
import { commit } from './table/commit.ts';
import { completion } from './table/completion.ts';
import { config } from './table/config.ts';
import { createUsb } from './table/create-usb.ts';
import { diff } from './table/diff.ts';
import { du } from './table/du.ts';
import { exportSpec } from './table/export.ts';
import { findRemotes } from './table/find-remotes.ts';
import { fsck } from './table/fsck.ts';
import { gc } from './table/gc.ts';
import { gpgSign } from './table/gpg-sign.ts';
import { help } from './table/help.ts';
import { init } from './table/init.ts';
import { log } from './table/log.ts';
import { ls } from './table/ls.ts';
import { flag, hidden } from './table/option.ts';
import { prune } from './table/prune.ts';
import { pullLocal } from './table/pull-local.ts';
import { pull } from './table/pull.ts';
import { refs } from './table/refs.ts';
import { remoteMembers } from './table/remote.ts';
import { reset } from './table/reset.ts';
import { revParse } from './table/rev-parse.ts';
import { show } from './table/show.ts';
import { sign } from './table/sign.ts';
import { staticDeltaMembers } from './table/static-delta.ts';
import { summary } from './table/summary.ts';

/** A word that is followed by another command word. */
export interface CommandGroup extends ManualText {
  /** Empty for the program itself. */
  readonly name: string;
  readonly positional: string;
  readonly summary: string;
  readonly scope: 'sysroot' | 'none';
  readonly options: readonly OptionSpec[];
  readonly members: readonly Member[];
  /** Width of the column of names in the list of commands. */
  readonly column: number;
  /** Leaves the sections of options out of the usage, as ostree does for this group. */
  readonly plain?: boolean;
  /** The error when no member is named. */
  readonly emptyError: string;
}

export interface Member {
  readonly spec: CommandSpec | CommandGroup;
  /** Runs, but is not listed in the usage of the group. */
  readonly hidden?: boolean;
  /** A command that ostree does not have: the usage lists it apart. */
  readonly ours?: boolean;
}

export function isGroup(spec: CommandSpec | CommandGroup): spec is CommandGroup {
  return 'members' in spec;
}

/** The word that stands on the command line for a spec: the last one of its name. */
export function wordOf(spec: CommandSpec | CommandGroup): string {
  return spec.name.slice(spec.name.lastIndexOf(' ') + 1);
}

const shown = (specs: readonly (CommandSpec | CommandGroup)[]): Member[] => specs.map((spec) => ({ spec }));
const unlisted = (specs: readonly (CommandSpec | CommandGroup)[]): Member[] =>
  specs.map((spec) => ({ spec, hidden: true }));

const adminInstutil: CommandGroup = {
  name: 'admin instutil',
  positional: 'COMMAND',
  summary: 'Deprecated commands intended for installer programs',
  scope: 'sysroot',
  options: [],
  members: shown(adminInstutilMembers),
  column: 24,
  emptyError: 'No "admin instutil" subcommand specified',
};

const adminKargs: CommandGroup = {
  name: 'admin kargs',
  positional: 'COMMAND',
  summary: 'Change kernel arguments',
  scope: 'sysroot',
  options: [],
  members: unlisted(adminKargsMembers),
  column: 24,
  emptyError: 'No "admin kargs" subcommand specified',
};

const admin: CommandGroup = {
  name: 'admin',
  positional: '--print-current-dir|COMMAND',
  summary: 'Commands for managing a host system booted with ostree',
  scope: 'sysroot',
  options: [hidden(flag('--print-current-dir', 'Print the directory of the booted deployment'))],
  members: [...shown([...adminMembers, adminKargs]), ...unlisted([adminInstutil, ...adminHiddenMembers])],
  column: 19,
  emptyError: 'No "admin" subcommand specified',
};

const remote: CommandGroup = {
  name: 'remote',
  positional: 'COMMAND',
  summary: 'Remote commands that may involve internet access',
  scope: 'none',
  options: [],
  members: shown(remoteMembers),
  column: 18,
  emptyError: 'No "remote" subcommand specified',
};

const staticDelta: CommandGroup = {
  name: 'static-delta',
  positional: 'COMMAND',
  summary: 'Static delta related commands',
  scope: 'none',
  options: [],
  members: shown(staticDeltaMembers),
  column: 17,
  plain: true,
  emptyError: 'No command specified',
};

/** Every word of ostree, in the order of its usage, and then ours. */
export const PROGRAM: CommandGroup = {
  name: '',
  positional: 'COMMAND',
  summary: '',
  scope: 'none',
  options: [],
  members: [...shown([
    admin,
    cat,
    checkout,
    checksum,
    commit,
    config,
    diff,
    exportSpec,
    findRemotes,
    createUsb,
    fsck,
    gpgSign,
    init,
    log,
    ls,
    prune,
    pullLocal,
    pull,
    refs,
    remote,
    reset,
    revParse,
    sign,
    show,
    staticDelta,
    summary,
  ]), ...[bench, completion, du, gc, help].map((spec) => ({ spec, ours: true }))],
  column: 18,
  emptyError: 'No command specified',
};
