//! Safe wrappers over the system calls that rustix leaves bare: beneath-only opens, whole reads and writes, naming.

use std::cell::Cell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::fs::{
    self as rfs, AtFlags, CWD, FileType, Gid, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, Stat, Timespec,
    Timestamps, Uid,
};
use rustix::io::Errno;

use crate::fault::{Fault, Named, Outcome};

/// Longest relative path given to the kernel in one piece; PATH_MAX is 4096 with the NUL.
const LONGEST_PATH: usize = 4000;

const S_IFMT: u32 = 0o170000;
const S_IFREG: u32 = 0o100000;
const S_IFLNK: u32 = 0o120000;
const S_IFDIR: u32 = 0o040000;

pub fn is_regular(mode: u32) -> bool {
    mode & S_IFMT == S_IFREG
}

pub fn is_symlink(mode: u32) -> bool {
    mode & S_IFMT == S_IFLNK
}

pub fn is_directory(mode: u32) -> bool {
    mode & S_IFMT == S_IFDIR
}

/// A directory to start relative lookups from; symlinks in `path` itself are followed.
pub fn open_directory(path: &str) -> Outcome<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rfs::openat(CWD, path, flags, Mode::empty()).call("openat").map_err(|fault| fault.at(|| path.to_owned()))
}

/// Opens `relative` (already checked, empty for `root` itself) without following any symlink or leaving `root`.
pub fn open_beneath(root: BorrowedFd, relative: &str, flags: OFlags) -> Outcome<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    if relative.is_empty() {
        return rfs::openat(root, c".", flags, Mode::empty()).call("openat");
    }
    if relative.len() > LONGEST_PATH {
        return walk_beneath(root, relative, flags);
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match rfs::openat2(root, relative, flags, Mode::empty(), resolve) {
        // An old kernel, a seccomp filter that knows no openat2, a rename that raced us.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => walk_beneath(root, relative, flags),
        other => other.call("openat2"),
    }
}

/// The same, one component at a time.
fn walk_beneath(root: BorrowedFd, relative: &str, flags: OFlags) -> Outcome<OwnedFd> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (parents, leaf) = relative.rsplit_once('/').unwrap_or(("", relative));
    let mut held: Option<OwnedFd> = None;
    for component in parents.split('/').filter(|component| !component.is_empty()) {
        let from = held.as_ref().map_or(root, |fd| fd.as_fd());
        held = Some(rfs::openat(from, component, step, Mode::empty()).call("openat")?);
    }
    let from = held.as_ref().map_or(root, |fd| fd.as_fd());
    rfs::openat(from, leaf, flags, Mode::empty()).call("openat")
}

/// Opens a source file for reading: never a symlink, never blocking on a fifo.
pub fn open_for_reading(directory: BorrowedFd, name: &CStr) -> Outcome<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rfs::openat(directory, name, flags, Mode::empty()).call("openat")
}

/// Reads until `buffer` is full or the file ends; how much was read.
pub fn read_full(fd: BorrowedFd, buffer: &mut [u8]) -> Outcome<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match rustix::io::read(fd, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Fault::system("read", errno)),
        }
    }
    Ok(filled)
}

/// Reads a regular file of `size` bytes to its end into `buffer`, appending; fails when the size was wrong.
///
/// One read call in the common case: a regular file reads short only at its end.
pub fn read_regular(fd: BorrowedFd, size: usize, buffer: &mut Vec<u8>) -> Outcome<()> {
    let start = buffer.len();
    buffer.reserve(size + 1);
    loop {
        let count = match rustix::io::read(fd, spare_capacity(buffer)) {
            Err(Errno::INTR) => continue,
            other => other.call("read")?,
        };
        if count == 0 || buffer.len() - start >= size {
            break;
        }
    }
    if buffer.len() - start == size { Ok(()) } else { Err(changed()) }
}

pub fn changed() -> Fault {
    Fault::told("FILE_CHANGED", "file changed while it was read")
}

pub fn write_full(fd: BorrowedFd, mut bytes: &[u8]) -> Outcome<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(0) => return Err(Fault::system("write", Errno::IO)),
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Fault::system("write", errno)),
        }
    }
    Ok(())
}

pub fn stat_of(fd: BorrowedFd) -> Outcome<Stat> {
    rfs::fstat(fd).call("fstat")
}

/// `lstat` beneath a directory; `None` when nothing is there.
pub fn stat_at(directory: BorrowedFd, path: &CStr) -> Outcome<Option<Stat>> {
    match rfs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(Fault::system("fstatat", errno)),
    }
}

pub fn same_inode(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

/// Reads a symlink's target into `buffer`, replacing what it held.
pub fn read_link(directory: BorrowedFd, path: &CStr, buffer: &mut Vec<u8>) -> Outcome<()> {
    buffer.resize(4096, 0);
    let filled = match rfs::readlinkat_raw(directory, path, buffer.as_mut_slice()) {
        Err(Errno::INVAL) => return Err(Fault::told("FILE_CHANGED", "not a symbolic link any more")),
        other => other.call("readlinkat")?,
    };
    buffer.truncate(filled);
    if filled < 4096 { Ok(()) } else { Err(Fault::system("readlinkat", Errno::NAMETOOLONG)) }
}

/// Sets the modification time to the epoch and leaves the access time alone (libostree's OSTREE_TIMESTAMP).
pub fn set_epoch(fd: BorrowedFd) -> Outcome<()> {
    let omit = Timespec { tv_sec: 0, tv_nsec: rfs::UTIME_OMIT };
    let times = Timestamps { last_access: omit, last_modification: Timespec { tv_sec: 0, tv_nsec: 0 } };
    rfs::futimens(fd, &times).call("futimens")
}

pub fn change_mode(fd: BorrowedFd, mode: u32) -> Outcome<()> {
    rfs::fchmod(fd, Mode::from_raw_mode(mode & 0o7777)).call("fchmod")
}

pub fn change_owner(fd: BorrowedFd, uid: u32, gid: u32) -> Outcome<()> {
    rfs::fchown(fd, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))).call("fchown")
}

pub fn change_link_owner(directory: BorrowedFd, path: &CStr, uid: u32, gid: u32) -> Outcome<()> {
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    rfs::chownat(directory, path, uid, gid, AtFlags::SYMLINK_NOFOLLOW).call("fchownat")
}

pub fn sync(fd: BorrowedFd) -> Outcome<()> {
    rfs::fsync(fd).call("fsync")
}

/// An unnamed file in `directory`; `None` where the file system has none.
pub fn open_unnamed(directory: BorrowedFd, mode: u32) -> Outcome<Option<OwnedFd>> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match rfs::openat(directory, c".", flags, Mode::from_raw_mode(mode)) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(errno) => Err(Fault::system("openat", errno)),
    }
}

/// Creates a file that must not exist yet.
pub fn create_new(directory: BorrowedFd, path: &CStr, mode: u32) -> Outcome<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    rfs::openat(directory, path, flags, Mode::from_raw_mode(mode)).call("openat")
}

/// The text of `/proc/self/fd/N`, or of something in the directory open as N.
pub fn proc_path(fd: BorrowedFd, below: &str) -> String {
    let number = fd.as_raw_fd();
    if below.is_empty() { format!("/proc/self/fd/{number}") } else { format!("/proc/self/fd/{number}/{below}") }
}

thread_local! {
    /// Whether linkat(AT_EMPTY_PATH) was refused on this thread: it takes CAP_DAC_READ_SEARCH on older kernels.
    static EMPTY_PATH_REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Gives an unnamed file its name; EEXIST when the name is taken.
pub fn link_unnamed(fd: BorrowedFd, directory: BorrowedFd, path: &CStr) -> Outcome<()> {
    if !EMPTY_PATH_REFUSED.get() {
        match rfs::linkat(fd, c"", directory, path, AtFlags::EMPTY_PATH) {
            // ENOENT also tells a missing directory: only the second way's success proves the refusal.
            Err(Errno::NOENT | Errno::PERM) => {}
            other => return other.call("linkat"),
        }
    }
    let source = proc_path(fd, "");
    rfs::linkat(CWD, source.as_str(), directory, path, AtFlags::SYMLINK_FOLLOW).call("linkat")?;
    EMPTY_PATH_REFUSED.set(true);
    Ok(())
}

/// A second name for an existing file, symlinks themselves included.
pub fn hard_link(from: BorrowedFd, old: &CStr, to: BorrowedFd, new: &CStr) -> Outcome<()> {
    rfs::linkat(from, old, to, new, AtFlags::empty()).call("linkat")
}

pub fn rename(from: BorrowedFd, old: &CStr, to: BorrowedFd, new: &CStr) -> Outcome<()> {
    rfs::renameat(from, old, to, new).call("renameat")
}

/// Renames unless the new name is taken (EEXIST); link and unlink where the file system has no such rename.
pub fn rename_new(from: BorrowedFd, old: &CStr, to: BorrowedFd, new: &CStr) -> Outcome<()> {
    match rfs::renameat_with(from, old, to, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            hard_link(from, old, to, new)?;
            unlink(from, old)
        }
        other => other.call("renameat2"),
    }
}

pub fn unlink(directory: BorrowedFd, path: &CStr) -> Outcome<()> {
    rfs::unlinkat(directory, path, AtFlags::empty()).call("unlinkat")
}

pub fn make_symlink(target: &CStr, directory: BorrowedFd, path: &CStr) -> Outcome<()> {
    rfs::symlinkat(target, directory, path).call("symlinkat")
}

/// Makes a directory; true when it was not there.
pub fn make_directory(directory: BorrowedFd, path: &CStr, mode: u32) -> Outcome<bool> {
    match rfs::mkdirat(directory, path, Mode::from_raw_mode(mode)) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(errno) => Err(Fault::system("mkdirat", errno)),
    }
}

thread_local! {
    /// The device on which FICLONE was last refused, on this thread.
    static NO_CLONE_ON: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Lets the empty file `to` share the blocks of `from`; false where the file system cannot.
pub fn clone_content(from: BorrowedFd, to: BorrowedFd, device: u64) -> bool {
    if NO_CLONE_ON.get() == device {
        return false;
    }
    match rfs::ioctl_ficlone(to, from) {
        Ok(()) => true,
        Err(Errno::XDEV | Errno::INVAL) => false,
        Err(_) => {
            NO_CLONE_ON.set(device);
            false
        }
    }
}

/// The names in a directory open for reading, without `.` and `..`, in the order of the file system.
pub fn list_names(directory: BorrowedFd, buffer: &mut [MaybeUninit<u8>], mut visit: impl FnMut(&CStr)) -> Outcome<()> {
    let mut entries = RawDir::new(directory, buffer);
    while let Some(entry) = entries.next() {
        let entry = entry.call("getdents64")?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            visit(name);
        }
    }
    Ok(())
}

/// Flushes the whole file system that holds `path`.
pub fn sync_file_system(path: &str) -> Outcome<()> {
    let opened = rfs::openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).call("openat");
    opened.and_then(|fd| rfs::syncfs(fd).call("syncfs")).map_err(|fault| fault.at(|| path.to_owned()))
}

/// Makes a device node, fifo or socket with exactly the permission bits of `mode`.
pub fn make_device(path: &str, mode: u32, major: u32, minor: u32) -> Outcome<()> {
    let bits = Mode::from_raw_mode(mode & 0o7777);
    let made = rfs::mknodat(CWD, path, FileType::from_raw_mode(mode), bits, rfs::makedev(major, minor)).call("mknodat");
    let settled = made.and_then(|()| rfs::chmodat(CWD, path, bits, AtFlags::empty()).call("fchmodat"));
    settled.map_err(|fault| fault.at(|| path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn root() -> (tempfile::TempDir, OwnedFd) {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::create_dir_all(temp.path().join("a/b")).expect("mkdir");
        fs::write(temp.path().join("a/b/f"), "x").expect("write");
        std::os::unix::fs::symlink("a", temp.path().join("s")).expect("symlink");
        let fd = open_directory(temp.path().to_str().expect("utf-8")).expect("open");
        (temp, fd)
    }

    #[test]
    fn lookups_follow_no_symlink() {
        let (_temp, fd) = root();
        for opener in [open_beneath, walk_beneath] {
            assert!(opener(fd.as_fd(), "a/b/f", OFlags::RDONLY).is_ok());
            assert!(opener(fd.as_fd(), "s/b/f", OFlags::RDONLY).is_err());
        }
    }

    #[test]
    fn a_path_longer_than_the_kernel_takes_is_walked() {
        let (temp, fd) = root();
        let mut parts = Vec::new();
        let mut held = open_directory(temp.path().to_str().expect("utf-8")).expect("open");
        for _ in 0..30 {
            let name = "n".repeat(200);
            rfs::mkdirat(&held, name.as_str(), Mode::RWXU).expect("mkdir");
            held = rfs::openat(&held, name.as_str(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).expect("open");
            parts.push(name);
        }
        assert!(open_beneath(fd.as_fd(), &parts.join("/"), OFlags::PATH).is_ok());
    }

    #[test]
    fn a_file_that_shrank_or_grew_is_told() {
        let (temp, _fd) = root();
        let file = fs::File::open(temp.path().join("a/b/f")).expect("open");
        assert_eq!(read_regular(file.as_fd(), 2, &mut Vec::new()).expect_err("short").code, "FILE_CHANGED");
        let file = fs::File::open(temp.path().join("a/b/f")).expect("open");
        assert_eq!(read_regular(file.as_fd(), 0, &mut Vec::new()).expect_err("long").code, "FILE_CHANGED");
    }

    #[test]
    fn a_rename_does_not_replace() {
        let (_temp, fd) = root();
        let fault = rename_new(fd.as_fd(), c"s", fd.as_fd(), c"a").expect_err("taken");
        assert!(fault.is(Errno::EXIST));
    }

    #[test]
    fn unnamed_files_get_their_name_in_either_way() {
        let (temp, fd) = root();
        for (refused, name) in [(false, c"one"), (true, c"two")] {
            EMPTY_PATH_REFUSED.set(refused);
            let Some(file) = open_unnamed(fd.as_fd(), 0o600).expect("open") else { return };
            write_full(file.as_fd(), b"x").expect("write");
            link_unnamed(file.as_fd(), fd.as_fd(), name).expect("link");
            assert!(link_unnamed(file.as_fd(), fd.as_fd(), name).expect_err("taken").is(Errno::EXIST));
            assert!(temp.path().join(name.to_str().expect("utf-8")).exists());
        }
    }
}
