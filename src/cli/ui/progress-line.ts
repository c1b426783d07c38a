import type { Progress } from '../../base/progress.ts';
import { formatBytes, formatDuration } from './format-amount.ts';
import { RateMeter } from './rate-meter.ts';

/**
 * Words for how far a work is: `commit: 1200 of 4000 files, 23.4 MB of 80.1 MB, 11.2 MB/s, about 6 s left`.
 * The time left is told only where the total is known and the speed of the last seconds too.
 */
export class ProgressWords {
  #phase = '';
  #bytes = new RateMeter();
  #files = new RateMeter();

  describe(progress: Progress, milliseconds: number): string {
    this.#measure(progress, milliseconds);
    const parts = [this.#filesPart(progress), this.#bytesPart(progress), this.#ratePart(), this.#restPart(progress)];
    return `${progress.phase}: ${parts.filter((part) => part !== '').join(', ')}`;
  }

  #measure(progress: Progress, milliseconds: number): void {
    if (progress.phase !== this.#phase) [this.#bytes, this.#files] = [new RateMeter(), new RateMeter()];
    this.#phase = progress.phase;
    this.#bytes.add(milliseconds, progress.bytesDone);
    this.#files.add(milliseconds, progress.filesDone);
  }

  #filesPart({ filesDone, filesTotal }: Progress): string {
    return filesTotal === undefined ? `${filesDone} files` : `${filesDone} of ${filesTotal} files`;
  }

  #bytesPart({ bytesDone, bytesTotal }: Progress): string {
    if (bytesTotal !== undefined) return `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
    return bytesDone === 0 ? '' : formatBytes(bytesDone);
  }

  #ratePart(): string {
    const [bytes, files] = [this.#bytes.perSecond(), this.#files.perSecond()];
    if (bytes !== undefined) return `${formatBytes(Math.round(bytes))}/s`;
    return files === undefined ? '' : `${Math.round(files)} files/s`;
  }

  #restPart(progress: Progress): string {
    const seconds = this.#secondsLeft(progress);
    return seconds === undefined ? '' : `about ${formatDuration(seconds)} left`;
  }

  /** Small files take time by their number, large ones by their bytes: the slower of both is the honest one. */
  #secondsLeft({ filesDone, filesTotal, bytesDone, bytesTotal }: Progress): number | undefined {
    const byFiles = timeFor(filesDone, filesTotal, this.#files.perSecond());
    const byBytes = timeFor(bytesDone, bytesTotal, this.#bytes.perSecond());
    if (byFiles === undefined || byBytes === undefined) return byFiles ?? byBytes;
    return Math.max(byFiles, byBytes);
  }
}

function timeFor(done: number, total: number | undefined, perSecond: number | undefined): number | undefined {
  return total === undefined || perSecond === undefined ? undefined : Math.max(total - done, 0) / perSecond;
}
