const WORDS = ['lib', 'root', '/usr/share/', 'int ', 'return', 'static', '\0\0\0\0\0\0\0', 'the quick ', '= {\n  ', '0x00'];

/** Bytes that compress about as well as a program: words with noise between them, the same in every run. */
export function content(length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  let state = 0x2545f491;
  for (let at = 0; at < length; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const word = WORDS[(state >>> 8) % WORDS.length] ?? '';
    if ((state & 3) === 0) bytes[at++] = state >>> 24;
    else at += bytes.write(word, at, 'latin1');
  }
  return bytes;
}
