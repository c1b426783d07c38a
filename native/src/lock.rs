//! The record locks that libostree takes on a repository's `.lock`: open-file-description locks over the whole file.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{self as rfs, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::fault::{Fault, Named, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Shared,
    Exclusive,
}

/// Tries once; `None` while another holder is in the way. Closing the descriptor unlocks.
pub fn try_lock(path: &str, kind: Kind) -> Outcome<Option<OwnedFd>> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
    let open = rfs::openat(CWD, path, flags, Mode::from_raw_mode(0o660)).call("openat");
    let fd = open.map_err(|fault| fault.at(|| path.to_owned()))?;
    let taken = match record_lock(&fd, kind) {
        // A kernel from before 3.15; libostree does the same.
        Err(Errno::INVAL) => whole_file_lock(&fd, kind),
        other => other,
    };
    match taken {
        Ok(()) => Ok(Some(fd)),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(Fault::system("fcntl", errno).at(|| path.to_owned())),
    }
}

fn record_lock(fd: &OwnedFd, kind: Kind) -> rustix::io::Result<()> {
    let lock_type = if kind == Kind::Shared { libc::F_RDLCK } else { libc::F_WRLCK };
    let range = libc::flock {
        l_type: lock_type as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    // SAFETY: the descriptor is open, and `range` is a live flock structure that the kernel only reads.
    let result = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_OFD_SETLK, &range) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

fn last_errno() -> Errno {
    let error = std::io::Error::last_os_error();
    Errno::from_raw_os_error(error.raw_os_error().unwrap_or(libc::EIO))
}

fn whole_file_lock(fd: &OwnedFd, kind: Kind) -> rustix::io::Result<()> {
    let operation = match kind {
        Kind::Shared => FlockOperation::NonBlockingLockShared,
        Kind::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    rfs::flock(fd, operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_holders_keep_an_exclusive_one_out() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join(".lock");
        let path = path.to_str().expect("utf-8");
        let first = try_lock(path, Kind::Shared).expect("lock");
        let second = try_lock(path, Kind::Shared).expect("lock");
        assert!(first.is_some() && second.is_some());
        assert!(try_lock(path, Kind::Exclusive).expect("try").is_none());
        drop((first, second));
        let third = try_lock(path, Kind::Exclusive).expect("lock");
        assert!(third.is_some() && try_lock(path, Kind::Shared).expect("try").is_none());
    }
}
