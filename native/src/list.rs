//! The `list` batch: the loose objects in fan-out directories, as sorted binary records.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::crew::Crew;
use crate::digest::Checksum;
use crate::fault::Outcome;
use crate::names::{join, unpack};
use crate::object::check_fan_out;
use crate::sys;

/// A checksum and the number of its type.
pub const RECORD: usize = 33;
/// The number of content.
const CONTENT: u8 = 1;

/// Extensions by type number, the first being 1: in most repositories, in archives.
pub const EXTENSIONS: [(&str, &str); 9] = [
    ("file", "filez"),
    ("dirtree", "dirtree"),
    ("dirmeta", "dirmeta"),
    ("commit", "commit"),
    ("tombstone-commit", "tombstone-commit"),
    ("commitmeta", "commitmeta"),
    ("payload-link", "payload-linkz"),
    ("file-xattrs", "file-xattrsz"),
    ("file-xattrs-link", "file-xattrs-linkz"),
];

#[derive(Debug, Default)]
pub struct Listed {
    pub records: Vec<u8>,
    /// One a record where they were asked for.
    pub sizes: Vec<f64>,
}

pub struct List<'a> {
    pub objects: &'a str,
    /// Packed two-digit names.
    pub prefixes: &'a str,
    pub archive: bool,
    pub sizes: bool,
    /// The number of a type, where others are left out.
    pub only: Option<u32>,
}

/// One result per prefix; one that is not there holds no objects.
pub fn list(batch: &List, crew: &Crew) -> Outcome<Vec<Outcome<Listed>>> {
    let root = sys::open_directory(batch.objects)?;
    let prefixes: Vec<&str> = unpack(batch.prefixes).collect();
    Ok(crew.spread(&prefixes, |prefixes| {
        let mut buffer = vec![MaybeUninit::uninit(); 64 * 1024];
        let one = |prefix: &&str| {
            let listed = list_prefix(batch, root.as_fd(), prefix, &mut buffer);
            listed.map_err(|fault| fault.at(|| join(&[batch.objects, prefix])))
        };
        prefixes.iter().map(one).collect()
    }))
}

fn list_prefix(batch: &List, root: BorrowedFd, prefix: &str, buffer: &mut [MaybeUninit<u8>]) -> Outcome<Listed> {
    let first = check_fan_out(prefix)?;
    let directory = match sys::open_beneath(root, prefix, OFlags::RDONLY | OFlags::DIRECTORY) {
        Err(fault) if fault.is(Errno::NOENT) => return Ok(Listed::default()),
        other => other?,
    };
    let mut found: Vec<([u8; RECORD], f64)> = Vec::new();
    let mut failed = Ok(());
    sys::list_names(directory.as_fd(), buffer, |name| {
        let Some(record) = parse(first, name, batch.archive) else { return };
        if batch.only.is_some_and(|only| u32::from(record[RECORD - 1]) != only) {
            return;
        }
        if !batch.sizes {
            return found.push((record, 0.0));
        }
        match sys::stat_at(directory.as_fd(), name) {
            Ok(Some(stat)) => found.push((record, stat.st_size as f64)),
            Ok(None) => {}
            Err(fault) => failed = Err(fault),
        }
    })?;
    failed?;
    found.sort_unstable_by_key(|found| found.0);
    let mut listed = Listed::default();
    listed.records.reserve(found.len() * RECORD);
    for (record, size) in found {
        listed.records.extend_from_slice(&record);
        if batch.sizes {
            listed.sizes.push(size);
        }
    }
    Ok(listed)
}

/// The checksum that a name tells, in a directory of the first byte, where it is one of content as bare repositories keep it.
pub fn content_checksum(first: u8, name: &CStr) -> Option<Checksum> {
    parse(first, name, false).filter(|record| record[RECORD - 1] == CONTENT)?.first_chunk().copied()
}

/// Reads `<62 hex>.<extension>`; content of the other family of modes is no object here.
fn parse(first: u8, name: &CStr, archive: bool) -> Option<[u8; RECORD]> {
    let bytes = name.to_bytes();
    if bytes.len() < 64 || bytes[62] != b'.' {
        return None;
    }
    let mut record = [0; RECORD];
    record[0] = first;
    for (at, pair) in bytes[..62].as_chunks::<2>().0.iter().enumerate() {
        record[at + 1] = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    record[32] = type_of(&bytes[63..], archive)?;
    Some(record)
}

fn type_of(extension: &[u8], archive: bool) -> Option<u8> {
    let of_mode =
        |(plain, packed): &(&str, &str)| if archive { packed.as_bytes() } else { plain.as_bytes() } == extension;
    EXTENSIONS.iter().position(of_mode).map(|at| at as u8 + 1)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn read(extension: &str, archive: bool) -> Option<u8> {
        let name = CString::new(format!("{}.{extension}", "ab".repeat(31))).expect("no NUL");
        parse(0xcd, &name, archive).map(|record| record[32])
    }

    #[test]
    fn extensions_are_those_of_the_mode() {
        assert_eq!([read("file", false), read("file", true)], [Some(1), None]);
        assert_eq!([read("filez", false), read("filez", true)], [None, Some(1)]);
        assert_eq!([read("commit", false), read("commit", true)], [Some(4), Some(4)]);
        assert_eq!([read("commitz", true), read("x", false)], [None, None]);
    }

    #[test]
    fn names_that_are_no_objects_are_left_out() {
        let upper = CString::new(format!("{}.file", "AB".repeat(31))).expect("no NUL");
        assert_eq!(parse(0, &upper, false), None);
        let short = CString::new(format!("{}.file", "ab".repeat(30))).expect("no NUL");
        assert_eq!(parse(0, &short, false), None);
    }
}
