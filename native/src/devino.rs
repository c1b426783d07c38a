//! Which inode is which content object: a file of the source that is a hardlink into the repository needs no reading.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::crew::Crew;
use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::list::content_checksum;
use crate::names::join;
use crate::scan::columns;
use crate::sys;

const DEVICE: usize = 4;
const INODE_HIGH: usize = 5;
const INODE_LOW: usize = 6;
const LINKS: usize = 11;
const BUFFER: usize = 32 * 1024;

/// Device and inode, as the columns of a stat tell them.
type Inode = (u64, u32, u32);

/// Sorted by inode; of two objects with one inode the first that was found counts.
pub struct Devino(Vec<(Inode, Checksum)>);

fn inode_of(stat: &[f64]) -> Inode {
    (stat[DEVICE] as u64, stat[INODE_HIGH] as u32, stat[INODE_LOW] as u32)
}

impl Devino {
    /// Looks at every content object of repositories that are not archives.
    pub fn scan(objects: &[String], crew: &Crew) -> Outcome<Devino> {
        let mut found = Vec::new();
        for root in objects {
            let directory = sys::open_directory(root)?;
            let prefixes: Vec<u8> = (0..=u8::MAX).collect();
            let scanned = crew.spread(&prefixes, |prefixes| {
                prefixes.iter().map(|prefix| scan_prefix(root, directory.as_fd(), *prefix)).collect()
            });
            for part in scanned {
                found.append(&mut part?);
            }
        }
        found.sort_by_key(|(inode, _)| *inode);
        found.dedup_by_key(|(inode, _)| *inode);
        Ok(Devino(found))
    }

    /// The object that a file with this stat is, if it is one.
    pub fn lookup(&self, stat: &[f64]) -> Option<Checksum> {
        if stat[LINKS] < 2.0 {
            return None;
        }
        let at = self.0.binary_search_by_key(&inode_of(stat), |(inode, _)| *inode).ok()?;
        Some(self.0[at].1)
    }
}

fn scan_prefix(root: &str, objects: BorrowedFd, prefix: u8) -> Outcome<Vec<(Inode, Checksum)>> {
    let name = format!("{prefix:02x}");
    let scanned = match sys::open_beneath(objects, &name, OFlags::RDONLY | OFlags::DIRECTORY) {
        Err(fault) if fault.is(Errno::NOENT) => Ok(Vec::new()),
        Err(fault) => Err(fault),
        Ok(directory) => scan_objects(directory.as_fd(), prefix),
    };
    scanned.map_err(|fault| fault.at(|| join(&[root, &name])))
}

fn scan_objects(directory: BorrowedFd, prefix: u8) -> Outcome<Vec<(Inode, Checksum)>> {
    let mut found = Vec::new();
    let mut failed: Option<Fault> = None;
    sys::list_names(directory, &mut [MaybeUninit::uninit(); BUFFER], |name| {
        let Some(checksum) = content_checksum(prefix, name) else { return };
        match sys::stat_at(directory, name) {
            Ok(Some(stat)) => found.push((inode_of(&columns(&stat)), checksum)),
            Ok(None) => {} // removed meanwhile
            Err(fault) => failed = Some(fault),
        }
    })?;
    failed.map_or(Ok(found), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn knows_hardlinks_of_content_objects_and_nothing_else() {
        let temp = tempfile::tempdir().expect("tempdir");
        let objects = temp.path().join("objects");
        fs::create_dir_all(objects.join("07")).expect("mkdir");
        let name = |extension: &str| objects.join("07").join(format!("{}.{extension}", "07".repeat(31)));
        for extension in ["file", "dirtree"] {
            fs::write(name(extension), extension).expect("write");
            fs::hard_link(name(extension), temp.path().join(extension)).expect("link");
        }
        fs::write(temp.path().join("other"), "file").expect("write");
        let root = objects.to_str().expect("utf-8").to_owned();
        let devino = Devino::scan(&[root], &Crew::new(1)).expect("scans");
        let directory = sys::open_directory(temp.path().to_str().expect("utf-8")).expect("opens");
        let known = |name: &std::ffi::CStr| {
            let stat = sys::stat_at(directory.as_fd(), name).expect("stats").expect("is there");
            devino.lookup(&columns(&stat))
        };
        assert_eq!(known(c"file"), Some([7; 32]));
        assert_eq!((known(c"dirtree"), known(c"other")), (None, None));
    }
}
