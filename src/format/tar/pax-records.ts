import { asBuffer } from '../utf8.ts';
import { tarFault } from './tar-fault.ts';

/** Records of a pax header, in order: a key may come more than once (sparse maps). */
export type PaxRecords = readonly (readonly [key: string, value: Buffer])[];

const NO_LENGTH = 'Ignoring malformed pax extended attributes';
const MALFORMED = 'Ignoring malformed pax extended attribute';

/** Reads `<decimal length> <key>=<value>\n`, the length counting all of it. Values are views of `bytes`. */
export function readPaxRecords(bytes: Uint8Array): PaxRecords {
  const buffer = asBuffer(bytes);
  const records: [string, Buffer][] = [];
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const digits = space < 0 ? '' : buffer.toString('latin1', at, Math.min(space, at + 20));
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits)) throw tarFault(NO_LENGTH);
    if (end > buffer.length || end <= space || buffer[end - 1] !== 0x0a) throw tarFault(MALFORMED);
    const equals = buffer.indexOf(0x3d, space);
    if (equals < 0 || equals >= end - 1 || equals === space + 1) throw tarFault(MALFORMED);
    records.push([buffer.toString('utf8', space + 1, equals), buffer.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}
