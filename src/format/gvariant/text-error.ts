import { CoppiceError } from '../../base/errors.ts';

/** A piece of the text, from the first character to behind the last. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Builds the error of a value in text form, worded and placed as g_variant_parse does: `0-3:unknown keyword`. */
export function textError(span: TextSpan, reason: string, other?: TextSpan): CoppiceError {
  const place = other === undefined ? spanText(span) : `${spanText(span)},${spanText(other)}`;
  return new CoppiceError('FORMAT_INVALID', `${place}:${reason}`, { facts: { start: span.start, end: span.end } });
}

function spanText({ start, end }: TextSpan): string {
  return start === end ? String(start) : `${start}-${end}`;
}
