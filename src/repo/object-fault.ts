import type { Checksum } from '../base/checksum.ts';
import { CoppiceError } from '../base/errors.ts';
import { OBJECT_TYPE, objectTypeName } from '../format/object/object-type.ts';
import type { ObjectType } from '../format/object/object-type.ts';

/** The typed error of an object that is not what its name says. */
export function corruptObject(type: ObjectType, checksum: Checksum, found: { path: string; cause: unknown }): CoppiceError {
  const { path, cause } = found;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const objectType = objectTypeName(type);
  return new CoppiceError('OBJECT_CORRUPT', `corrupted ${objectType} object '${checksum}': ${reason}`, {
    facts: { checksum, objectType, path },
    cause,
  });
}

/** The typed error of an object that is nowhere, in libostree's words. */
export function missingObject(type: ObjectType, checksum: Checksum): CoppiceError {
  const objectType = objectTypeName(type);
  const message =
    type === OBJECT_TYPE.file ? `Couldn't find file object '${checksum}'` : `No such metadata object ${checksum}.${objectType}`;
  return new CoppiceError('OBJECT_MISSING', message, { facts: { checksum, objectType } });
}
