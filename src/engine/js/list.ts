import { lstatSync, readdirSync } from 'node:fs';
import { CoppiceError, errnoOf } from '../../base/errors.ts';
import { unpackNames } from '../../base/name-list.ts';
import { RECORD_BYTES } from '../engine.ts';
import type { Failure, ListBatch, ListResult } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { extensionOfType, typeOfExtension } from './object-extension.ts';
import { requireStore } from './require-store.ts';

const FAN_OUT = /^[0-9a-f]{2}$/;
const OBJECT_NAME = /^[0-9a-f]{62}\./;
const DIGITS_IN_NAME = 62;

/** The objects of one fan-out directory. */
interface Listed {
  readonly records: Uint8Array;
  readonly sizes: readonly number[];
}

/** Lists the objects of fan-out directories; see `Engine.list`. */
export function list(batch: ListBatch): ListResult {
  requireStore(batch.objects);
  const records: Uint8Array[] = [];
  const sizes: number[] = [];
  const failures: Failure[] = [];
  const prefixes = unpackNames(batch.prefixes);
  const ends = new Uint32Array(prefixes.length);
  let count = 0;
  for (const [index, prefix] of prefixes.entries()) {
    try {
      const listed = listPrefix(batch, prefix);
      records.push(listed.records);
      for (const size of listed.sizes) sizes.push(size);
      count += listed.records.length / RECORD_BYTES;
    } catch (error) {
      failures.push(toFailure(index, `${batch.objects}/${prefix}`, error));
    }
    ends[index] = count;
  }
  return { records: Buffer.concat(records), sizes: Float64Array.from(sizes), ends, failures };
}

function listPrefix(batch: ListBatch, prefix: string): Listed {
  const directory = `${batch.objects}/${prefix}`;
  if (!FAN_OUT.test(prefix)) throw new CoppiceError('PATH_INVALID', `"${prefix}" is no fan-out directory`);
  const found = wantedOf(entriesOf(directory), batch).flatMap((name) => {
    const type = OBJECT_NAME.test(name) ? typeOfExtension(name.slice(DIGITS_IN_NAME + 1), batch.archive) : undefined;
    const size = type === undefined || !batch.sizes ? 0 : lstatSync(`${directory}/${name}`, { throwIfNoEntry: false })?.size;
    return type === undefined || size === undefined ? [] : [{ hex: prefix + name.slice(0, DIGITS_IN_NAME), type, size }];
  });
  // digits ascend as their bytes do
  found.sort((a, b) => (a.hex === b.hex ? a.type - b.type : a.hex < b.hex ? -1 : 1));
  const records = Buffer.allocUnsafe(found.length * RECORD_BYTES);
  for (const [index, { hex, type }] of found.entries()) {
    records.write(hex, index * RECORD_BYTES, 'hex');
    records[(index + 1) * RECORD_BYTES - 1] = type;
  }
  return { records, sizes: batch.sizes ? found.map(({ size }) => size) : [] };
}

/** Most names are told apart by their end alone. */
function wantedOf(names: readonly string[], { only, archive }: ListBatch): readonly string[] {
  const extension = only === undefined ? undefined : extensionOfType(only, archive);
  return extension === undefined ? names : names.filter((name) => name.endsWith(`.${extension}`));
}

function entriesOf(directory: string): string[] {
  try {
    if (!lstatSync(directory).isDirectory()) throw new CoppiceError('FORMAT_INVALID', 'it is no directory');
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
