//! The `ingest` batch: source files become content objects.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;

use crate::fault::{Fault, Outcome};
use crate::header::Owner;
use crate::ingest_bytes::slice;
use crate::ingest_file::{Ingested, Ingester, Manner, Source};
use crate::names::{check_name, check_relative, join, unpack};
use crate::scratch::Scratch;
use crate::sys;
use crate::target::Target;
use crate::witness::witness_of;

pub struct Ingest<'a> {
    pub root: &'a str,
    pub directories: &'a str,
    pub directory_index: &'a [u32],
    pub names: &'a str,
    /// uid, gid, mode per file.
    pub attributes: &'a [u32],
    pub manner: Manner,
    /// `WITNESS_FIELDS` numbers per file, or nothing.
    pub witnesses: &'a [f64],
    /// A serialised list of attributes per file, one after the other, and their ends; or nothing.
    pub added_xattrs: &'a [u8],
    pub added_xattr_ends: &'a [u32],
}

pub fn ingest(batch: &Ingest, target: &Target, scratch: &mut Scratch) -> Outcome<Vec<Outcome<Ingested>>> {
    let root = sys::open_directory(batch.root)?;
    let directories: Vec<&str> = unpack(batch.directories).collect();
    let mut current = Current { index: u32::MAX, fd: None };
    let one = |(index, name): (usize, &str)| {
        let place = batch.directory_index.get(index).copied().unwrap_or(u32::MAX);
        let directory = directories.get(place as usize).copied().unwrap_or_default();
        let done = current.enter(&root, place, &directories).and_then(|fd| {
            scratch.reset();
            ingest_one(batch, target, scratch, fd, index, name)
        });
        done.map_err(|fault| fault.at(|| join(&[batch.root, directory, name])))
    };
    Ok(unpack(batch.names).enumerate().map(one).collect())
}

/// The directory that the last file was in; files of one directory come together.
struct Current {
    index: u32,
    fd: Option<OwnedFd>,
}

impl Current {
    fn enter(&mut self, root: &OwnedFd, index: u32, directories: &[&str]) -> Outcome<BorrowedFd<'_>> {
        if self.index != index {
            self.fd = None;
        }
        let fd = match self.fd.take() {
            Some(fd) => fd,
            None => {
                let directory = directories.get(index as usize);
                let directory = directory.ok_or_else(|| Fault::told("INTERNAL", "directory index is out of range"))?;
                check_relative(directory)?;
                sys::open_beneath(root.as_fd(), directory, OFlags::PATH | OFlags::DIRECTORY)?
            }
        };
        self.index = index;
        let fd: &OwnedFd = self.fd.insert(fd);
        Ok(fd.as_fd())
    }
}

fn ingest_one(
    batch: &Ingest,
    target: &Target,
    scratch: &mut Scratch,
    directory: BorrowedFd,
    index: usize,
    name: &str,
) -> Outcome<Ingested> {
    check_name(name)?;
    let path = CString::new(name).map_err(|_| Fault::told("PATH_INVALID", "file name contains a NUL byte"))?;
    let Some([uid, gid, mode]) = batch.attributes.get(index * 3..index * 3 + 3) else {
        return Err(Fault::told("INTERNAL", "attributes are missing"));
    };
    let owner = Owner { uid: *uid, gid: *gid, mode: *mode };
    let added =
        if batch.added_xattr_ends.is_empty() { &[] } else { slice(batch.added_xattrs, batch.added_xattr_ends, index)? };
    let source = Source { directory, name, path: &path, owner, added };
    let ingester = Ingester { manner: &batch.manner, target };
    ingester.ingest(scratch, &source, witness_of(batch.witnesses, index))
}
