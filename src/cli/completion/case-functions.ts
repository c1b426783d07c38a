import type { Answer, Answers } from './answers.ts';

/** The answers as functions of a shell that has `case`: each prints the lines for its argument, or fails where it has none. */
export function caseFunctions(program: string, answers: Answers): string {
  return Object.entries(answers)
    .map(([question, list]: [string, readonly Answer[]]) => caseFunction(`_${program}_${question}`, list))
    .join('\n');
}

function caseFunction(name: string, answers: readonly Answer[]): string {
  const branches = answers.map(({ asked, lines }) => `    ${asked.map(quoted).join(' | ')})\n      ${printing(lines)}\n      ;;\n`);
  return `${name}() {\n  case $1 in\n${branches.join('')}    *) return 1 ;;\n  esac\n}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function printing(lines: readonly string[]): string {
  return lines.length === 0 ? ':' : ["printf '%s\\n'", ...lines.map((line) => `  ${quoted(line)}`)].join(' \\\n      ');
}
