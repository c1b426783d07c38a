"""What Node cannot do to inodes, one process for a whole tree.

  inodes.py describe DIR [--filez] [--stat]
      prints one JSON array: every inode below DIR, DIR itself first, sorted by path; --stat leaves digests and xattrs out
  inodes.py apply DIR
      reads a JSON array of {path, uid, gid, mode, mtime, xattrs, make} and applies it in order
"""
import hashlib, json, os, stat, struct, sys, zlib

KINDS = {stat.S_IFREG: 'file', stat.S_IFDIR: 'dir', stat.S_IFLNK: 'symlink', stat.S_IFIFO: 'fifo',
         stat.S_IFSOCK: 'socket', stat.S_IFCHR: 'char', stat.S_IFBLK: 'block'}
CHUNK = 1 << 20


def digest(path):
    state = hashlib.blake2b(digest_size=20)
    with open(path, 'rb', buffering=0) as source:
        while block := source.read(CHUNK):
            state.update(block)
    return state.hexdigest()


def digest_filez(path):
    """Header bytes exactly; of the stream only what it inflates to, and that it ends where the file ends."""
    with open(path, 'rb') as source:
        prefix = source.read(8)
        header = source.read(struct.unpack('>I', prefix[:4])[0]) if len(prefix) == 8 else b''
        return '%s:%s:%s' % (prefix.hex(), header.hex(), inflate(source))


def inflate(source):
    state, stream, seen = hashlib.blake2b(digest_size=20), zlib.decompressobj(-15), False
    try:
        while block := source.read(CHUNK):
            seen = True
            state.update(stream.decompress(block))
    except zlib.error as problem:
        return 'broken stream: %s' % problem
    if seen and (not stream.eof or stream.unused_data):
        return 'stream does not end with the file'
    return state.hexdigest()


def xattrs(path):
    names = os.listxattr(path, follow_symlinks=False)
    return {name: os.getxattr(path, name, follow_symlinks=False).hex() for name in sorted(names)}


def describe(path, name, flags, digests):
    info = os.lstat(path)
    kind = KINDS[stat.S_IFMT(info.st_mode)]
    identity = (info.st_dev, info.st_ino)
    look = '--stat' not in flags
    if look and kind == 'file' and identity not in digests:
        digests[identity] = digest_filez(path) if '--filez' in flags and name.endswith('.filez') else digest(path)
    return {
        'path': name, 'kind': kind, 'mode': stat.S_IMODE(info.st_mode), 'uid': info.st_uid, 'gid': info.st_gid,
        'size': info.st_size if kind == 'file' else 0, 'mtimeNanos': str(info.st_mtime_ns),
        'inode': '%d:%d' % identity, 'links': info.st_nlink, 'rdev': info.st_rdev,
        'target': os.readlink(path) if kind == 'symlink' else '',
        'digest': digests.get(identity, ''), 'xattrs': xattrs(path) if look else {},
    }


def fail(problem):
    raise problem


def describe_tree(root, flags):
    found, digests = [describe(root, '', flags, {})], {}
    for parent, directories, files in os.walk(root, onerror=fail):
        prefix = os.path.relpath(parent, root) + '/' if parent != root else ''
        for name in directories + files:
            found.append(describe(os.path.join(parent, name), prefix + name, flags, digests))
    found.sort(key=lambda inode: os.fsencode(inode['path']))
    json.dump(found, sys.stdout)


def apply(path, wish):
    if 'mkfifo' in wish:
        os.mkfifo(path)
    if 'uid' in wish or 'gid' in wish:
        os.chown(path, wish.get('uid', -1), wish.get('gid', -1), follow_symlinks=False)
    if 'mode' in wish:
        os.chmod(path, wish['mode'])
    for name, value in wish.get('xattrs', {}).items():
        os.setxattr(path, name, bytes.fromhex(value), follow_symlinks=False)
    if 'mtime' in wish:
        os.utime(path, ns=(int(wish['mtime']),) * 2, follow_symlinks=False)


def main(verb, root, *flags):
    if verb == 'describe':
        describe_tree(os.path.abspath(root), flags)
    elif verb == 'apply':
        for wish in json.load(sys.stdin):
            apply(os.path.join(root, wish['path']) if wish['path'] else root, wish)
    else:
        sys.exit('unknown verb ' + verb)


main(*sys.argv[1:])
