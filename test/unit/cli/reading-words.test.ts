import { describe, expect, it } from 'vitest';
import { byteAmount } from '../../../src/cli/ui/byte-amount.ts';
import { ChangePrinter } from '../../../src/cli/ui/change-printer.ts';
import { commitDate } from '../../../src/cli/ui/commit-text.ts';
import { JsonList } from '../../../src/cli/ui/json-list.ts';
import { PercentLines } from '../../../src/cli/ui/percent-lines.ts';

describe('byteAmount', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0\u00A0kB'],
    [999_999, '1000.0\u00A0kB'],
    [3_000_000, '3.0\u00A0MB'],
    [1.25e9, '1.2\u00A0GB'],
    [1.75e9, '1.8\u00A0GB'],
  ])('%d is %s', (bytes, words) => {
    expect(byteAmount(bytes)).toBe(words);
  });
});

describe('commitDate', () => {
  it.each([
    [0n, '1970-01-01 00:00:00 +0000'],
    [1_700_000_000n, '2023-11-14 22:13:20 +0000'],
    [2n ** 64n - 5n, '1969-12-31 23:59:55 +0000'],
    [253_402_300_799n, '9999-12-31 23:59:59 +0000'],
  ])('%d is %s', (timestamp, words) => {
    expect(commitDate(timestamp)).toBe(words);
  });

  it.each([253_402_300_800n, 2n ** 63n])('%d is no date', (timestamp) => {
    expect(() => commitDate(timestamp)).toThrow(`Failed to read commit: Invalid timestamp: ${timestamp}`);
  });
});

function gather(): { readonly out: (text: string | Uint8Array) => void; readonly text: () => string } {
  const parts: Buffer[] = [];
  return { out: (text) => parts.push(Buffer.from(text)), text: () => Buffer.concat(parts).toString() };
}

function percentLines(steps: readonly (readonly [number, number])[]): string {
  const { out, text } = gather();
  const percent = new PercentLines('fsck objects', out);
  for (const [done, total] of steps) percent.tell(done, total);
  return text();
}

describe('PercentLines', () => {
  it('tells the first object and the last', () => {
    expect(percentLines([[1, 21], [5, 21], [21, 21], [21, 21]])).toBe('fsck objects (1/21) 4%\nfsck objects (21/21) 100%\n');
  });

  it('tells a lone object once', () => {
    expect(percentLines([[1, 1], [1, 1]])).toBe('fsck objects (1/1) 100%\n');
  });
});

describe('JsonList', () => {
  it.each([
    [[], '[]\n'],
    [[1], '[\n1\n]\n'],
    [[{ a: 1 }, 'b'], '[\n{"a":1},\n"b"\n]\n'],
  ])('writes %j', (items, expected) => {
    const { out, text } = gather();
    const list = new JsonList(out);
    for (const item of items) list.add(item);
    list.end();
    expect(text()).toBe(expected);
  });
});

describe('ChangePrinter', () => {
  it('prints modified, then removed, then added', () => {
    const { out, text } = gather();
    const printer = new ChangePrinter(out);
    printer.print({ kind: 'added', path: '/a' });
    printer.print({ kind: 'removed', path: '/d' });
    printer.print({ kind: 'modified', path: '/m' });
    printer.end();
    expect(text()).toBe('M    /m\nD    /d\nA    /a\n');
  });
});
