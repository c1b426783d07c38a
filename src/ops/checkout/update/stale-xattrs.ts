import type { Engine } from '../../../engine/engine.ts';
import { readXattrs, writeXattrs } from '../../../format/object/xattrs.ts';

/** Removes from a directory the attributes that its old metadata had and its new metadata lacks; others stay. */
export function removeStaleXattrs(engine: Engine, path: string, before: Uint8Array, after: Uint8Array): void {
  const kept = new Set(readXattrs(after).map(({ name }) => name));
  const stale = readXattrs(before).filter(({ name }) => !kept.has(name));
  if (stale.length > 0) engine.removeXattrs(path, writeXattrs(stale));
}
