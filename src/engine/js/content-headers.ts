import type { StoreMode } from '../engine.ts';
import { hashPrefix, NO_XATTRS } from '../header.ts';
import type { ContentHeader } from '../header.ts';
import type { Attributes } from '../uniform-modifier.ts';
import { checkKeepable } from './keepable.ts';
import type { Headed } from './store-content.ts';

/** Makes headers. The last one of a regular file without xattrs is remembered: most of a tree have the same. */
export class ContentHeaders {
  readonly #mode: StoreMode | undefined;
  #last: Headed | undefined;

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
    const last = this.#last?.header;
    const isSame = last?.uid === attributes.uid && last.gid === attributes.gid && last.mode === attributes.mode;
    if (this.#last !== undefined && isSame) return this.#last;
    this.#last = headed(this.check(attributes));
    return this.#last;
  }

  ofSymlink(attributes: Attributes, symlinkTarget: string, xattrs: Uint8Array = NO_XATTRS): Headed {
    return headed({ ...this.check(attributes, xattrs), symlinkTarget });
  }
}

function headed(header: ContentHeader): Headed {
  return { header, prefix: hashPrefix(header) };
}
