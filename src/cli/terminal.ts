import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { ClosedPipe, OutputStream, writeFully } from './output-stream.ts';

const STDOUT = 1;
const STDERR = 2;

const CLEAR_LINE = '\r\u001B[K';
/** Narrower than any terminal in use: a line that wraps cannot be taken back. */
const STATUS_COLUMNS = 79;

/** Both ends of the conversation; what was printed before a warning is out before it. */
export interface Terminal {
  /** Whether standard error is a terminal, where a status line can be shown. */
  readonly interactive: boolean;
  readonly out: (text: string | Uint8Array) => void;
  readonly warn: (line: string) => void;
  /** Writes to standard error as it is, after what was printed before. */
  readonly writeError: (text: string) => void;
  /** Shows a line below everything else; the next one replaces it, the empty one removes it. */
  readonly status: (line: string) => void;
  readonly flush: () => void;
}

/** Major number of /dev/null and its like. */
const MEMORY_DEVICES = 1;

/** Whether a descriptor is a terminal; node:tty, which takes 2 ms to load, is asked where it may be one. */
function isTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && stats.rdev >> 8 !== MEMORY_DEVICES && isatty(fd);
  } catch {
    return false; // closed
  }
}

/** Nobody hears what is said on a broken standard error, so that it cannot be reported either. */
function writeErrorQuietly(text: string): void {
  try {
    writeFully(STDERR, Buffer.from(text));
  } catch (error) {
    if (!(error instanceof ClosedPipe)) throw error;
  }
}

/** The last line of a terminal, which is taken away before anything else is written. */
class StatusLine {
  #shown = false;

  show(line: string): void {
    this.hide();
    if (line === '') return;
    writeErrorQuietly(line.slice(0, STATUS_COLUMNS));
    this.#shown = true;
  }

  hide(): void {
    if (this.#shown) writeErrorQuietly(CLEAR_LINE);
    this.#shown = false;
  }
}

export function openTerminal(): Terminal {
  const statusLine = new StatusLine();
  const stdoutIsTerminal = isTerminal(STDOUT);
  const stdout = new OutputStream(STDOUT, stdoutIsTerminal);
  const flush = (): void => stdout.flush();
  const writeError = (text: string): void => {
    flush();
    statusLine.hide();
    writeErrorQuietly(text);
  };
  return {
    interactive: isTerminal(STDERR),
    out(text) {
      if (stdoutIsTerminal) statusLine.hide();
      stdout.write(text);
    },
    warn: (line) => writeError(`${line}\n`),
    writeError,
    status: (line) => statusLine.show(line),
    flush,
  };
}
