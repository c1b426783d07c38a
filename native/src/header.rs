//! The three headers of a content object.
//!
//! - hashed: `(uuuusa(ayay))` uid, gid, mode, rdev (all big-endian, rdev 0), symlink target or "", xattrs;
//!   preceded by its length in four big-endian bytes and four zeros, followed by the content of a regular file;
//! - `.filez`: `(tuuuusa(ayay))`, the same behind the inflated size in eight big-endian bytes, same prefix;
//! - `user.ostreemeta`: `(uuua(ayay))`, without rdev, target and prefix.

use crate::fault::{Fault, Outcome};
use crate::sys::{is_regular, is_symlink};
use crate::xattr::{offset_size, offset_size_of_total, parse, push_offset};

/// Longest header a reader accepts: libostree's limit for metadata.
const HEADER_LIMIT: usize = 128 * 1024 * 1024;
const PREFIX: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
    /// Type bits included.
    pub mode: u32,
}

/// Everything about a content object that is not its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub owner: Owner,
    /// Empty for a regular file.
    pub target: Vec<u8>,
    /// Serialised `a(ayay)`.
    pub xattrs: Vec<u8>,
}

fn push_owner(out: &mut Vec<u8>, owner: Owner) {
    for value in [owner.uid, owner.gid, owner.mode] {
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// Appends prefix and header; `size` is there for `.filez` only.
fn push_header(out: &mut Vec<u8>, size: Option<u64>, owner: Owner, target: &[u8], xattrs: &[u8]) {
    let target_end = size.map_or(0, |_| 8) + 16 + target.len() + 1;
    let body = target_end + xattrs.len();
    let width = offset_size(body, 1);
    out.extend_from_slice(&((body + width) as u32).to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    if let Some(size) = size {
        out.extend_from_slice(&size.to_be_bytes());
    }
    push_owner(out, owner);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(target);
    out.push(0);
    out.extend_from_slice(xattrs);
    push_offset(out, target_end, width);
}

/// Appends what is hashed before the content.
pub fn push_hash_prefix(out: &mut Vec<u8>, owner: Owner, target: &[u8], xattrs: &[u8]) {
    push_header(out, None, owner, target, xattrs);
}

/// Appends what stands before the deflate stream of a `.filez`.
pub fn push_filez_header(out: &mut Vec<u8>, size: u64, owner: Owner, target: &[u8], xattrs: &[u8]) {
    push_header(out, Some(size), owner, target, xattrs);
}

pub fn ostreemeta(owner: Owner, xattrs: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(12 + xattrs.len());
    push_owner(&mut out, owner);
    out.extend_from_slice(xattrs);
    out
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

fn read_owner(bytes: &[u8]) -> Owner {
    Owner { uid: big_endian(bytes), gid: big_endian(&bytes[4..]), mode: big_endian(&bytes[8..]) }
}

/// Reads the value of `user.ostreemeta`; the target of a symlink is elsewhere.
pub fn read_ostreemeta(bytes: &[u8]) -> Outcome<(Owner, Vec<u8>)> {
    if bytes.len() < 12 {
        return Err(Fault::format("user.ostreemeta is too short"));
    }
    let owner = read_owner(bytes);
    check_mode(owner.mode)?;
    parse(&bytes[12..])?;
    Ok((owner, bytes[12..].to_vec()))
}

/// A dirmeta, `(uuua(ayay))`: owner and xattrs of a directory, as in `user.ostreemeta`.
pub fn write_dirmeta(owner: Owner, xattrs: &[u8]) -> Vec<u8> {
    ostreemeta(owner, xattrs)
}

/// Reads a dirmeta.
pub fn read_dirmeta(bytes: &[u8]) -> Outcome<(Owner, Vec<u8>)> {
    if bytes.len() < 12 {
        return Err(Fault::format("dirmeta is too short"));
    }
    let owner = read_owner(bytes);
    if owner.mode & !0o7777 != 0o040000 {
        return Err(Fault::format(format!("mode 0{:o} is not of a directory", owner.mode)));
    }
    parse(&bytes[12..])?;
    Ok((owner, bytes[12..].to_vec()))
}

/// Only regular files and symlinks are content objects.
pub fn check_mode(mode: u32) -> Outcome<()> {
    if is_regular(mode) || is_symlink(mode) {
        return Ok(());
    }
    Err(Fault::format(format!("mode 0{mode:o} is neither of a regular file nor of a symbolic link")))
}

/// Bytes of prefix and header, told by the first eight bytes of a `.filez`.
pub fn filez_header_length(start: &[u8], file_size: u64) -> Outcome<usize> {
    if start.len() < PREFIX {
        return Err(Fault::format("object is shorter than its header"));
    }
    let length = big_endian(start) as usize;
    if length > HEADER_LIMIT || (length + PREFIX) as u64 > file_size {
        return Err(Fault::format(format!("header size {length} exceeds object size {file_size}")));
    }
    Ok(length + PREFIX)
}

/// Reads prefix and header of a `.filez`, and the size of what follows when inflated.
pub fn read_filez_header(bytes: &[u8]) -> Outcome<(Header, u64)> {
    let broken = || Fault::format("malformed header of a compressed object");
    let body = bytes.get(PREFIX..).ok_or_else(broken)?;
    let width = offset_size_of_total(body.len());
    if body.len() < 8 + 16 + 1 + width {
        return Err(broken());
    }
    let table = body.len() - width;
    let target_end = body[table..].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte));
    let target = body.get(24..target_end).filter(|_| target_end <= table).ok_or_else(broken)?;
    let target = target.strip_suffix(&[0]).ok_or_else(broken)?;
    let size = u64::from(big_endian(body)) << 32 | u64::from(big_endian(&body[4..]));
    let header =
        Header { owner: read_owner(&body[8..]), target: target.to_vec(), xattrs: body[target_end..table].to_vec() };
    check_header(&header, size)?;
    // Writing it again proves normal form: padding, rdev, offset width.
    let mut again = Vec::with_capacity(bytes.len());
    push_filez_header(&mut again, size, header.owner, &header.target, &header.xattrs);
    if again == bytes { Ok((header, size)) } else { Err(broken()) }
}

fn check_header(header: &Header, size: u64) -> Outcome<()> {
    check_mode(header.owner.mode)?;
    parse(&header.xattrs)?;
    if header.target.contains(&0) || std::str::from_utf8(&header.target).is_err() {
        return Err(Fault::format("symlink target is not text"));
    }
    if is_symlink(header.owner.mode) {
        return if size == 0 { Ok(()) } else { Err(Fault::format("symlink with content")) };
    }
    if header.target.is_empty() { Ok(()) } else { Err(Fault::format("regular file with a symlink target")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const FILE: Owner = Owner { uid: 0, gid: 0, mode: 0o100644 };
    const LINK: Owner = Owner { uid: 0, gid: 0, mode: 0o120777 };
    const XATTRS: &[u8] = b"user.aa\x0022\x08user.zz\x001\x08\x0b\x15";

    #[test]
    fn headers_are_the_golden_bytes() {
        let mut plain = Vec::new();
        push_hash_prefix(&mut plain, FILE, b"", b"");
        assert_eq!(hex(&plain), "00000012000000000000000000000000000081a4000000000011");
        let mut dressed = Vec::new();
        push_hash_prefix(&mut dressed, FILE, b"", XATTRS);
        assert_eq!(
            hex(&dressed[8..]),
            "0000000000000000000081a40000000000757365722e616100323208757365722e7a7a0031080b1511"
        );
    }

    #[test]
    fn compressed_headers_are_the_golden_bytes() {
        let mut file = Vec::new();
        push_filez_header(&mut file, 12, FILE, b"", b"");
        assert_eq!(hex(&file), "0000001a00000000000000000000000c0000000000000000000081a4000000000019");
        let mut link = Vec::new();
        push_filez_header(&mut link, 0, LINK, b"hello", b"");
        assert_eq!(hex(&link), "0000001f00000000000000000000000000000000000000000000a1ff0000000068656c6c6f001e");
    }

    #[test]
    fn compressed_headers_read_back() {
        for (owner, target, xattrs, size) in [
            (FILE, &b""[..], &b""[..], 7),
            (FILE, b"", XATTRS, 0),
            (LINK, b"x", b"", 0),
            (LINK, &[b'y'; 300], XATTRS, 0),
        ] {
            let mut bytes = Vec::new();
            push_filez_header(&mut bytes, size, owner, target, xattrs);
            assert_eq!(filez_header_length(&bytes, bytes.len() as u64).expect("length"), bytes.len());
            let (header, found) = read_filez_header(&bytes).expect("reads");
            assert_eq!((header.owner, header.target.as_slice(), header.xattrs.as_slice()), (owner, target, xattrs));
            assert_eq!(found, size);
        }
    }

    #[test]
    fn damaged_headers_are_refused() {
        let mut bytes = Vec::new();
        push_filez_header(&mut bytes, 0, LINK, b"hello", XATTRS);
        for at in 0..bytes.len() {
            assert!(read_filez_header(&bytes[..at]).is_err(), "cut at {at}");
        }
        for at in (4..8).chain(28..32) {
            let mut changed = bytes.clone();
            changed[at] = 1;
            assert!(read_filez_header(&changed).is_err(), "byte {at}");
        }
        assert!(filez_header_length(&[0xff, 0, 0, 0, 0, 0, 0, 0], 40).is_err());
        assert!(read_ostreemeta(&[0; 12]).is_err());
    }
}
