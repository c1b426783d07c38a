//! Whether the file that is read is the one that the walk saw, with nobody about to change it unseen.

use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::Stat;

use crate::scan::columns;

/// Columns of a scanned stat that tell one state of one file from all others: device, inode, ctime.
const COLUMNS: [usize; 5] = [4, 5, 6, 9, 10];
pub const WITNESS_FIELDS: usize = COLUMNS.len();

/// `fcntl` command of linux/fcntl.h that the libc crate does not name; the same on every architecture we build for.
const F_SETSIG: libc::c_int = 10;

/// The witness of file `index`; `None` where the batch has none.
pub fn witness_of(witnesses: &[f64], index: usize) -> Option<&[f64]> {
    witnesses.get(index * WITNESS_FIELDS..(index + 1) * WITNESS_FIELDS)
}

pub fn is_same(witness: &[f64], stat: &Stat) -> bool {
    let columns = columns(stat);
    COLUMNS.iter().zip(witness).all(|(&column, &seen)| columns[column] == seen)
}

/// Whether nobody has the file open, or mapped, for writing; false where that cannot be found out.
///
/// A `write` call sets ctime when it begins and may go on for long, and a mapping sets it once for many stores: from
/// either the content can change later with the ctime of now. A read lease is granted only when there is no writer,
/// and that includes mappings whose descriptor is closed. It is given back at once: an open for writing in between
/// waits those microseconds. The signal for that is SIGURG, which is ignored by default; SIGIO would kill the process.
pub fn has_no_writer(fd: BorrowedFd) -> bool {
    let fd = fd.as_raw_fd();
    // SAFETY: fcntl with integer arguments on a descriptor that outlives the calls.
    unsafe {
        if libc::fcntl(fd, F_SETSIG, libc::SIGURG) != 0
            || libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) != 0
        {
            return false;
        }
        libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};
    use std::os::fd::AsFd;

    #[test]
    fn a_writer_is_noticed_while_it_is_there() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("file");
        std::fs::write(&path, "content").expect("write");
        let file = File::open(&path).expect("open");
        assert!(has_no_writer(file.as_fd()));
        let writer = OpenOptions::new().write(true).open(&path).expect("open for writing");
        assert!(!has_no_writer(file.as_fd()));
        drop(writer);
        assert!(has_no_writer(file.as_fd()));
    }
}
