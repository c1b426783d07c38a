import { closeSync, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { compareUtf8 } from '../../base/byte-order.ts';
import { CHECKSUM_BYTES } from '../../base/checksum.ts';
import { CoppiceError, withoutStackTraces } from '../../base/errors.ts';
import { packNames, unpackNames } from '../../base/name-list.ts';
import { fileNameFault } from '../../base/relative-path.ts';
import { fileTypeWords, isDirectory, isRegular, isSymlink, S_IFDIR } from '../../base/unix-mode.ts';
import { STAT, STAT_FIELDS } from '../engine.ts';
import type { Failure, IngestDirectoriesBatch, IngestDirectoriesResult, IngestedDirectory } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { NO_XATTRS } from '../header.ts';
import { applyUniform } from '../uniform-modifier.ts';
import type { Attributes } from '../uniform-modifier.ts';
import { ContentHeaders } from './content-headers.ts';
import type { BatchContext } from './context.ts';
import { DirectoryWalker } from './directory-walker.ts';
import type { OpenDirectory } from './directory-walker.ts';
import { OPEN_SOURCE } from './file-io.ts';
import { assertRegular, refuseImpossible } from './ingest.ts';
import { ObjectWriter } from './object-writer.ts';
import { readSymlink } from './read-symlink.ts';
import { requireStore } from './require-store.ts';
import { hasSurrogates, putStat, refuseForeignNames } from './scan.ts';
import { storeRegular, storeSymlink } from './store-content.ts';
import type { IngestJob, StoredContent } from './store-content.ts';

/** Lists directories and stores their files; see `Engine.ingestDirectories`. */
export function ingestDirectories(context: BatchContext, batch: IngestDirectoriesBatch): IngestDirectoriesResult {
  refuseImpossible(context, { action: 'store', ...batch });
  requireStore(...batch.target.objects, batch.target.destination);
  return withoutStackTraces(() => new DirectoryIngestion(context, batch).run());
}

/** What is known of an entry before it is looked at: its name and, of some, that it is a regular file or a directory. */
type Entry = Pick<Dirent, 'name' | 'isFile' | 'isDirectory'>;

/** So much more is read of a directory that has been begun: its rest would be a call of its own, and most are small. */
const TO_END_DIRECTORY = 1.25;
const EXACT = { bigint: true } as const;
const WITH_TYPES = { withFileTypes: true } as const;

class DirectoryIngestion {
  readonly #batch: IngestDirectoriesBatch;
  readonly #job: IngestJob;
  readonly #headers: ContentHeaders;
  readonly #walker: DirectoryWalker;
  #filesRead = 0;
  #bytesRead = 0;
  #written = 0;
  #bytesWritten = 0;
  #bytesLacking = 0;
  /** The directory in hand, its entry in hand (empty: the directory itself), and the size of that. */
  #relative = '';
  #name = '';
  #sizeBytes = 0;

  constructor(context: BatchContext, batch: IngestDirectoriesBatch) {
    this.#batch = batch;
    this.#job = { context, batch: { action: 'store', target: batch.target }, writer: new ObjectWriter(batch.target, context.plainModes.of(batch.target)) };
    this.#headers = new ContentHeaders(batch.target.mode);
    this.#walker = new DirectoryWalker(batch.root);
  }

  run(): IngestDirectoriesResult {
    const directories: IngestedDirectory[] = [];
    const failures: Failure[] = [];
    try {
      for (const relative of unpackNames(this.#batch.directories)) {
        if (this.#isFull(1)) break;
        directories.push(this.#ingestDirectory(relative));
      }
    } catch (error) {
      failures.push(toFailure(directories.length, this.#walker.path(this.#relative, this.#name), error));
    } finally {
      this.#walker.close();
    }
    return {
      directories,
      filesRead: this.#filesRead,
      bytesRead: this.#bytesRead,
      written: this.#written,
      bytesWritten: this.#bytesWritten,
      bytesLacking: this.#bytesLacking,
      failures,
      failureBytes: failures.length === 0 ? 0 : this.#sizeBytes,
    };
  }

  /** A call reads `excess` times what it was asked for. Asked before each entry; a getter would be called through V8's runtime. */
  #isFull(excess: number): boolean {
    return this.#bytesLacking > 0 || this.#filesRead >= this.#batch.files * excess || this.#bytesRead >= this.#batch.bytes * excess;
  }

  #ingestDirectory(relative: string): IngestedDirectory {
    [this.#relative, this.#name] = [relative, ''];
    const directory = this.#walker.open(relative);
    const self = new Float64Array(STAT_FIELDS);
    putStat(self, 0, fstatSync(directory.fd, EXACT));
    const { names, entries } = this.#batch.entries === '' ? readEntries(directory) : namedEntries(this.#batch.entries);
    const stats = new Float64Array(entries.length * STAT_FIELDS);
    const checksums = Buffer.alloc(entries.length * CHECKSUM_BYTES);
    const done = this.#ingestEntries({ directory, stats, checksums }, entries);
    return { names, stats, self, xattrs: NO_XATTRS, done, checksums };
  }

  /** How many of them were done. */
  #ingestEntries(place: Place, entries: readonly Entry[]): number {
    let row = 0;
    for (const entry of entries) {
      this.#name = entry.name;
      if (this.#isFull(TO_END_DIRECTORY) || !this.#ingestEntry(place, row, entry)) return row;
      row += 1;
    }
    return row;
  }

  /** False, with nothing done, where the room is too small. */
  #ingestEntry(place: Place, row: number, entry: Entry): boolean {
    const fault = fileNameFault(entry.name);
    if (fault !== undefined) throw new CoppiceError('PATH_INVALID', fault);
    const path = place.directory.at(entry.name);
    if (entry.isFile()) return this.#ingestRegular(place, row, path);
    if (entry.isDirectory()) {
      place.stats[row * STAT_FIELDS + STAT.mode] = S_IFDIR;
      return true;
    }
    putStat(place.stats, row * STAT_FIELDS, lstatSync(path, EXACT));
    const attributes = this.#attributes(place, row);
    if (isDirectory(attributes.mode)) return true;
    if (isRegular(attributes.mode)) return this.#ingestRegular(place, row, path);
    if (!isSymlink(attributes.mode)) throw new CoppiceError('FILE_TYPE_UNSUPPORTED', `unsupported file type: ${fileTypeWords(attributes.mode)}`);
    this.#sizeBytes = 0;
    const stored = storeSymlink(this.#job, this.#headers.ofSymlink(attributes, readSymlink(path)));
    this.#take(place, row, stored, 0);
    return true;
  }

  #ingestRegular(place: Place, row: number, path: string): boolean {
    const fd = openSync(path, OPEN_SOURCE);
    try {
      const at = row * STAT_FIELDS;
      putStat(place.stats, at, fstatSync(fd, EXACT));
      assertRegular(place.stats[at + STAT.mode] ?? 0);
      const sizeBytes = place.stats[at + STAT.size] ?? 0;
      this.#sizeBytes = sizeBytes;
      if (this.#bytesWritten + sizeBytes > this.#batch.room) {
        this.#bytesLacking = sizeBytes;
        return false;
      }
      const headed = this.#headers.ofRegular(this.#attributes(place, row));
      const stored = storeRegular(this.#job, headed, { fd, sizeBytes, adoption: undefined });
      this.#take(place, row, stored, stored.sizeBytes);
      return true;
    } finally {
      closeSync(fd);
    }
  }

  #attributes({ stats }: Place, row: number): Attributes {
    const at = row * STAT_FIELDS;
    return applyUniform(this.#batch, { uid: stats[at + STAT.uid] ?? 0, gid: stats[at + STAT.gid] ?? 0, mode: stats[at + STAT.mode] ?? 0 });
  }

  /** `written` bytes count where the object was not there: the target of a symlink does not, as in libostree. */
  #take({ checksums }: Place, row: number, { name, outcome, sizeBytes }: StoredContent, written: number): void {
    checksums.write(name, row * CHECKSUM_BYTES, CHECKSUM_BYTES, 'hex');
    this.#filesRead += 1;
    this.#bytesRead += sizeBytes;
    if (outcome !== 'stored') return;
    this.#written += 1;
    this.#bytesWritten += written;
  }
}

/** A directory in hand, and where what is found goes. */
interface Place {
  readonly directory: OpenDirectory;
  readonly stats: Float64Array;
  readonly checksums: Buffer;
}

function namedEntries(names: string): Listed {
  return { names, entries: unpackNames(names).map((name) => ({ name, isFile: () => false, isDirectory: () => false })) };
}

/** Names in the order of their bytes, packed, and what is known of them. */
interface Listed {
  readonly names: string;
  readonly entries: readonly Entry[];
}

function readEntries(directory: OpenDirectory): Listed {
  const listed = inOrder(readdirSync(directory.anchor, WITH_TYPES), byUnits);
  refuseForeignNames(directory, listed.names);
  return hasSurrogates(listed.names) ? inOrder(listed.entries, byBytes) : listed;
}

function inOrder(found: readonly Entry[], order: (a: Entry, b: Entry) => number): Listed {
  const entries = found.toSorted(order);
  return { names: packNames(entries.map(({ name }) => name)), entries };
}

function byBytes(a: Entry, b: Entry): number {
  return compareUtf8(a.name, b.name);
}

function byUnits(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}
