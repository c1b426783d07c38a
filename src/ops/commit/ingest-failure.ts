import type { CoppiceError } from '../../base/errors.ts';
import type { Failure } from '../../engine/engine.ts';
import { failureError } from '../../repo/failure-error.ts';
import type { FilesLayer } from './layer.ts';
import { unsupportedType } from './plan-directory.ts';

/** The error of an entry that an engine could not commit; `neededBytes` were to be written then. */
export function ingestError(layer: FilesLayer, failure: Failure, neededBytes: number): CoppiceError {
  if (failure.code === 'FILE_TYPE_UNSUPPORTED') return unsupportedType(layer, belowRoot(layer, failure));
  return failureError(failure, neededBytes === 0 ? {} : { neededBytes });
}

function belowRoot({ root }: FilesLayer, { path }: Failure): string {
  return path.slice(root.length).replace(/^\/+/u, '');
}
