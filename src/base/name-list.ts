/**
 * Lists of file names cross threads and the native boundary as one string, each name ended by NUL:
 * a structured clone or a napi call then moves one string instead of hundreds.
 */
export function packNames(names: readonly string[]): string {
  return names.length === 0 ? '' : `${names.join('\0')}\0`;
}

export function unpackNames(packed: string): string[] {
  if (packed === '') return [];
  return packed.slice(0, -1).split('\0');
}
