//! Whether the file that is read is the one that the walk saw, with nobody about to change it unseen.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Once;

use rustix::fs::Stat;

use crate::scan::columns;

/// Columns of a scanned stat that tell one state of one file from all others: device, inode, ctime.
pub const WITNESS_COLUMNS: [usize; 5] = [4, 5, 6, 9, 10];
pub const WITNESS_FIELDS: usize = WITNESS_COLUMNS.len();

/// The witness of file `index`; `None` where the batch has none.
pub fn witness_of(witnesses: &[f64], index: usize) -> Option<&[f64]> {
    witnesses.get(index * WITNESS_FIELDS..(index + 1) * WITNESS_FIELDS)
}

pub fn is_same(witness: &[f64], stat: &Stat) -> bool {
    let columns = columns(stat);
    WITNESS_COLUMNS.iter().zip(witness).all(|(&column, &seen)| columns[column] == seen)
}

/// Whether nobody has the file open, or mapped, for writing; false where that cannot be found out.
///
/// A `write` call sets ctime when it begins and may go on for long, and a mapping sets it once for many stores: from
/// either the content can change later with the ctime of now. A read lease is granted only when there is no writer,
/// and that includes mappings whose descriptor is closed. Until `end_lease`, or the end of the descriptor, an open for
/// writing waits: a small file keeps its lease while it is read, which saves a call.
pub fn has_no_writer(fd: BorrowedFd) -> bool {
    ignore_lease_breaks();
    lease(fd, libc::F_RDLCK)
}

pub fn end_lease(fd: BorrowedFd) {
    lease(fd, libc::F_UNLCK);
}

fn lease(fd: BorrowedFd, kind: libc::c_int) -> bool {
    // SAFETY: fcntl with integer arguments on a descriptor that outlives the call.
    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETLEASE, kind) == 0 }
}

/// The kernel tells the holder of a lease by SIGIO that somebody wants to write, which would kill the process: it is
/// ignored, unless the program has a use for it.
fn ignore_lease_breaks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `sigaction` is plain data, for which zeros are valid; both pointers live through the calls.
        unsafe {
            let mut found: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(libc::SIGIO, std::ptr::null(), &mut found) == 0 && found.sa_sigaction == libc::SIG_DFL {
                found.sa_sigaction = libc::SIG_IGN;
                libc::sigaction(libc::SIGIO, &found, std::ptr::null_mut());
            }
        }
    });
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
        end_lease(file.as_fd());
        let writer = OpenOptions::new().write(true).open(&path).expect("open for writing");
        assert!(!has_no_writer(file.as_fd()));
        drop(writer);
        assert!(has_no_writer(file.as_fd()));
    }
}
