import { reportLine } from './report-line.ts';

/** A GVariant: its text alone, or with its type as a report of `--json`. */
export function valueLine({ json }: { readonly json: boolean }, type: string, text: string): string {
  return json ? reportLine({ type, value: text }) : `${text}\n`;
}
