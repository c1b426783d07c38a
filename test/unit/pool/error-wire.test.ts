import { describe, expect, it } from 'vitest';
import { CoppiceError } from '../../../src/base/errors.ts';
import { fromWire, toWire } from '../../../src/pool/error-wire.ts';

describe('errors between threads', () => {
  it('keep code, message, facts and hint through a structured clone', () => {
    const error = new CoppiceError('OBJECT_CORRUPT', 'object is corrupt', { facts: { checksum: 'ab', size: 3 }, hint: 'run fsck' });
    const back = fromWire(structuredClone(toWire(error)));
    expect(back).toBeInstanceOf(CoppiceError);
    expect(back).toMatchObject({
      code: 'OBJECT_CORRUPT', message: 'object is corrupt', facts: { checksum: 'ab', size: 3 }, hint: 'run fsck',
    });
  });

  it('make an INTERNAL error of anything else', () => {
    expect(fromWire(toWire(new TypeError('x is not a function')))).toMatchObject({ code: 'INTERNAL', message: 'x is not a function' });
    expect(fromWire(toWire('thrown text'))).toMatchObject({ code: 'INTERNAL', message: 'thrown text' });
  });
});
