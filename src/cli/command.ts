/** How one verb looks from outside. The table of them is `command-table`; each verb's code loads only when it runs. */

import type { IoPriority } from '../engine/engine.ts';

export type OptionKind = 'flag' | 'string' | 'strings' | 'integer' | 'optional-string';

/**
 * What a value or a positional word names, so that shells can complete it: a ref, a path, a word of a verb, one of a few
 * words, or text that nobody can guess.
 */
export type ValueKind = 'ref' | 'file' | 'directory' | 'ref-or-directory' | 'path-in-commit' | 'verb' | 'text' | readonly string[];

export interface OptionSpec {
  /** Long name without dashes. */
  readonly long: string;
  readonly short?: string;
  readonly kind: OptionKind;
  /** Placeholder of the value in `--help`. */
  readonly value?: string;
  /** What the value names; `text` when absent. */
  readonly takes?: ValueKind;
  readonly help: string;
  /** Accepted, but not shown in `--help`. */
  readonly hidden?: boolean;
  /** An option that ostree does not have: `--help` shows it among coppice's own. */
  readonly ours?: boolean;
  /** An option of ostree that is not built yet: using it is refused, never ignored. */
  readonly notYet?: boolean;
}

/** A line that somebody may type. */
export interface Example {
  /** The words behind the program's name. */
  readonly words: string;
  /** What they do, in one sentence. */
  readonly what: string;
}

export type ExitStatus = readonly [status: string, meaning: string];

/** What the manual says of a command beyond its options. */
export interface ManualText {
  /** Paragraphs. */
  readonly description?: readonly string[];
  /** Statuses that mean something of their own here; those of every command go without saying. */
  readonly exitStatuses?: readonly ExitStatus[];
  readonly examples?: readonly Example[];
}

export interface CommandSpec extends ManualText {
  /** The word, or words for a member of a group (`remote add`). */
  readonly name: string;
  /** What stands after the options in the usage line. */
  readonly positional: string;
  /** What the positional words name, in order, where `table/value-kind` cannot tell from their placeholders. */
  readonly operands?: readonly ValueKind[];
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Which of `--repo` and `--sysroot` the verb takes; `repo` when absent. */
  readonly scope?: 'repo' | 'sysroot' | 'none';
  /** Definitions of `report.schema.json`: what the verb may print with `--json`. Absent where it has nothing to report. */
  readonly reports?: readonly string[];
  /** Absent for a verb of ostree that is not built yet: running it says `notYet`. */
  readonly load?: () => Promise<CommandModule>;
  /** The honest sentence of a verb that is not built yet. */
  readonly notYet?: string;
}

export interface CommandModule {
  /** Runs the verb; resolves to its exit status. Throws CoppiceError; never prints an error itself. */
  run(invocation: Invocation): Promise<number>;
}

/** Parsed options of one invocation; asking for a name that the verb does not declare is a programming error. */
export interface ParsedOptions {
  flag(long: string): boolean;
  string(long: string): string | undefined;
  /** Every value of a repeatable option, in the order given. */
  strings(long: string): readonly string[];
  /** The value of an `integer` option: within 32 bits, decimal, octal (`017`) or hexadecimal (`0x1f`) on the line. */
  integer(long: string): number | undefined;
  /** Names and values of all options in the order they stood on the command line. */
  readonly ordered: readonly { readonly long: string; readonly value: string | undefined }[];
}

/** Settings that are accepted anywhere on the line, already merged with the environment. */
export interface GlobalSettings {
  readonly repo: string | undefined;
  readonly engine: 'auto' | 'native' | 'wasm' | 'js';
  /** undefined: as many as there are cores. */
  readonly threads: number | undefined;
  readonly maxMemoryBytes: number | undefined;
  /** The nice value to run with, −20 to 19. */
  readonly nice: number | undefined;
  readonly ioPriority: IoPriority | undefined;
  /** Bound of the processor time, in percent of one processor. */
  readonly cpuPercent: number | undefined;
  readonly json: boolean;
  readonly progress: 'auto' | 'plain' | 'json' | 'none';
  readonly verbose: boolean;
}

export interface Invocation {
  readonly command: CommandSpec;
  /** The name that the user called: `coppice`, or `ostree` by a link of that name. */
  readonly program: string;
  readonly options: ParsedOptions;
  /** Positional words. */
  readonly args: readonly string[];
  readonly settings: GlobalSettings;
  /** The environment, read once by `cli/env`. */
  readonly env: Environment;
  /** Writes to standard output; a closed pipe ends the process quietly. */
  readonly out: (text: string | Uint8Array) => void;
  /** Writes a line to standard error. */
  readonly warn: (line: string) => void;
  /** Shows a line on a terminal's standard error that the next one replaces; the empty line removes it. */
  readonly status: (line: string) => void;
  /** Whether standard error is a terminal. */
  readonly interactive: boolean;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** The environment variables that coppice knows; read in `cli/env` and nowhere else. */
export interface Environment {
  /** The shell command that edits a file; undefined on a terminal that has none. */
  readonly editor: string | undefined;
  readonly temporaryDirectory: string;
  readonly ostreeRepo: string | undefined;
  readonly sysroot: string | undefined;
  readonly sourceDateEpoch: string | undefined;
  readonly repoTestError: string | undefined;
  /** Makes no `tmp/cache` in repositories. */
  readonly skipCache: boolean;
  readonly path: string;
  readonly workingDirectory: string;
}
