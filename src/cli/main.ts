/** The program: one command line in, an exit status out. */
import { readCommandLine } from './env.ts';
import { ClosedPipe } from './output-stream.ts';
import { runCommandLine } from './run-command-line.ts';
import { watchSignals } from './signals.ts';
import { openTerminal } from './terminal.ts';

/** What a shell sees of a program that SIGPIPE ended. */
const CLOSED_PIPE_STATUS = 141;
const FAILED = 1;

/** Runs the command line of this process and ends the process with the command's exit status. */
export async function main(): Promise<void> {
  const watch = watchSignals();
  const status = await statusOf(watch.signal);
  process.exit(status === FAILED ? (watch.exitStatus() ?? status) : status);
}

async function statusOf(signal: AbortSignal): Promise<number> {
  try {
    return await runCommandLine({ line: readCommandLine(), terminal: openTerminal(), signal });
  } catch (error) {
    if (error instanceof ClosedPipe) return CLOSED_PIPE_STATUS;
    throw error;
  }
}
