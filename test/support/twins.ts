import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { coppice, ostree, run, runWords } from './program.ts';
import type { Finished, Program, RunOptions } from './program.ts';
import type { Scratch } from './scratch.ts';

/**
 * Two equal worlds, one for each program: a case runs the same command lines in both, and then whatever they
 * printed and whatever they left on disk is compared. A world is a directory, the current one of its commands, so
 * that every path on the command line is relative and both print the same.
 */
export interface Twins {
  readonly ours: World;
  readonly theirs: World;
}

export interface World {
  readonly path: string;
  readonly program: Program;
}

/** Copies the template twice, links and attributes kept. */
export function makeTwins(scratch: Scratch, template: string): Twins {
  return { ours: makeWorld(coppice, scratch, template), theirs: makeWorld(ostree, scratch, template) };
}

function makeWorld(program: Program, scratch: Scratch, template: string): World {
  const path = scratch.fresh(program.name);
  const copied = runWords(['cp', '-a', template, path]);
  if (copied.status !== 0) cpSync(template, path, { recursive: true, preserveTimestamps: true });
  return { path, program };
}

export interface Command {
  readonly args: readonly string[];
  readonly env?: RunOptions['env'];
  readonly input?: string;
  readonly umask?: number;
  /** Below the world. */
  readonly cwd?: string;
  /** A shell script that runs instead of the program: prepares what the next command meets. */
  readonly script?: string;
}

/** A program's command from words in one string; words hold no spaces. */
export function command(words: string, more: Omit<Command, 'args'> = {}): Command {
  return { args: words.split(' ').filter((word) => word !== ''), ...more };
}

/** A preparation by the shell, in the world's directory. */
export function shell(script: string): Command {
  return { args: [], script };
}

export interface Agreement {
  /** Compare stderr to the letter. Default true; false where our words are better on purpose. */
  readonly sameErrors?: boolean;
  /** What our stderr must say, where it need not be ostree's. */
  readonly mention?: RegExp;
  /** Compare stdout to the letter. Default true. */
  readonly sameOutput?: boolean;
}

/** Runs the commands in both worlds and expects status and words to agree. Returns what the last one answered in ours. */
export function runInBoth(twins: Twins, commands: readonly Command[], agreement: Agreement = {}): Finished {
  let last: Finished | undefined;
  for (const step of commands) {
    const [ours, theirs] = [runIn(twins.ours, step), runIn(twins.theirs, step)];
    expect(comparable(ours, agreement), step.args.join(' ')).toEqual(comparable(theirs, agreement));
    if (agreement.mention !== undefined && ours.status !== 0) expect(ours.stderr).toMatch(agreement.mention);
    last = ours;
  }
  if (last === undefined) throw new Error('no commands');
  return last;
}

function runIn(world: World, step: Command): Finished {
  const { env, input, umask, cwd = '' } = step;
  const given = { ...(env === undefined ? {} : { env }), ...(input === undefined ? {} : { input }), ...(umask === undefined ? {} : { umask }) };
  const options: RunOptions = { cwd: join(world.path, cwd), ...given };
  return step.script === undefined ? run(world.program, step.args, options) : runWords(['sh', '-ec', step.script], options);
}

function comparable(result: Finished, { mention, sameErrors = mention === undefined, sameOutput = true }: Agreement): Record<string, unknown> {
  return {
    status: result.status,
    ...(sameOutput ? { stdout: nameless(result.stdout) } : {}),
    ...(sameErrors ? { stderr: nameless(result.stderr) } : { failed: result.stderr !== '' }),
  };
}

/** Programs call themselves by their own names in usage lines, and temporary names are random; hints are ours alone. */
function nameless(text: string): string {
  return text.replaceAll('coppice', 'ostree').replace(/^hint: .*\n/gm, '').replace(/checkout-union-\w{6}/g, 'checkout-union-XXXXXX');
}

export function inWorld(world: World, path: string): string {
  return join(world.path, path);
}
