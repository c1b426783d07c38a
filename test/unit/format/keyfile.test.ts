import { describe, expect, it } from 'vitest';
import { Keyfile, parseKeyfile } from '../../../src/format/keyfile.ts';

const CONFIG = `# written by hand

[core]
repo_version=1
mode = bare-user  

# how long
lock-timeout-secs=300

[remote "o"]
url=http://x
`;
const invalid = (message: string): unknown => expect.objectContaining({ code: 'FORMAT_INVALID', message });
const one = (value: string): Keyfile => parseKeyfile(`[a]\nx=${value}\n`);

describe('reading a key file', () => {
  it('knows groups, keys and raw values', () => {
    const file = parseKeyfile(CONFIG);
    expect(file.groups()).toEqual(['core', 'remote "o"']);
    expect(file.keys('core')).toEqual(['repo_version', 'mode', 'lock-timeout-secs']);
    expect(file.get('core', 'mode')).toBe('bare-user  ');
    expect([file.hasGroup('core'), file.hasGroup('x'), file.get('x', 'y'), file.get('core', 'y')]).toEqual([
      true,
      false,
      undefined,
      undefined,
    ]);
  });

  it('joins groups of one name and lets the last key count', () => {
    const file = parseKeyfile('[a]\nx=1\n[b]\n[a]\nx=2\ny=3\n');
    expect(file.groups()).toEqual(['a', 'b']);
    expect(file.keys('a')).toEqual(['x', 'y']);
    expect(file.get('a', 'x')).toBe('2');
  });

  it.each([
    ['  [a]  \n  x  =  1\t\n', '1\t'],
    ['[a]\r\nx=1\r\n', '1'],
    ['[a]\nx=1', '1'],
    ['[a]\nx=1\r', '1\r'],
    ['[a]\nx=a=b', 'a=b'],
    ['[a]\n# x=2\n  # y\nx=#1\n   \n', '#1'],
    ['[a]\nx=', ''],
  ])('reads %j', (text, value) => {
    const file = parseKeyfile(text);
    expect(file.get('a', 'x')).toBe(value);
    expect(file.serialise()).toBe(text);
  });

  it.each([
    ['[a] junk\n', 'Key file contains line “[a] junk” which is not a key-value pair, group, or comment'],
    ['[a]\nx\n', 'Key file contains line “x” which is not a key-value pair, group, or comment'],
    ['[a]\n\tx\r\n', 'Key file contains line “\tx” which is not a key-value pair, group, or comment'],
    ['[a]\n=x\n', 'Key file contains line “=x” which is not a key-value pair, group, or comment'],
    ['[a\n', 'Key file contains line “[a” which is not a key-value pair, group, or comment'],
    ['[a[b]]\n', 'Key file contains line “[a[b]]” which is not a key-value pair, group, or comment'],
    ['x=1\n', 'Key file does not start with a group'],
    ['[]\n', 'Invalid group name: '],
    ['[a[b]\n', 'Invalid group name: a[b'],
    ['[a]\nk[=2\n', 'Invalid key name: k['],
  ])('refuses %j in the words of GKeyFile', (text, message) => {
    expect(() => parseKeyfile(text)).toThrow(invalid(message));
  });

  it('takes time in proportion to its length', () => {
    const text = `[a]\n${`k${' '.repeat(200_000)}z=1\n`.repeat(5)}`;
    expect(parseKeyfile(text).keys('a')).toHaveLength(1);
  });
});

describe('typed values', () => {
  it.each([
    ['a b', 'a b'],
    ['\\sx', ' x'],
    ['x\\sy\\n\\t\\r\\\\', 'x y\n\t\r\\'],
    [' lead', 'lead'],
    ['trail ', 'trail '],
  ])('the string %j is %j', (raw, value) => {
    expect(one(raw).getString('a', 'x')).toBe(value);
  });

  it.each(['bad\\q', 'end\\', 'a\\;b'])('the string %j is refused', (raw) => {
    const words = 'Key file contains key “x” in group “a” which has a value that cannot be interpreted.';
    expect(() => one(raw).getString('a', 'x')).toThrow(invalid(words));
  });

  it.each<[string, string[]]>([
    ['a;b;c', ['a', 'b', 'c']],
    ['a;b;c;', ['a', 'b', 'c']],
    ['a;;b', ['a', '', 'b']],
    ['a\\;b;c', ['a;b', 'c']],
    ['', []],
    [';', ['']],
    ['a\\sb; c;', ['a b', ' c']],
  ])('the list %j is %j', (raw, items) => {
    expect(one(raw).getList('a', 'x')).toEqual(items);
  });

  it.each<[string, boolean]>([
    ['true', true],
    ['1', true],
    ['true ', true],
    ['false', false],
    ['0', false],
  ])('the boolean %j is %s', (raw, value) => {
    expect(one(raw).getBoolean('a', 'x')).toBe(value);
  });

  it.each(['True', 'yes', ''])('the boolean %j is refused', (raw) => {
    expect(() => one(raw).getBoolean('a', 'x')).toThrow(/cannot be interpreted/);
  });

  it.each<[string, number]>([
    ['1', 1],
    ['-1', -1],
    ['+5', 5],
    ['010', 10],
    ['12 ', 12],
  ])('the integer %j is %s', (raw, value) => {
    expect(one(raw).getInteger('a', 'x')).toBe(value);
  });

  it.each(['0x10', '1.5', '12a', '', '99999999999999999'])('the integer %j is refused', (raw) => {
    expect(() => one(raw).getInteger('a', 'x')).toThrow(/cannot be interpreted/);
  });

  it('are absent without the key', () => {
    const file = one('1');
    expect([file.getString('a', 'y'), file.getList('b', 'x'), file.getBoolean('a', 'y'), file.getInteger('b', 'y')]).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe('changing a key file', () => {
  it('leaves every other line as it is', () => {
    const file = parseKeyfile(CONFIG);
    file.set('core', 'repo_version', '2');
    file.set('core', 'mode', 'bare-user  ');
    expect(file.serialise()).toBe(CONFIG.replace('repo_version=1', 'repo_version=2'));
  });

  it('puts new keys behind the last of the group, new groups at the end', () => {
    const file = parseKeyfile(CONFIG);
    file.set('core', 'fsync', 'false');
    file.set('remote "p"', 'url', 'http://y');
    expect(file.serialise()).toBe(
      `${CONFIG.replace('secs=300\n', 'secs=300\nfsync=false\n')}\n[remote "p"]\nurl=http://y\n`,
    );
  });

  it('gives the bytes that ostree config and ostree remote give', () => {
    const file = parseKeyfile('[core]\nrepo_version=1\nmode=bare-user\n\n[remote "o"]\nurl=http://x\ngpg-verify=false\n');
    file.set('remote "p"', 'url', 'http://y');
    file.setString('new', 'key', 'a b;\\x');
    file.set('core', 'fsync', 'false');
    expect([file.unset('core', 'fsync'), file.unset('core', 'fsync')]).toEqual([true, false]);
    expect([file.removeGroup('remote "o"'), file.removeGroup('remote "o"')]).toEqual([true, false]);
    file.set('remote "p"', 'url', 'zzz');
    const head = '[core]\nrepo_version=1\nmode=bare-user\n\n[remote "p"]\nurl=zzz\n';
    expect(file.serialise()).toBe(`${head}\n[new]\nkey=a b;\\\\x\n`);
    file.unset('new', 'key');
    expect(file.serialise()).toBe(`${head}\n[new]\n`);
    file.removeGroup('new');
    expect(file.serialise()).toBe(head);
  });

  it('starts from nothing', () => {
    const file = new Keyfile();
    expect(file.serialise()).toBe('');
    file.set('core', 'mode', 'bare');
    expect(file.serialise()).toBe('[core]\nmode=bare\n');
  });

  it('ends an unfinished last line before adding to it', () => {
    const file = parseKeyfile('[a]\nx=1');
    file.set('a', 'y', '2');
    expect(file.serialise()).toBe('[a]\nx=1\ny=2\n');
  });

  it.each([
    [' lead', '\\slead'],
    ['trail ', 'trail '],
    ['tab\tx', 'tab\tx'],
    ['\tlead', '\\tlead'],
    ['nl\nx', 'nl\\nx'],
    ['back\\slash', 'back\\\\slash'],
    ['cr\r', 'cr\\r'],
    ['semi;x', 'semi;x'],
    ['  two', '\\s\\stwo'],
  ])('escapes the string %j as GKeyFile does', (text, raw) => {
    const file = new Keyfile();
    file.setString('a', 'x', text);
    file.setList('a', 'y', [text, 'b']);
    expect(file.serialise()).toBe(`[a]\nx=${raw}\ny=${raw.replaceAll(';', '\\;')};b;\n`);
    expect([file.getString('a', 'x'), file.getList('a', 'y')]).toEqual([text, [text, 'b']]);
  });

  it.each([
    ['a]', 'x', '1'],
    ['', 'x', '1'],
    ['a', 'x=', '1'],
    ['a', '', '1'],
    ['a', 'x\n[b]', '1'],
    ['a', '#x', '1'],
    ['a', 'x', '1\n[b]'],
  ])('refuses what would not come back: [%s] %j=%j', (group, key, value) => {
    expect(() => new Keyfile().set(group, key, value)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});
