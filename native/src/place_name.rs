//! How a placed file gets its name, and what becomes of a file that has it already.

use std::ffi::CStr;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;

use crate::fault::{Fault, Outcome};
use crate::sys;
use crate::target::scratch_name;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    None,
    Union,
    Add,
    Identical,
}

pub struct Naming<'a> {
    pub directory: BorrowedFd<'a>,
    pub name: &'a CStr,
    pub overwrite: Overwrite,
    /// Device and inode of what is placed: a union leaves a file alone that is the object already.
    pub object: Option<(u64, u64)>,
}

/// The EEXIST of a file that is there and is not what would be placed.
pub fn different(fault: Fault) -> Fault {
    Fault { message: "file exists and is different".to_owned(), ..fault }
}

impl Naming<'_> {
    /// Calls `make` with the name that the new file shall have; true when it is new, false when an old one was kept.
    ///
    /// `make` fails with EEXIST where the name is taken. `identical` tells whether the file in the way may stay.
    pub fn give(
        &self,
        make: impl Fn(&CStr) -> Outcome<()>,
        identical: impl FnOnce() -> Outcome<bool>,
    ) -> Outcome<bool> {
        match make(self.name) {
            Ok(()) => Ok(true),
            Err(fault) if fault.is(Errno::EXIST) => match self.overwrite {
                Overwrite::None => Err(fault),
                Overwrite::Add => Ok(false),
                Overwrite::Union if self.is_the_object()? => Ok(false),
                Overwrite::Union => self.replace(make).map(|()| true),
                Overwrite::Identical if identical()? => Ok(false),
                Overwrite::Identical => Err(different(fault)),
            },
            Err(fault) => Err(fault),
        }
    }

    fn is_the_object(&self) -> Outcome<bool> {
        let there = sys::stat_at(self.directory, self.name)?;
        Ok(self.object.is_some() && there.map(|stat| (stat.st_dev, stat.st_ino)) == self.object)
    }

    /// Replaces the file in the way in one step; EISDIR when it is a directory.
    fn replace(&self, make: impl Fn(&CStr) -> Outcome<()>) -> Outcome<()> {
        let interim = scratch_name();
        make(&interim)?;
        let renamed = sys::rename(self.directory, &interim, self.directory, self.name);
        // Still there after a failure, and after renaming over another name of the same inode, which does nothing.
        match sys::unlink(self.directory, &interim) {
            Err(fault) if !fault.is(Errno::NOENT) => renamed.and(Err(fault)),
            _ => renamed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::AsFd;

    fn give(overwrite: Overwrite, same: bool) -> (Outcome<bool>, String, usize) {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::write(temp.path().join("old"), "old").expect("write");
        fs::write(temp.path().join("new"), "new").expect("write");
        let fd = sys::open_directory(temp.path().to_str().expect("utf-8")).expect("open");
        let naming = Naming { directory: fd.as_fd(), name: c"old", overwrite, object: None };
        let given = naming.give(|name| sys::hard_link(fd.as_fd(), c"new", fd.as_fd(), name), || Ok(same));
        let content = fs::read_to_string(temp.path().join("old")).expect("read");
        (given, content, fs::read_dir(temp.path()).expect("list").count())
    }

    #[test]
    fn each_policy_does_what_it_says() {
        assert_eq!(give(Overwrite::Union, false), (Ok(true), "new".into(), 2));
        assert_eq!(give(Overwrite::Add, false), (Ok(false), "old".into(), 2));
        assert_eq!(give(Overwrite::Identical, true), (Ok(false), "old".into(), 2));
        for overwrite in [Overwrite::None, Overwrite::Identical] {
            let (given, content, count) = give(overwrite, false);
            assert!(given.expect_err("taken").is(Errno::EXIST));
            assert_eq!((content.as_str(), count), ("old", 2));
        }
    }

    #[test]
    fn a_directory_is_not_replaced_and_nothing_is_left_behind() {
        let temp = tempfile::tempdir().expect("tempdir");
        fs::create_dir(temp.path().join("d")).expect("mkdir");
        fs::write(temp.path().join("new"), "new").expect("write");
        let fd = sys::open_directory(temp.path().to_str().expect("utf-8")).expect("open");
        let naming = Naming { directory: fd.as_fd(), name: c"d", overwrite: Overwrite::Union, object: None };
        let given = naming.give(|name| sys::hard_link(fd.as_fd(), c"new", fd.as_fd(), name), || Ok(false));
        assert!(given.expect_err("directory").is(Errno::ISDIR));
        assert_eq!(fs::read_dir(temp.path()).expect("list").count(), 2);
    }
}
