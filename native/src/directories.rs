//! The `makeDirectories` and `finishDirectories` batches of a checkout.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, OFlags};
use rustix::io::Errno;

use crate::fault::{Fault, Outcome};
use crate::header::Owner;
use crate::names::{check_relative, join, unpack};
use crate::sys;
use crate::xattr;

/// Makes directories, parents before children, mode 0700; per directory whether this call made it. The empty name
/// makes `root` itself.
pub fn make_directories(root: &str, directories: &str, may_exist: bool) -> Vec<Outcome<bool>> {
    let mut parent = Parent::default();
    let one = |directory: &str| {
        let made = make_one(root, &mut parent, directory, may_exist);
        made.map_err(|fault| fault.at(|| join(&[root, directory])))
    };
    unpack(directories).map(one).collect()
}

/// The parent of the last directory; brothers come together.
#[derive(Default)]
struct Parent {
    root: Option<OwnedFd>,
    path: String,
    fd: Option<OwnedFd>,
}

impl Parent {
    fn enter(&mut self, root: &str, path: &str) -> Outcome<BorrowedFd<'_>> {
        let root = match self.root.take() {
            Some(fd) => fd,
            None => sys::open_directory(root)?,
        };
        let root: &OwnedFd = self.root.insert(root);
        let fd = match self.fd.take().filter(|_| self.path == path) {
            Some(fd) => fd,
            None => sys::open_beneath(root.as_fd(), path, OFlags::PATH | OFlags::DIRECTORY)?,
        };
        path.clone_into(&mut self.path);
        let fd: &OwnedFd = self.fd.insert(fd);
        Ok(fd.as_fd())
    }
}

fn make_one(root: &str, parent: &mut Parent, directory: &str, may_exist: bool) -> Outcome<bool> {
    check_relative(directory)?;
    if directory.is_empty() {
        return make_below(CWD, &c_name(root)?, may_exist);
    }
    let (above, name) = directory.rsplit_once('/').unwrap_or(("", directory));
    make_below(parent.enter(root, above)?, &c_name(name)?, may_exist)
}

fn c_name(name: &str) -> Outcome<CString> {
    CString::new(name).map_err(|_| Fault::told("PATH_INVALID", "file name contains a NUL byte"))
}

/// Makes one directory; true when it was not there. Its name has been checked.
pub fn make_below(above: BorrowedFd, name: &CStr, may_exist: bool) -> Outcome<bool> {
    if sys::make_directory(above, name, 0o700)? {
        return Ok(true);
    }
    match sys::stat_at(above, name)? {
        Some(stat) if may_exist && sys::is_directory(stat.st_mode) => Ok(false),
        _ => Err(Fault::system("mkdirat", Errno::EXIST)),
    }
}

pub struct Finish<'a> {
    pub root: &'a str,
    pub directories: &'a str,
    /// uid, gid, mode per directory.
    pub attributes: &'a [u32],
    pub xattrs: &'a [&'a [u8]],
    pub finish: Finishing,
}

/// What of its final attributes a directory gets.
#[derive(Debug, Clone, Copy)]
pub struct Finishing {
    pub user_mode: bool,
    pub reset_mtime: bool,
    pub sync: bool,
}

/// Gives directories, deepest first, their final attributes.
pub fn finish_directories(batch: &Finish) -> Outcome<Vec<Outcome<()>>> {
    let root = sys::open_directory(batch.root)?;
    let one = |(index, directory): (usize, &str)| {
        let finished = finish_one(batch, &root, index, directory);
        finished.map_err(|fault| fault.at(|| join(&[batch.root, directory])))
    };
    Ok(unpack(batch.directories).enumerate().map(one).collect())
}

fn finish_one(batch: &Finish, root: &OwnedFd, index: usize, directory: &str) -> Outcome<()> {
    check_relative(directory)?;
    let Some(&[uid, gid, mode]) = batch.attributes.get(index * 3..index * 3 + 3) else {
        return Err(Fault::told("INTERNAL", "attributes are missing"));
    };
    let fd = sys::open_beneath(root.as_fd(), directory, OFlags::RDONLY | OFlags::DIRECTORY)?;
    let xattrs = batch.xattrs.get(index).copied().unwrap_or_default();
    batch.finish.apply(fd.as_fd(), Owner { uid, gid, mode }, xattrs)
}

impl Finishing {
    /// Gives a directory open for reading its attributes.
    pub fn apply(self, fd: BorrowedFd, owner: Owner, xattrs: &[u8]) -> Outcome<()> {
        if !self.user_mode {
            sys::change_owner(fd, owner.uid, owner.gid)?;
            xattr::write_open(fd, xattrs)?;
        }
        sys::change_mode(fd, owner.mode)?;
        if self.reset_mtime {
            sys::set_epoch(fd)?;
        }
        if self.sync { sys::sync(fd) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn directories_are_made_and_finished() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = temp.path().to_str().expect("utf-8");
        let root = format!("{root}/new");
        let made = make_directories(&root, "\0a\0a/b\0a/c\0", false);
        assert_eq!(made, [Ok(true), Ok(true), Ok(true), Ok(true)]);
        let attributes = [0, 0, 0o42775, 0, 0, 0o40500];
        let batch = Finish {
            root: &root,
            directories: "a/b\0a\0",
            attributes: &attributes,
            xattrs: &[&[], &[]],
            finish: Finishing { user_mode: true, reset_mtime: true, sync: true },
        };
        assert!(finish_directories(&batch).expect("finishes").iter().all(Result::is_ok));
        let found = fs::metadata(temp.path().join("new/a/b")).expect("stat");
        assert_eq!((found.mode() & 0o7777, found.mtime()), (0o2775, 0));
        fs::set_permissions(temp.path().join("new/a"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("chmod");
    }

    #[test]
    fn only_real_directories_may_exist() {
        let temp = tempfile::tempdir().expect("tempdir");
        let root = temp.path().to_str().expect("utf-8");
        fs::create_dir(temp.path().join("d")).expect("mkdir");
        fs::write(temp.path().join("f"), "").expect("write");
        std::os::unix::fs::symlink("d", temp.path().join("s")).expect("symlink");
        let results = make_directories(root, "d\0f\0s\0s/x\0", true);
        let errno = |index: usize| results[index].as_ref().expect_err("fails").errno_name();
        assert_eq!(results[0], Ok(false));
        assert_eq!((errno(1), errno(2)), ("EEXIST".into(), "EEXIST".into()));
        assert!(results[3].is_err());
        let strict = make_directories(root, "d\0", false);
        assert_eq!(strict[0].as_ref().expect_err("fails").errno_name(), "EEXIST");
    }
}
