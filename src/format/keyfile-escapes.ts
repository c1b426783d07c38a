const ESCAPES: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };
const SEPARATOR = ';';

/** Resolves `\s \n \t \r \\`; undefined for any other escape. */
export function unescapeString(value: string): string | undefined {
  let known = true;
  const text = value.replace(/\\([\s\S]?)/g, (_, code: string) => {
    const resolved = ESCAPES[code];
    if (resolved === undefined) known = false;
    return resolved ?? '';
  });
  return known ? text : undefined;
}

/** Splits at `;`, which an item may hold as `\;`; a separator at the end ends the last item. */
export function unescapeList(value: string): string[] | undefined {
  const items: string[] = [];
  for (const raw of splitItems(value)) {
    const item = unescapeString(raw);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

/** The raw items; an escaped separator is already plain, being no escape of a string. */
function splitItems(value: string): string[] {
  const items: string[] = [];
  let item = '';
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    if (char === '\\') item += escapeAt(value, i++);
    else if (char !== SEPARATOR) item += char;
    else {
      items.push(item);
      item = '';
    }
  }
  return item === '' ? items : [...items, item];
}

function escapeAt(value: string, at: number): string {
  const next = value.charAt(at + 1);
  return next === SEPARATOR ? SEPARATOR : `\\${next}`;
}

/** Escapes line breaks and backslashes anywhere, spaces and tabs in front. */
export function escapeString(text: string): string {
  const lead = /^[ \t]*/.exec(text)?.[0] ?? '';
  return lead.replaceAll(' ', '\\s').replaceAll('\t', '\\t') + escapeBreaks(text.slice(lead.length));
}

function escapeBreaks(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}

/** Every item is followed by the separator, as GKeyFile writes lists. */
export function escapeList(items: readonly string[]): string {
  return items.map((item) => escapeString(item).replaceAll(SEPARATOR, `\\${SEPARATOR}`) + SEPARATOR).join('');
}
