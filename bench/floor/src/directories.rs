//! Directory descriptors that are kept open.

use rustix::fs::{self, CWD, Mode, OFlags};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

pub fn open(path: &str) -> io::Result<OwnedFd> {
    Ok(fs::openat(CWD, path, DIRECTORY, Mode::empty())?)
}

/// The directory used last: neighbours in a list share it.
pub struct LastDirectory<'a> {
    root: BorrowedFd<'a>,
    path: String,
    descriptor: Option<OwnedFd>,
}

impl<'a> LastDirectory<'a> {
    pub fn new(root: BorrowedFd<'a>) -> Self {
        LastDirectory {
            root,
            path: String::new(),
            descriptor: None,
        }
    }

    /// Opens `path` below the root unless it is the one used last; the empty path is the root.
    pub fn get(&mut self, path: &str) -> io::Result<BorrowedFd<'_>> {
        if path.is_empty() {
            return Ok(self.root);
        }
        if self.descriptor.is_none() || self.path != path {
            self.descriptor = Some(fs::openat(self.root, path, DIRECTORY, Mode::empty())?);
            self.path = path.to_owned();
        }
        Ok(self.descriptor.as_ref().map_or(self.root, AsFd::as_fd))
    }
}

/// The 256 fan-out directories of an `objects` directory, made when absent.
pub struct FanOut(Vec<OwnedFd>);

impl FanOut {
    pub fn open(objects: &str) -> io::Result<Self> {
        let all = (0..256).map(|byte| {
            let path = format!("{objects}/{byte:02x}");
            match fs::mkdirat(CWD, &path, Mode::from_raw_mode(0o775)) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => open(&path),
                Err(error) => Err(error.into()),
            }
        });
        Ok(FanOut(all.collect::<io::Result<_>>()?))
    }

    pub fn of(&self, first_byte: u8) -> BorrowedFd<'_> {
        self.0[first_byte as usize].as_fd()
    }
}
