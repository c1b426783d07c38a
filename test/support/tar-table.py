"""Writes the archives of compat/tar.test: python3 tar-table.py DIRECTORY. Each has the name of its trap."""
import io
import sys
import tarfile

OUT = sys.argv[1]
FILE, DIR, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
ROOT = dict(n='.', t=DIR)


def f(n, d=b'x', **more):
    return dict(n=n, d=d, **more)


def d(n, **more):
    return dict(n=n, t=DIR, **more)


def s(n, to, **more):
    return dict(n=n, t=LINK, l=to, **more)


def h(n, to, **more):
    return dict(n=n, t=HARD, l=to, **more)


def make(name, entries, format=tarfile.GNU_FORMAT):
    with tarfile.open(f'{OUT}/{name}.tar', 'w', format=format) as archive:
        for e in entries:
            info = tarfile.TarInfo(e['n'])
            info.type = e.get('t', FILE)
            data = e.get('d', b'')
            info.size = len(data)
            info.mode = e.get('m', 0o755 if info.type == DIR else 0o644)
            info.uid, info.gid, info.linkname = e.get('u', 0), e.get('g', 0), e.get('l', '')
            info.pax_headers = e.get('x', {})
            info.mtime, info.devmajor, info.devminor = 1000, 1, 3
            archive.addfile(info, io.BytesIO(data))


def raw(name, *blocks):
    with open(f'{OUT}/{name}.tar', 'wb') as out:
        out.write(b''.join(blocks))


def header(name, kind, size=0, link=b'', magic=b'ustar\x0000', mode=0o644, patch=()):
    block = bytearray(512)
    for at, text in ((0, name), (100, b'%07o' % mode), (108, b'%07o' % 0), (116, b'%07o' % 0), (124, b'%011o' % size),
                     (136, b'%011o' % 1000), (156, kind), (157, link), (257, magic), *patch):
        block[at:at + len(text)] = text
    block[148:156] = b' ' * 8
    block[148:155] = b'%06o\0' % sum(block)
    return bytes(block)


def padded(data):
    return data + b'\0' * (-len(data) % 512)


def pax(*items):
    body = b''
    for key, value in items:
        rest = b' ' + key.encode() + b'=' + value + b'\n'
        length = len(rest) + len(str(len(rest) + len(str(len(rest)))))
        body += str(length).encode() + rest
    return header(b'pax', b'x', len(body)) + padded(body)


make('plain', [ROOT, d('a'), f('a/f'), s('a/s', 'f')])
make('root-owner', [dict(n='./', t=DIR, m=0o700, u=5), d('./a'), f('./a/f')])
make('root-absolute', [dict(n='/', t=DIR, m=0o700, u=5), d('/a'), f('/a/f')])
make('root-last', [ROOT, d('a'), dict(n='./', t=DIR, m=0o700, u=3)])
make('no-root', [d('a'), f('a/f')])
make('no-parent', [ROOT, d('a'), f('a/b/c/f', u=7, g=8)])
make('only-file', [f('f', u=7, g=8)])
make('empty', [])
make('hardlinks', [ROOT, d('a'), h('early', 'a/f'), f('a/f', b'hello'), h('g', './a/f', m=0o777, u=4), h('a/k', '/a/f')])
make('hardlink-missing', [ROOT, h('g', 'nope/f')])
make('hardlink-to-directory', [ROOT, d('a'), h('g', 'a')])
make('hardlink-to-symlink', [ROOT, s('s', 'x'), h('g', 's')])
make('hardlink-over-directory', [ROOT, f('f'), d('g'), h('g', 'f')])
make('hardlink-to-itself', [ROOT, f('g'), h('g', 'g')])
make('hardlink-then-file', [ROOT, f('f', b'one'), h('g', 'f'), f('g', b'two'), f('f', b'three')])
make('character-device', [ROOT, dict(n='c', t=tarfile.CHRTYPE)])
make('block-device', [ROOT, dict(n='c', t=tarfile.BLKTYPE)])
make('fifo', [ROOT, dict(n='c', t=tarfile.FIFOTYPE), f('f')])
make('fifo-without-parent', [ROOT, dict(n='q/c', t=tarfile.FIFOTYPE)])
make('unknown-type', [ROOT, dict(n='c', t=b'Z')])
make('duplicate-file', [ROOT, f('f', b'one'), f('f', b'two', m=0o600)])
make('duplicate-directory', [ROOT, d('a'), f('a/f'), d('a', m=0o700)])
make('file-over-directory', [ROOT, d('a'), f('a/f'), f('a')])
make('symlink-over-directory', [ROOT, d('a'), s('a', 'b')])
make('symlink-over-file', [ROOT, f('a'), s('a', 'b')])
make('below-file', [ROOT, f('a'), f('a/b')])
make('below-symlink', [ROOT, d('d'), s('a', 'd'), f('a/b')])
make('uplink', [ROOT, f('../x')])
make('uplink-inside', [ROOT, d('a'), f('a/../x')])
make('uplink-absolute', [ROOT, f('/../../x')])
make('absolute', [ROOT, f('//x')])
make('dots-and-slashes', [ROOT, d('a//'), f('././x'), f('.//y'), f('a/.//z'), f('...'), f('.hidden')])
make('not-utf8', [ROOT, f('b\udcff')])
make('long-gnu', [ROOT, f('n' * 120), s('s', 'p' * 300), h('h' * 150, 'n' * 120)])
make('long-pax', [ROOT, f('n' * 120), s('s', 'p' * 300), h('h' * 150, 'n' * 120)], tarfile.PAX_FORMAT)
make('ustar-prefix', [ROOT, d('d' * 60), f('d' * 60 + '/' + 'e' * 60)], tarfile.USTAR_FORMAT)
make('owners-gnu', [ROOT, f('a', u=3000000, g=4000000), f('b', u=5000000000), f('c', u=-2)])
make('owners-pax', [ROOT, f('a', x={'uid': '3000000', 'mtime': '1.5'}), f('b', x={'uid': '-5'})], tarfile.PAX_FORMAT)
make('modes', [ROOT, f('f', m=0o7777), d('d', m=0o7777), s('s', 'x'), f('g', m=0o120644)])
make('xattrs', [ROOT, f('f', x={'SCHILY.xattr.user.b': 'v', 'SCHILY.xattr.user.a': ''}), d('d', x={'SCHILY.xattr.user.d': 'v'}),
                f('g', x={'LIBARCHIVE.xattr.user%2efoo': 'YmFy'}), f('r', x={'RHT.security.selinux': 'a_t'})], tarfile.PAX_FORMAT)
make('many', [ROOT] + [d(f'd{i}') for i in range(20)] + [f(f'd{i % 20}/f{i}', b'z' * i * 7, u=i % 3) for i in range(900)])
make('large', [ROOT, f('a', b'0123456789abcdef' * 200000), f('b', b'y' * (1 << 20)), f('c', b'y' * ((1 << 20) + 1)), h('d', 'a')])

root = header(b'./', b'5', mode=0o755)
z = header(b'z', b'0', 1) + padded(b'z')
one = header(b'f', b'0', 3) + padded(b'one')
end = b'\0' * 1024
gnu = b'ustar  \0'
raw('no-end', root, one)
raw('one-zero-block', root, b'\0' * 512, one)
raw('bad-checksum', root, b'x' + one[1:], end)
raw('garbage', b'hello world ' * 100)
raw('no-bytes')
raw('cut-header', root, one[:200])
raw('cut-content', root, one[:514])
raw('cut-padding', root, one[:-400])
raw('hardlink-size-ignored', root, one, header(b'g', b'1', 3, b'f'), z, end)
raw('hardlink-with-content', root, pax(('mtime', b'5')), one, header(b'g', b'1', 3, b'f') + padded(b'two'), z, end)
raw('directory-by-slash', root, header(b'a/', b'\0', magic=b''), z, end)
raw('global-header', root, header(b'g', b'g', 12) + padded(b'12 uid=1234\n'), z, end)
raw('volume-label', root, header(b'label', b'V'), z, end)
raw('pax-size', root, pax(('size', b'2')), header(b'q', b'0') + padded(b'hi'), z, end)
raw('pax-broken', root, header(b'p', b'x', 10) + padded(b'hello=abc\n'), z, end)
raw('pax-without-entry', root, pax(('path', b'x')), end)
raw('pax-and-long-name', root, header(b'L', b'L', 6) + padded(b'abcde\0'), pax(('path', b'p')), z, end)
raw('long-name-too-long', root, header(b'L', b'L', 2000000) + padded(b'a' * 2000000), z, end)
raw('binary-size', root, header(b'q', b'0', patch=((124, b'\x80' + b'\0' * 10 + b'\2'),)) + padded(b'hi'), z, end)
raw('negative-size', root, header(b'q', b'0', patch=((124, b'\xff' * 12),)), z, end)


def pairs(*blocks):
    return b''.join(b'%011o\0%011o\0' % block for block in blocks)


data = padded(b'abcdefg')
raw('sparse-old', root, header(b's', b'S', 7, magic=gnu, patch=((386, pairs((0, 3), (600, 4), (2000, 0))), (483, b'%011o' % 2000))), data, z, end)
raw('sparse-old-extended', root, header(b's', b'S', 6, magic=gnu, patch=((386, pairs((0, 1), (10, 1), (20, 1), (30, 1))), (482, b'\1'), (483, b'%011o' % 2000))),
    padded(pairs((40, 1), (50, 1))), padded(b'abcdef'), z, end)
raw('sparse-unordered', root, header(b's', b'S', 7, magic=gnu, patch=((386, pairs((600, 4), (0, 3))), (483, b'%011o' % 2000))), data, z, end)
sizes = [('GNU.sparse.size', b'2000'), ('GNU.sparse.numblocks', b'2')]
raw('sparse-pax-0.0', root, pax(*sizes, *[item for o, n in ((0, 3), (600, 4)) for item in (('GNU.sparse.offset', b'%d' % o), ('GNU.sparse.numbytes', b'%d' % n))]),
    header(b's', b'0', 7), data, z, end)
raw('sparse-pax-0.1', root, pax(*sizes, ('GNU.sparse.map', b'0,3,600,4'), ('GNU.sparse.name', b'real')), header(b'x/s', b'0', 7), data, z, end)
raw('sparse-pax-1.0', root, pax(('GNU.sparse.major', b'1'), ('GNU.sparse.minor', b'0'), ('GNU.sparse.name', b'real'), ('GNU.sparse.realsize', b'2000')),
    header(b'x/s', b'0', 519), padded(b'2\n0\n3\n600\n4\n'), data, z, end)
