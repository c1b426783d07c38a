import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A fenced block of a page. */
export interface Example {
  readonly language: string;
  /** Of the first line of its text. */
  readonly line: number;
  readonly text: string;
}

/** A line typed at a prompt, and what the page says that it prints; undefined where it says nothing. */
export interface TypedLine {
  readonly command: string;
  readonly output: string | undefined;
}

/** All fenced blocks of a page of the project that name their language, in order. */
export function readExamples(page: string): Example[] {
  const text = readFileSync(resolve(import.meta.dirname, '../..', page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: block = '', index }) => ({
    language,
    line: text.slice(0, index).split('\n').length + 1,
    text: block,
  }));
}

/** The commands of a `console` block: each stands behind `$ `, its output below it. */
export function typedLines({ text }: Example): TypedLine[] {
  return text.split(/^\$ /m).slice(1).map((part) => {
    const [command = '', ...output] = part.trimEnd().split('\n');
    return { command, output: output.length === 0 ? undefined : output.join('\n') };
  });
}
