import type { StoreMode } from '../engine.ts';
import { hashPrefix, NO_XATTRS } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import type { Attributes } from '../uniform-modifier.ts';
import { checkKeepable } from './keepable.ts';
import type { Headed } from './store-content.ts';

/** Makes headers. Those of regular files without xattrs are remembered, one for each mode: most of a tree have the same few. */
export class ContentHeaders {
  readonly #mode: StoreMode | undefined;
  readonly #known = new Map<number, Headed>();

  /** `mode` of the store that has to be able to keep them; undefined where nothing is stored. */
  constructor(mode: StoreMode | undefined) {
    this.#mode = mode;
  }

  /** Throws FORMAT_INVALID for what the store cannot keep; as do the others. */
  check({ uid, gid, mode }: Attributes, xattrs: Uint8Array = NO_XATTRS): ContentHeader {
    const header = { uid, gid, mode, symlinkTarget: '', xattrs };
    if (this.#mode !== undefined) checkKeepable(this.#mode, header);
    return header;
  }

  ofRegular(attributes: Attributes, xattrs: Uint8Array = NO_XATTRS): Headed {
    if (xattrs.length > 0) return headed(this.check(attributes, xattrs));
    const known = this.#known.get(attributes.mode);
    if (known?.header.uid === attributes.uid && known.header.gid === attributes.gid) return known;
    const made = headed(this.check(attributes));
    this.#known.set(attributes.mode, made);
    return made;
  }

  ofSymlink(attributes: Attributes, symlinkTarget: string, xattrs: Uint8Array = NO_XATTRS): Headed {
    const { uid, gid, mode } = this.check(attributes, xattrs);
    return headed({ uid, gid, mode, symlinkTarget, xattrs });
  }
}

function headed(header: ContentHeader): Headed {
  return { header, prefix: hashPrefix(header) };
}
