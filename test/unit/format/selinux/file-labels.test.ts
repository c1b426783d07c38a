import { describe, expect, it } from 'vitest';
import { S_IFBLK, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } from '../../../../src/base/unix-mode.ts';
import { FileLabels } from '../../../../src/format/selinux/file-labels.ts';
import { readLabelSpecs } from '../../../../src/format/selinux/label-spec.ts';
import { policyType } from '../../../../src/format/selinux/policy-config.ts';
import { readFileLabels } from '../../../../src/format/selinux/read-policy.ts';
import { readSubstitutions } from '../../../../src/format/selinux/substitutions.ts';
import { translatePcre } from '../../../../src/format/selinux/translate-pcre.ts';

const lines = (...texts: readonly string[]): Buffer => Buffer.from(texts.map((text) => `${text}\n`).join(''));

function labelsOf(specs: readonly string[], more: { readonly subs?: readonly string[]; readonly dist?: readonly string[] } = {}): FileLabels {
  return new FileLabels({
    specs: readLabelSpecs(lines(...specs), 'file_contexts'),
    substitutions: readSubstitutions(lines(...(more.subs ?? [])), 'file_contexts.subs'),
    distributionSubstitutions: readSubstitutions(lines(...(more.dist ?? [])), 'file_contexts.subs_dist'),
  });
}

/** Every answer here is the one that libselinux 3.4 gave. */
describe('labels of files', () => {
  const labels = labelsOf(
    [
      '# comment', '   # another one', '', '/\t-d\troot', '/etc(/.*)?\tetc', '/usr/x(/.*)?\tusrx', '/usr/y(/.*)?\tusry', '/usr/z(/.*)?\tusrz', '/usr/lib(/.*)?\tlib',
      '/usr/lib/a\t--\tliba', '/usr/?\tusrq', '/var/./b\tvardot', '/tab\t\t--\t\ttabbed   ', '/p(/.*)?\tp1', '/q|/r\talt',
    ],
    { subs: ['/usr/x /usr/y', '/c /lib', '/d /a', '/usr/lib/sub /usr/z'], dist: ['# c', '/lib\t/usr/lib', '/lib64 /usr/lib', '/a /usr/x', '/b /', '/slash/ /usr/y', 'one'] },
  );

  it.each([
    ['/', 'root'], ['/etc', 'etc'], ['/etc/', 'etc'], ['//etc', 'etc'], ['/etc//a', 'etc'], ['/lib', 'lib'], ['/lib/a', 'liba'], ['/libx', undefined],
    ['/lib64/q', 'lib'], ['/a/b', 'usrx'], ['/a', 'usrx'], ['/usr/x', 'usry'], ['/usr/x/1', 'usry'], ['/c', 'lib'], ['/c/a', 'liba'], ['/d/1', 'usrx'],
    ['/b/etc', 'etc'], ['/b', 'root'], ['/b/', 'root'], ['/slash/1', undefined], ['/usr/lib/sub/1', 'usrz'], ['/lib/sub/1', 'lib'],
    ['/usr', undefined], ['/usr/', undefined], ['/var/x/b', 'vardot'], ['/var/é/b', undefined], ['/tab', 'tabbed'], ['/p/', 'p1'], ['relative', undefined],
    ['/q', 'alt'], ['/qq', 'alt'], ['/x/r', 'alt'], ['/q/x', 'alt'], ['/tab\n', 'tabbed'], ['/etc/\n', 'etc'],
  ])('of %j', (path, label) => {
    expect(labels.labelOf(path, 0)).toBe(label);
  });

  it('go by the type of the file, the last spec that matches, and exact ones before all others', () => {
    const typed = labelsOf(['/.* any', '/x exact', '/.* -d dir', '/x -l link', '/.* -b block', '/.* -p fifo', '/.* -s socket', '/y <<none>>', '/y.? later', '/z[0-9] first', '/z. second']);
    const answers = [S_IFREG, S_IFDIR, S_IFLNK, S_IFBLK, S_IFIFO, S_IFSOCK].map((mode) => typed.labelOf('/w', mode | 0o644));
    expect(answers).toEqual(['any', 'dir', 'any', 'block', 'fifo', 'socket']);
    expect([typed.labelOf('/x', S_IFDIR), typed.labelOf('/x', S_IFLNK)]).toEqual(['exact', 'link']);
    expect([typed.labelOf('/y', S_IFREG), typed.labelOf('/yy', S_IFREG), typed.labelOf('/z1', S_IFREG)]).toEqual([undefined, 'later', 'second']);
  });

  it('of the last substitution for a path', () => {
    expect(labelsOf(['/.* any', '/two(/.*)? two'], { subs: ['/a /one', '/a /two'] }).labelOf('/a/b', 0)).toBe('two');
  });
});

describe('expressions', () => {
  it.each([
    ['^/[]a]$', ['/]', '/a']], ['^/[^]a]$', ['/b']], ['^/[[:alpha:]_-]+$', ['/aZ_-']], ['^/[^[:space:]]$', ['/a', '/\xa0']], ['^/\\s$', ['/ ', '/\v']], ['^/\\S$', ['/\xa0']],
    ['^/[\\S]$', ['/\xa0']], ['^/\\h$', ['/\xa0']], ['^/\\N$', ['/a']], ['^/a\\.b\\-c\\/$', ['/a.b-c/']], ['^/{a}$', ['/{a}']], ['^/(?:a|b)(?!c).$', ['/ad']], ['^\\A/\\x61\\z', ['/a']], ['^/.$', ['/\n']],
  ] as const)('%j finds what PCRE finds', (pattern, texts) => {
    for (const text of texts) expect(translatePcre(pattern).test(text)).toBe(true);
  });

  it.each([['^/\\s$', '/\xa0'], ['^/[^]a]$', '/]'], ['^/\\z', '/\n'], ['^/a$', '/a\n\n'], ['^/[[:digit:]]$', '/a']])('%j does not find %j', (pattern, text) => {
    expect(translatePcre(pattern).test(text)).toBe(false);
  });

  it.each(['a*+', 'a++', '(?>a)', '(?i)a', '(a)\\1', '\\Qa\\E', '(?P<n>a)', '(*UTF)', '[[:what:]]', '[[.a.]]', '[a', '(a', 'a)', '\\', '\\y', '[\\H]'])('%j is refused', (pattern) => {
    expect(() => translatePcre(pattern)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});

describe('files of a policy', () => {
  it.each([
    ['/bad', 'it is missing fields'], ['/bad -q ctx', 'it has the invalid file type -q'], ['/a b c d', 'it has the invalid file type b'], ['/ü ctx', 'non-ASCII characters'], ['/a\0 ctx', 'non-ASCII characters'],
  ])('%j is refused with its line', (line, fault) => {
    expect(() => readLabelSpecs(lines('# é', line), 'file_contexts')).toThrow(`invalid SELinux policy: file_contexts, line 2: ${fault}`);
  });

  it.each([
    ['SELINUX=enforcing\nSELINUXTYPE=targeted\n', 'targeted'], ['SELINUXTYPE= mls \nSELINUX=Permissive  ', 'mls'], ['SELINUX=disabled\nSELINUXTYPE=targeted', undefined],
    [' SELINUX=enforcing', undefined], ['', undefined], ['SELINUX=enforcing\nSELINUXTYPE=a\nSELINUXTYPE=b', 'b'],
  ])('config %j', (text, type) => {
    expect(policyType(Buffer.from(text), '/etc/selinux')).toBe(type);
  });

  it.each(['SELINUX=enforcing', 'SELINUX=enforcing\nSELINUXTYPE=../x', 'SELINUX=enforcing\nSELINUXTYPE=..', 'SELINUX=enforcing\nSELINUXTYPE= '])('config %j is refused', (text) => {
    expect(() => policyType(Buffer.from(text), '/etc/selinux')).toThrow(/SELINUXTYPE/);
  });

  it('need contexts, and one of the root', () => {
    expect(() => readFileLabels(new Map(), '/p')).toThrow("With policy root '/p': selabel_open(SELABEL_CTX_FILE): No such file or directory");
    const files = new Map([['contexts/files/file_contexts', lines('/ <<none>>')]]);
    expect(() => readFileLabels(files, '/p')).toThrow('Failed to look up context of /');
    files.set('contexts/files/file_contexts.local', lines('/ -d root'));
    expect(readFileLabels(files, '/p').labelOf('/', S_IFDIR)).toBe('root');
  });
});
