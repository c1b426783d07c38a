import { expect } from 'vitest';

/** Lets `toEqual` compare a Buffer with a Uint8Array: readers give views of whatever they were given. */
export function compareBytesByContent(): void {
  expect.addEqualityTesters([
    (a, b) => (a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : undefined),
  ]);
}
