/** Extensions of loose objects by type number, the first being 1; libostree's words (format/object knows more of them). */
const EXTENSIONS = [
  'file',
  'dirtree',
  'dirmeta',
  'commit',
  'tombstone-commit',
  'commitmeta',
  'payload-link',
  'file-xattrs',
  'file-xattrs-link',
] as const;

const NUMBERS: ReadonlyMap<string, number> = new Map(EXTENSIONS.map((word, index) => [word, index + 1]));

/** Types 2 to 6 look the same in every mode; the others have a `z` behind their extension in archive repositories. */
function isMetadata(type: number): boolean {
  return type >= 2 && type <= 6;
}

/** Undefined where there is no such type. */
export function extensionOfType(type: number, archive: boolean): string | undefined {
  const word = EXTENSIONS[type - 1];
  return word === undefined || isMetadata(type) || !archive ? word : `${word}z`;
}

/** Undefined for what is no object in a repository of this family. */
export function typeOfExtension(extension: string, archive: boolean): number | undefined {
  const plain = NUMBERS.get(extension);
  if (plain !== undefined) return !archive || isMetadata(plain) ? plain : undefined;
  const named = archive && extension.endsWith('z') ? NUMBERS.get(extension.slice(0, -1)) : undefined;
  return named === undefined || isMetadata(named) ? undefined : named;
}
