//! Dirtree objects, `(a(say)a(sayay))`: see `src/format/object/dirtree.ts`, whose reader tells what is wrong with one.

use std::ffi::CStr;

use crate::digest::Checksum;
use crate::xattr::{offset_size, offset_size_of_total, push_offset, read_offset};

const CHECKSUM: usize = size_of::<Checksum>();

/// A dirtree that is in normal form, with names that are valid, sorted and all different.
pub struct Dirtree {
    bytes: Vec<u8>,
    pub files: Vec<Entry>,
    pub directories: Vec<Entry>,
}

/// Where a name lies, its NUL left out. What it stands for comes behind the NUL.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    start: usize,
    end: usize,
}

impl Dirtree {
    /// `None` for bytes that are no such dirtree.
    pub fn parse(bytes: Vec<u8>) -> Option<Dirtree> {
        let width = offset_size_of_total(bytes.len());
        let body_end = bytes.len().checked_sub(width)?;
        let files_end = read_offset(&bytes[body_end..]);
        if files_end > body_end || offset_size(body_end, 1) != width {
            return None;
        }
        let files = read_array(&bytes, 0, files_end, read_file)?;
        let directories = read_array(&bytes, files_end, body_end, read_directory)?;
        let dirtree = Dirtree { bytes, files, directories };
        if dirtree.has_name_in_both() { None } else { Some(dirtree) }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn name(&self, entry: Entry) -> &CStr {
        CStr::from_bytes_with_nul(&self.bytes[entry.start..=entry.end]).unwrap_or_default()
    }

    /// Of the content of a file, or of the dirtree of a directory.
    pub fn checksum(&self, entry: Entry) -> &Checksum {
        self.checksum_at(entry.end + 1)
    }

    /// Of the dirmeta of a directory.
    pub fn meta(&self, directory: Entry) -> &Checksum {
        self.checksum_at(directory.end + 1 + CHECKSUM)
    }

    fn checksum_at(&self, start: usize) -> &Checksum {
        self.bytes[start..].first_chunk().unwrap_or(&[0; CHECKSUM])
    }

    fn has_name_in_both(&self) -> bool {
        let mut directories = self.directories.iter().peekable();
        self.files.iter().any(|file| {
            let name = self.name(*file);
            while directories.next_if(|directory| self.name(**directory) < name).is_some() {}
            directories.peek().is_some_and(|directory| self.name(**directory) == name)
        })
    }
}

type Reader = fn(&[u8], usize, usize) -> Option<Entry>;

fn read_array(bytes: &[u8], start: usize, end: usize, read: Reader) -> Option<Vec<Entry>> {
    let total = end - start;
    if total == 0 {
        return Some(Vec::new());
    }
    let width = offset_size_of_total(total);
    let body = read_offset(&bytes[end - width..end]);
    let table = total.checked_sub(body)?;
    if table == 0 || !table.is_multiple_of(width) || offset_size(body, table / width) != width {
        return None;
    }
    let body_end = start + body;
    let mut entries: Vec<Entry> = Vec::with_capacity(table / width);
    let mut from = start;
    for offset in bytes[body_end..end].chunks_exact(width) {
        let to = start.checked_add(read_offset(offset))?;
        if to <= from || to > body_end {
            return None;
        }
        let entry = read(bytes, from, to)?;
        if entries.last().is_some_and(|last| bytes[last.start..last.end] >= bytes[entry.start..entry.end]) {
            return None;
        }
        entries.push(entry);
        from = to;
    }
    Some(entries)
}

fn read_file(bytes: &[u8], start: usize, end: usize) -> Option<Entry> {
    let width = offset_size_of_total(end - start);
    let body_end = end - width;
    let name_end = start.checked_add(read_offset(&bytes[body_end..end]))?;
    if name_end.checked_add(CHECKSUM)? != body_end || offset_size(body_end - start, 1) != width {
        return None;
    }
    read_name(bytes, start, name_end)
}

fn read_directory(bytes: &[u8], start: usize, end: usize) -> Option<Entry> {
    let width = offset_size_of_total(end - start);
    let body_end = end.checked_sub(2 * width).filter(|body_end| *body_end > start)?;
    let tree_end = start.checked_add(read_offset(&bytes[body_end..body_end + width]))?;
    let name_end = start.checked_add(read_offset(&bytes[body_end + width..end]))?;
    let framed = name_end.checked_add(CHECKSUM)? == tree_end && tree_end.checked_add(CHECKSUM)? == body_end;
    if !framed || offset_size(body_end - start, 2) != width {
        return None;
    }
    read_name(bytes, start, name_end)
}

/// Reads the string in start..end, its NUL included.
fn read_name(bytes: &[u8], start: usize, end: usize) -> Option<Entry> {
    let (nul, name) = bytes.get(start..end)?.split_last()?;
    let bad = *nul != 0 || matches!(name, b"" | b"." | b"..") || name.iter().any(|byte| matches!(byte, 0 | b'/'));
    if bad || std::str::from_utf8(name).is_err() { None } else { Some(Entry { start, end: end - 1 }) }
}

/// A name and what it stands for: the checksum of content, or of a dirtree and a dirmeta.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub name: &'a str,
    pub checksums: &'a [Checksum],
}

/// Serialises a dirtree; both lists are sorted by name, and no name is in both.
pub fn write_dirtree<'a>(
    files: impl Iterator<Item = Named<'a>>,
    directories: impl Iterator<Item = Named<'a>>,
) -> Vec<u8> {
    let mut out = Vec::new();
    push_array(&mut out, files);
    let files_end = out.len();
    push_array(&mut out, directories);
    let width = offset_size(out.len(), 1);
    push_offset(&mut out, files_end, width);
    out
}

fn push_array<'a>(out: &mut Vec<u8>, entries: impl Iterator<Item = Named<'a>>) {
    let start = out.len();
    let mut ends = Vec::with_capacity(entries.size_hint().0);
    for entry in entries {
        push_entry(out, entry);
        ends.push(out.len() - start);
    }
    let width = offset_size(out.len() - start, ends.len());
    ends.iter().for_each(|end| push_offset(out, *end, width));
}

/// A tuple: its parts, then where each but the last ends, the last of these first.
fn push_entry(out: &mut Vec<u8>, Named { name, checksums }: Named) {
    out.extend_from_slice(name.as_bytes());
    out.push(0);
    checksums.iter().for_each(|checksum| out.extend_from_slice(checksum));
    let name_end = name.len() + 1;
    let width = offset_size(name_end + checksums.len() * CHECKSUM, checksums.len());
    for before in (0..checksums.len()).rev() {
        push_offset(out, name_end + before * CHECKSUM, width);
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Serialises a dirtree, with no checks.
    pub fn write(files: &[(&str, Checksum)], directories: &[(&str, Checksum, Checksum)]) -> Vec<u8> {
        let pairs: Vec<[Checksum; 2]> = directories.iter().map(|(_, tree, meta)| [*tree, *meta]).collect();
        write_dirtree(
            files.iter().map(|(name, checksum)| Named { name, checksums: std::slice::from_ref(checksum) }),
            directories.iter().zip(&pairs).map(|((name, ..), pair)| Named { name, checksums: pair }),
        )
    }

    #[test]
    fn what_is_written_is_read() {
        for count in [0, 1, 2, 7, 300, 3000] {
            let names: Vec<String> = (0..count).map(|index| format!("name{index:05}")).collect();
            let sum = |index: usize| [index as u8; 32];
            let files: Vec<(&str, Checksum)> =
                names.iter().enumerate().map(|(i, name)| (name.as_str(), sum(i))).collect();
            let bytes = write(&files, &[("d", sum(1), sum(2)), ("é", sum(3), sum(4))]);
            let read = Dirtree::parse(bytes).expect("valid");
            assert_eq!(read.files.len(), count);
            for (entry, (name, sum)) in read.files.iter().zip(&files) {
                assert_eq!((read.name(*entry).to_str(), read.checksum(*entry)), (Ok(*name), sum));
            }
            let last = read.directories[1];
            assert_eq!((read.name(last).to_str(), read.checksum(last), read.meta(last)), (Ok("é"), &sum(3), &sum(4)));
        }
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let zero = [0; 32];
        for bad in ["", ".", "..", "a/b", "a\0b"] {
            assert!(Dirtree::parse(write(&[(bad, zero)], &[])).is_none(), "{bad}");
            assert!(Dirtree::parse(write(&[], &[(bad, zero, zero)])).is_none(), "{bad}");
        }
        assert!(Dirtree::parse(write(&[("b", zero), ("a", zero)], &[])).is_none());
        assert!(Dirtree::parse(write(&[("a", zero), ("a", zero)], &[])).is_none());
        assert!(Dirtree::parse(write(&[("a", zero), ("c", zero)], &[("b", zero, zero), ("c", zero, zero)])).is_none());
    }

    #[test]
    fn a_dirtree_cut_short_or_changed_never_panics() {
        let zero = [0; 32];
        let whole = write(&[("a", zero), ("bb", zero)], &[("d", zero, zero)]);
        for length in 0..whole.len() {
            assert!(Dirtree::parse(whole[..length].to_vec()).is_none(), "{length}");
        }
        for at in 0..whole.len() {
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = Dirtree::parse(changed);
            }
        }
    }
}
