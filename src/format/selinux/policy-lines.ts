import { formatInvalid } from '../format-error.ts';

/** A line that says something: its first words, and its number, from 1. */
export interface PolicyLine {
  readonly words: readonly string[];
  readonly number: number;
}

/** What C calls white space. */
const WHITE_SPACE = /[ \t\v\f\r]+/;

/** The lines of a file of the policy, comments and empty ones left out; throws FORMAT_INVALID for words that are not ASCII. */
export function readPolicyLines(bytes: Uint8Array, name: string): PolicyLine[] {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  return lines.flatMap((line, index) => {
    const words = line.split(WHITE_SPACE).filter((word) => word !== '');
    const [first = '#'] = words;
    if (first.startsWith('#')) return [];
    if (!Buffer.from(words.join(''), 'latin1').every(isAscii)) throw invalidLine(name, index + 1, 'non-ASCII characters');
    return [{ words, number: index + 1 }];
  });
}

function isAscii(byte: number): boolean {
  return byte > 0 && byte < 0x80;
}

export function invalidLine(name: string, number: number, fault: string): Error {
  return formatInvalid(`SELinux policy: ${name}, line ${number}`, fault);
}
