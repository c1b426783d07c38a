import { textError } from './text-error.ts';
import type { Token } from './text-tokens.ts';

/** Escapes of one character; any other character stands for itself. */
const CONTROL: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '', // a line break behind a backslash continues the line
};

/** The text of `'…'` or `"…"`, escapes resolved. */
export function unquoteString(token: Token): string {
  const body = token.text.slice(1, -1);
  return body.replace(/\\(?:u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|[\s\S])/g, (escape, at: number) => {
    const code = escape.charAt(1);
    if (code !== 'u' && code !== 'U') return CONTROL[code] ?? code;
    const start = token.start + 1 + at + 2;
    return resolveUnicode(escape.slice(2), code === 'u' ? 4 : 8, start);
  });
}

function resolveUnicode(hex: string, digits: number, start: number): string {
  const code = Number.parseInt(hex, 16);
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  if (hex.length < digits || code === 0 || code > 0x10ffff || surrogate) {
    throw textError({ start, end: start + hex.length }, `invalid ${digits}-character unicode escape`);
  }
  return String.fromCodePoint(code);
}

/** The bytes of `b'…'` up to the first NUL, and that NUL; characters above ASCII stand for their UTF-8. */
export function unquoteBytes(token: Token): Uint8Array {
  const body = Buffer.from(token.text.slice(2, -1), 'utf8').toString('latin1');
  const text = body.replace(/\\([0-7]{1,3}|[\s\S])/g, (_, code: string) =>
    /[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : (CONTROL[code] ?? code),
  );
  const [upToNul = ''] = text.split('\0', 1);
  return Buffer.from(`${upToNul}\0`, 'latin1');
}
