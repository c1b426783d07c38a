import type { ValueKind } from '../command.ts';

/** What the placeholders of the table name, wherever they stand. PATH is none of them: it may be any path, of a commit too. */
const PLACEHOLDERS: Readonly<Record<string, ValueKind>> = {
  ALGORITHM: ['sha256', 'blake3'],
  BRANCH: 'ref',
  COMMIT: 'ref',
  DESTINATION: 'directory',
  DIR: 'directory',
  FILE: 'file',
  FILENAME: 'file',
  HOMEDIR: 'directory',
  'MOUNT-PATH': 'directory',
  OBJECT: 'ref',
  POLICY: ['true', 'false'],
  REF: 'ref',
  REFSPEC: 'ref',
  REPO: 'directory',
  REV: 'ref',
  REV_OR_DIR: 'ref-or-directory',
  SRC_REPO: 'directory',
  'STATIC-DELTA-FILE': 'file',
};

const ALTERNATIVES = /^[a-z0-9-]+(?:\|[a-z0-9-]+)+$/;

/** What a placeholder such as `BRANCH` or `auto|plain` stands for; `text` where the table does not say. */
export function kindOfPlaceholder(placeholder: string): ValueKind {
  return ALTERNATIVES.test(placeholder) ? placeholder.split('|') : (PLACEHOLDERS[placeholder] ?? 'text');
}

/** What the words of a usage line such as `COMMIT [DESTINATION]` name, in order. */
export function kindsOfPositional(positional: string): ValueKind[] {
  const words = positional.split(' ').map((word) => word.replaceAll(/[[\]]|\.\.\./g, ''));
  return words.filter((word) => word !== '').map(kindOfPlaceholder);
}

/** Whether the last word of the usage line may stand there any number of times. */
export function isRepeating(positional: string): boolean {
  return /\.\.\.\]?$/.test(positional);
}
