import { compareUtf8 } from '../../base/byte-order.ts';

type Named = { readonly name: string };

/** The first name that stands in both ascending lists. */
export function nameInBoth(files: readonly Named[], directories: readonly Named[]): string | undefined {
  let [i, j] = [0, 0];
  for (;;) {
    const [file, directory] = [files[i], directories[j]];
    if (file === undefined || directory === undefined) return undefined;
    const order = compareUtf8(file.name, directory.name);
    if (order === 0) return file.name;
    if (order < 0) i += 1;
    else j += 1;
  }
}
