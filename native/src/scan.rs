//! The `scan` batch: directories listed, sorted and stat'ed.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{OFlags, Stat};

use crate::fault::{Fault, Outcome};
use crate::names::{check_relative, join, unpack};
use crate::sys;
use crate::xattr;

/// Numbers a stat takes; the order is `STAT` of the engine interface.
pub const STAT_FIELDS: usize = 12;

#[derive(Debug, Default)]
pub struct Listing {
    /// Packed, sorted by bytes.
    pub names: String,
    pub stats: Vec<f64>,
    pub own: [f64; STAT_FIELDS],
    pub xattrs: Vec<u8>,
}

/// Tells a fault of a directory, or of the entry that it names, with its full path.
pub fn below(mut fault: Fault, root: &str, directory: &str) -> Fault {
    fault.path = join(&[root, directory, &fault.path]);
    fault
}

pub fn scan(root: &str, directories: &str, xattrs: bool) -> Outcome<Vec<Outcome<Listing>>> {
    let root_fd = sys::open_directory(root)?;
    let mut buffer = vec![MaybeUninit::uninit(); 32 * 1024];
    let list = |directory: &str| {
        let listed = scan_one(&root_fd, directory, xattrs, &mut buffer);
        listed.map_err(|fault| below(fault, root, directory))
    };
    Ok(unpack(directories).map(list).collect())
}

fn scan_one(root_fd: &impl AsFd, directory: &str, xattrs: bool, buffer: &mut [MaybeUninit<u8>]) -> Outcome<Listing> {
    check_relative(directory)?;
    let fd = sys::open_beneath(root_fd.as_fd(), directory, OFlags::RDONLY | OFlags::DIRECTORY)?;
    list_directory(fd.as_fd(), xattrs, buffer)
}

/// Lists a directory that is open for reading. A fault that has to do with one entry tells its name.
pub fn list_directory(directory: BorrowedFd, xattrs: bool, buffer: &mut [MaybeUninit<u8>]) -> Outcome<Listing> {
    let mut names = Vec::new();
    sys::list_names(directory, buffer, |name| names.push(name.to_owned()))?;
    names.sort_unstable();
    let mut listing = Listing { own: columns(&sys::stat_of(directory)?), ..Listing::default() };
    if xattrs {
        listing.xattrs = xattr::read_open(directory)?;
    }
    listing.stats.reserve(names.len() * STAT_FIELDS);
    for name in names {
        add_entry(directory, &name, &mut listing).map_err(|fault| fault.at(|| name.to_string_lossy().into_owned()))?;
    }
    Ok(listing)
}

fn add_entry(directory: BorrowedFd, name: &CString, listing: &mut Listing) -> Outcome<()> {
    let Ok(text) = name.to_str() else {
        return Err(Fault::told("PATH_INVALID", "file name is not UTF-8"));
    };
    // Deleted since it was listed: as if it had been listed later.
    let Some(stat) = sys::stat_at(directory, name)? else { return Ok(()) };
    listing.names.push_str(text);
    listing.names.push('\0');
    listing.stats.extend_from_slice(&columns(&stat));
    Ok(())
}

/// A stat as numbers that JavaScript holds exactly.
pub fn columns(stat: &Stat) -> [f64; STAT_FIELDS] {
    [
        f64::from(stat.st_mode),
        f64::from(stat.st_uid),
        f64::from(stat.st_gid),
        stat.st_size as f64,
        stat.st_dev as f64,
        (stat.st_ino >> 32) as f64,
        (stat.st_ino & 0xffff_ffff) as f64,
        stat.st_mtime as f64,
        stat.st_mtime_nsec as f64,
        stat.st_ctime as f64,
        stat.st_ctime_nsec as f64,
        stat.st_nlink as f64,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn entries_come_in_byte_order_with_their_stats() {
        let temp = tempfile::tempdir().expect("tempdir");
        for name in ["aa", "a.b", "Z", "a", "a-b", "é", "😀", "\u{ff5e}"] {
            fs::write(temp.path().join(name), name).expect("write");
        }
        let root = temp.path().to_str().expect("utf-8");
        let listings = scan(root, "\0missing\0../x\0", true).expect("scans");
        let listing = listings[0].as_ref().expect("lists");
        assert_eq!(unpack(&listing.names).collect::<Vec<_>>(), ["Z", "a", "a-b", "a.b", "aa", "é", "\u{ff5e}", "😀"]);
        assert_eq!(listing.stats.len(), 8 * STAT_FIELDS);
        assert_eq!(listing.stats[3], 1.0);
        assert_eq!(listings[1].as_ref().expect_err("missing").errno_name(), "ENOENT");
        assert_eq!(listings[2].as_ref().expect_err("outside").code, "PATH_INVALID");
    }
}
