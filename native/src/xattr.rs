//! Extended attributes: the serialised `a(ayay)` of libostree, and the system calls around it.
//!
//! An entry is a tuple of two byte arrays: the name with its NUL, then the value, then one framing offset (the end of
//! the name). The array is the entries one after the other, then the end offset of each. Offsets are little-endian and
//! as narrow as the container allows. Sorted by name; no bytes at all mean no attributes.

use std::ffi::{CStr, CString};
use std::os::fd::BorrowedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{self as rfs, XattrFlags};
use rustix::io::Errno;

use crate::fault::{Fault, Named, Outcome};
use crate::sys::proc_path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    pub name: CString,
    pub value: Vec<u8>,
}

/// Bytes of one framing offset of a container whose body and offsets are this long (GVariant's rule).
pub fn offset_size(body: usize, offsets: usize) -> usize {
    for (size, limit) in [(1, 0xff), (2, 0xffff), (4, 0xffff_ffff)] {
        if body + size * offsets <= limit {
            return size;
        }
    }
    8
}

/// Bytes of one framing offset in a container that is `total` bytes long.
pub fn offset_size_of_total(total: usize) -> usize {
    offset_size(total, 0)
}

pub fn push_offset(out: &mut Vec<u8>, value: usize, size: usize) {
    out.extend_from_slice(&(value as u64).to_le_bytes()[..size]);
}

/// Reads one little-endian offset; it has at most eight bytes.
pub fn read_offset(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

/// Serialises a sorted list.
pub fn serialise(list: &[Xattr]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut ends = Vec::with_capacity(list.len());
    for xattr in list {
        let name = xattr.name.as_bytes_with_nul();
        let body = name.len() + xattr.value.len();
        out.extend_from_slice(name);
        out.extend_from_slice(&xattr.value);
        push_offset(&mut out, name.len(), offset_size(body, 1));
        ends.push(out.len());
    }
    let size = offset_size(out.len(), ends.len());
    ends.iter().for_each(|end| push_offset(&mut out, *end, size));
    out
}

/// Reads an `a(ayay)` in normal form, sorted, without duplicates or empty names; FORMAT_INVALID for anything else.
pub fn parse(bytes: &[u8]) -> Outcome<Vec<Xattr>> {
    let mut list: Vec<Xattr> = Vec::new();
    for entry in split_entries(bytes)? {
        let xattr = parse_entry(entry)?;
        if list.last().is_some_and(|last| last.name >= xattr.name) {
            return Err(Fault::format("extended attributes are not sorted by name"));
        }
        list.push(xattr);
    }
    if serialise(&list) == bytes { Ok(list) } else { Err(malformed()) }
}

fn malformed() -> Fault {
    Fault::format("malformed list of extended attributes")
}

fn split_entries(bytes: &[u8]) -> Outcome<Vec<&[u8]>> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let size = offset_size_of_total(bytes.len());
    let table = bytes.len().checked_sub(size).map(|at| read_offset(&bytes[at..])).ok_or_else(malformed)?;
    if table > bytes.len() - size || !(bytes.len() - table).is_multiple_of(size) {
        return Err(malformed());
    }
    let mut start = 0;
    let mut entries = Vec::new();
    for end in bytes[table..].chunks_exact(size).map(read_offset) {
        entries.push(bytes.get(start..end).filter(|_| end <= table).ok_or_else(malformed)?);
        start = end;
    }
    Ok(entries)
}

fn parse_entry(entry: &[u8]) -> Outcome<Xattr> {
    let size = offset_size_of_total(entry.len());
    let body = entry.len().checked_sub(size).ok_or_else(malformed)?;
    let name_end = read_offset(&entry[body..]);
    let name = entry.get(..name_end).filter(|_| name_end <= body).ok_or_else(malformed)?;
    let name = CStr::from_bytes_with_nul(name).map_err(|_| malformed())?;
    if name.is_empty() {
        return Err(Fault::format("empty name of an extended attribute"));
    }
    Ok(Xattr { name: name.to_owned(), value: entry[name_end..body].to_vec() })
}

/// The list with those of `added` in it, each in the place of the one of the same name; both serialised.
pub fn replace(list: Vec<u8>, added: &[u8]) -> Outcome<Vec<u8>> {
    if added.is_empty() {
        return Ok(list);
    }
    let mut merged = parse(added)?;
    let kept = parse(&list)?.into_iter().filter(|old| merged.iter().all(|new| new.name != old.name));
    let kept: Vec<Xattr> = kept.collect();
    merged.extend(kept);
    merged.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(serialise(&merged))
}

/// The attributes of an open file, serialised; those with an empty value are left out.
pub fn read_open(fd: BorrowedFd) -> Outcome<Vec<u8>> {
    read_with(
        |buffer| rfs::flistxattr(fd, spare_capacity(buffer)),
        |name, buffer| rfs::fgetxattr(fd, name, spare_capacity(buffer)),
    )
}

/// The attributes of `below` (a symlink itself, not what it points to) in an open directory, serialised.
pub fn read_named(directory: BorrowedFd, below: &str) -> Outcome<Vec<u8>> {
    read_path(&proc_path(directory, below))
}

/// The attributes of a path, symlinks not followed.
pub fn read_path(path: &str) -> Outcome<Vec<u8>> {
    read_with(
        |buffer| rfs::llistxattr(path, spare_capacity(buffer)),
        |name, buffer| rfs::lgetxattr(path, name, spare_capacity(buffer)),
    )
}

type Fetch = rustix::io::Result<usize>;

fn read_with(list: impl Fn(&mut Vec<u8>) -> Fetch, get: impl Fn(&CStr, &mut Vec<u8>) -> Fetch) -> Outcome<Vec<u8>> {
    let names = match fetch(&list) {
        Ok(names) if names.is_empty() => return Ok(Vec::new()),
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        other => other.call("listxattr")?,
    };
    let mut found = Vec::new();
    for name in names.split_inclusive(|byte| *byte == 0) {
        let name = CStr::from_bytes_with_nul(name).map_err(|_| malformed())?;
        match fetch(|buffer| get(name, buffer)) {
            // libostree drops attributes without a value, and checksums depend on it.
            Ok(value) if value.is_empty() => {}
            Ok(value) => found.push(Xattr { name: name.to_owned(), value }),
            Err(Errno::NODATA) => {} // removed since it was listed
            Err(errno) => return Err(Fault::system("getxattr", errno)),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.name == b.name);
    Ok(serialise(&found))
}

/// Calls with a growing buffer until the answer fits; 64 KiB is the kernel's limit.
fn fetch(call: impl Fn(&mut Vec<u8>) -> Fetch) -> rustix::io::Result<Vec<u8>> {
    for capacity in [256, 4096, 65536 + 1] {
        let mut buffer = Vec::with_capacity(capacity);
        match call(&mut buffer) {
            Err(Errno::RANGE) => {}
            Err(errno) => return Err(errno),
            Ok(_) => return Ok(buffer),
        }
    }
    Err(Errno::RANGE)
}

/// Sets every attribute of a serialised list on an open file.
pub fn write_open(fd: BorrowedFd, xattrs: &[u8]) -> Outcome<()> {
    for xattr in parse(xattrs)? {
        rfs::fsetxattr(fd, &xattr.name, &xattr.value, XattrFlags::empty()).call("fsetxattr")?;
    }
    Ok(())
}

pub fn write_named(directory: BorrowedFd, below: &str, xattrs: &[u8]) -> Outcome<()> {
    if xattrs.is_empty() { Ok(()) } else { write_path(&proc_path(directory, below), xattrs) }
}

/// Sets every attribute of a serialised list on a path, symlinks not followed.
pub fn write_path(path: &str, xattrs: &[u8]) -> Outcome<()> {
    for xattr in parse(xattrs)? {
        rfs::lsetxattr(path, &xattr.name, &xattr.value, XattrFlags::empty()).call("lsetxattr")?;
    }
    Ok(())
}

/// Removes the attributes that a serialised list names from a path, symlinks not followed; absent ones are no error.
pub fn remove_path(path: &str, xattrs: &[u8]) -> Outcome<()> {
    for xattr in parse(xattrs)? {
        match rfs::lremovexattr(path, &xattr.name) {
            Ok(()) | Err(Errno::NODATA) => {}
            Err(errno) => return Err(Fault::system("lremovexattr", errno)),
        }
    }
    Ok(())
}

/// Where a bare-user repository keeps owner, mode and attributes of an object.
pub const OSTREEMETA: &CStr = c"user.ostreemeta";

pub fn write_ostreemeta(fd: BorrowedFd, value: &[u8]) -> Outcome<()> {
    rfs::fsetxattr(fd, OSTREEMETA, value, XattrFlags::empty()).call("fsetxattr")
}

pub fn read_ostreemeta(directory: BorrowedFd, below: &str) -> Outcome<Vec<u8>> {
    let path = proc_path(directory, below);
    fetch(|buffer| rfs::lgetxattr(path.as_str(), OSTREEMETA, spare_capacity(buffer))).call("lgetxattr")
}

pub fn read_ostreemeta_open(fd: BorrowedFd) -> Outcome<Vec<u8>> {
    fetch(|buffer| rfs::fgetxattr(fd, OSTREEMETA, spare_capacity(buffer))).call("fgetxattr")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xattr(name: &str, value: &[u8]) -> Xattr {
        Xattr { name: CString::new(name).expect("no NUL"), value: value.to_vec() }
    }

    #[test]
    fn added_attributes_take_the_place_of_those_of_the_same_name() {
        let found = serialise(&[xattr("security.selinux", b"old"), xattr("user.k", b"v")]);
        let added = serialise(&[xattr("security.selinux", b"new\0")]);
        let expected = serialise(&[xattr("security.selinux", b"new\0"), xattr("user.k", b"v")]);
        assert_eq!(replace(found, &added).expect("merges"), expected);
        assert_eq!(replace(Vec::new(), &added).expect("merges"), added);
        assert_eq!(replace(expected.clone(), b"").expect("merges"), expected);
    }

    #[test]
    fn two_attributes_serialise_as_libostree_does() {
        let bytes = serialise(&[xattr("user.aa", b"22"), xattr("user.zz", b"1")]);
        let expected = b"user.aa\x0022\x08user.zz\x001\x08\x0b\x15";
        assert_eq!(bytes, expected);
        assert_eq!(parse(&bytes).expect("parses").len(), 2);
    }

    #[test]
    fn lists_of_every_offset_width_survive_a_round_trip() {
        for length in [0, 1, 200, 246, 247, 248, 300, 65_000, 65_530, 65_536, 70_000] {
            let list = [xattr("user.a", &vec![7; length]), xattr("user.b", b"")];
            assert_eq!(parse(&serialise(&list)).expect("parses"), list, "{length}");
        }
    }

    #[test]
    fn broken_lists_are_refused() {
        let good = serialise(&[xattr("user.aa", b"22"), xattr("user.zz", b"1")]);
        for at in 0..good.len() {
            assert!(parse(&good[..at]).is_err() || at == 0, "cut at {at}");
        }
        assert!(parse(&serialise(&[xattr("b", b""), xattr("a", b"")])).is_err());
        assert!(parse(&serialise(&[xattr("a", b""), xattr("a", b"")])).is_err());
        assert!(parse(&serialise(&[xattr("", b"")])).is_err());
        assert!(parse(&[0xff; 40]).is_err());
        assert!(parse(&[0]).is_err());
    }
}
