import { writeXattrs } from '../object/xattrs.ts';
import type { FileLabels } from './file-labels.ts';

/** The attribute in which the kernel keeps the label. */
export const LABEL_NAME = 'security.selinux';
const NONE = new Uint8Array(0);

/** SELinux labels as lists of xattrs: the label with the NUL that the kernel keeps behind it. */
export class LabelXattrs {
  readonly #labels: FileLabels;
  /** By label: a tree has few of them. */
  readonly #written = new Map<string, Uint8Array>();

  constructor(labels: FileLabels) {
    this.#labels = labels;
  }

  /** The serialised list for a file at the absolute path; no bytes where it gets no label. */
  of(path: string, mode: number): Uint8Array {
    const label = this.#labels.labelOf(path, mode);
    if (label === undefined) return NONE;
    const known = this.#written.get(label);
    if (known !== undefined) return known;
    const list = writeXattrs([{ name: LABEL_NAME, value: Buffer.from(`${label}\0`) }]);
    this.#written.set(label, list);
    return list;
  }
}
