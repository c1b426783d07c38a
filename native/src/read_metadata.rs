//! The `readMetadata` batch: metadata objects read whole, each compared with its name.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::names::join;
use crate::object::ObjectName;
use crate::source::Source;
use crate::sys;

/// Largest metadata object that anyone reads (OSTREE_MAX_METADATA_SIZE).
pub const LARGEST: i64 = 128 * 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    Sound,
    Missing,
    /// It is not what its name says; the fault tells why.
    Corrupt(Fault),
}

/// Appends each sound object to `bytes`; stops behind the object that takes it past `limit`.
pub fn read_metadata(
    source: &Source,
    checksums: &[u8],
    extension: &str,
    limit: usize,
    bytes: &mut Vec<u8>,
) -> Vec<(Outcome<Read>, usize)> {
    let mut results = Vec::new();
    for checksum in checksums.as_chunks::<32>().0 {
        let start = bytes.len();
        let outcome = read_one(source, checksum, extension, bytes);
        if !matches!(outcome, Ok(Read::Sound)) {
            bytes.truncate(start);
        }
        results.push((outcome, bytes.len()));
        if bytes.len() > limit {
            break;
        }
    }
    results
}

/// Appends an object that is sound.
pub fn read_one(source: &Source, checksum: &Checksum, extension: &str, bytes: &mut Vec<u8>) -> Outcome<Read> {
    let name = ObjectName::new(checksum, extension);
    for (directory, root) in source.directories() {
        let path = || join(&[root, name.as_str()]);
        let start = bytes.len();
        match append(directory, &name, bytes) {
            Ok(()) if source.spec.algorithm.digest(&bytes[start..]) == *checksum => return Ok(Read::Sound),
            Ok(()) => return Ok(Read::Corrupt(Fault::format("the checksum differs").at(path))),
            Err(fault) if fault.is(Errno::NOENT) => {}
            // A symlink, which is never followed.
            Err(fault) if fault.is(Errno::LOOP) => return Ok(Read::Corrupt(not_regular().at(path))),
            Err(fault) if fault.code == "FORMAT_INVALID" => return Ok(Read::Corrupt(fault.at(path))),
            Err(fault) => return Err(fault.at(path)),
        }
    }
    Ok(Read::Missing)
}

/// The bytes of an object, from this repository or a parent, not compared with its name; `None` where there is none.
pub fn find_whole(source: &Source, checksum: &Checksum, extension: &str) -> Outcome<Option<Vec<u8>>> {
    let name = ObjectName::new(checksum, extension);
    for (directory, root) in source.directories() {
        let mut bytes = Vec::new();
        match append(directory, &name, &mut bytes) {
            Ok(()) => return Ok(Some(bytes)),
            Err(fault) if fault.is(Errno::NOENT) => {}
            Err(fault) => return Err(fault.at(|| join(&[root, name.as_str()]))),
        }
    }
    Ok(None)
}

fn append(directory: BorrowedFd, name: &ObjectName, bytes: &mut Vec<u8>) -> Outcome<()> {
    let fd = sys::open_for_reading(directory, name.path())?;
    let stat = sys::stat_of(fd.as_fd())?;
    if !sys::is_regular(stat.st_mode) {
        return Err(not_regular());
    }
    let size = stat.st_size;
    if size > LARGEST {
        return Err(Fault::format(format!("{size} bytes are more than metadata may have ({LARGEST})")));
    }
    sys::read_regular(fd.as_fd(), size as usize, bytes)
}

fn not_regular() -> Fault {
    Fault::format("it is no regular file")
}
