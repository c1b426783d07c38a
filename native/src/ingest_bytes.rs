//! The `ingest_bytes` batch: contents that come from a stream become content objects.
//!
//! Small ones are in memory, one after the other; large ones were spilled to files of the target's `tmp`, which are moved
//! into the store or removed. A failed file is left to the transaction, which removes all of `tmp`.

use std::ffi::CString;

use crate::fault::{Fault, Outcome};
use crate::header::{Owner, check_mode, push_hash_prefix};
use crate::ingest_file::{Ingested, Opened, Source};
use crate::ingest_large::ingest_spilled;
use crate::names::{check_name, unpack};
use crate::scratch::Scratch;
use crate::store_content::{Whole, check_storable, hash_symlink, settle_whole, store_symlink};
use crate::sys;
use crate::target::Target;

pub struct IngestBytes<'a> {
    /// uid, gid, mode per file.
    pub attributes: &'a [u32],
    pub bytes: &'a [u8],
    /// End of each content in `bytes`.
    pub ends: &'a [u32],
    pub xattrs: &'a [u8],
    /// End of each list in `xattrs`.
    pub xattr_ends: &'a [u32],
    /// What the files are called when they fail.
    pub names: &'a str,
    /// Per file its name in `tmp`, or an empty one for a content in `bytes`.
    pub spilled: &'a str,
}

pub fn ingest_bytes(batch: &IngestBytes, target: &Target, scratch: &mut Scratch) -> Vec<Outcome<Ingested>> {
    let one = |(index, (name, spilled)): (usize, (&str, &str))| {
        scratch.reset();
        ingest_one(batch, target, scratch, index, spilled).map_err(|fault| fault.at(|| name.to_owned()))
    };
    unpack(batch.names).zip(unpack(batch.spilled)).enumerate().map(one).collect()
}

fn ingest_one(
    batch: &IngestBytes,
    target: &Target,
    scratch: &mut Scratch,
    index: usize,
    spilled: &str,
) -> Outcome<Ingested> {
    let Some([uid, gid, mode]) = batch.attributes.get(index * 3..index * 3 + 3) else {
        return Err(Fault::told("INTERNAL", "attributes are missing"));
    };
    let owner = Owner { uid: *uid, gid: *gid, mode: *mode };
    let content = slice(batch.bytes, batch.ends, index)?;
    let xattrs = slice(batch.xattrs, batch.xattr_ends, index)?;
    check_mode(owner.mode).map_err(|fault| fault.with_code("FILE_TYPE_UNSUPPORTED"))?;
    check_storable(target.spec.mode, owner, xattrs)?;
    if sys::is_symlink(owner.mode) {
        return ingest_symlink(target, scratch, owner, content, xattrs);
    }
    push_hash_prefix(&mut scratch.content, owner, b"", xattrs);
    if !spilled.is_empty() {
        return ingest_file(target, scratch, owner, spilled, xattrs);
    }
    scratch.content.extend_from_slice(content);
    let checksum = target.spec.algorithm.digest(&scratch.content);
    settle_whole(true, target, scratch, &Whole { owner, xattrs, content, checksum: &checksum })
}

/// Element `index` of those that lie one after the other.
pub fn slice<'a>(bytes: &'a [u8], ends: &[u32], index: usize) -> Outcome<&'a [u8]> {
    let start = if index == 0 { Some(&0) } else { ends.get(index - 1) };
    let range = start.zip(ends.get(index)).and_then(|(start, end)| bytes.get(*start as usize..*end as usize));
    range.ok_or_else(|| Fault::told("INTERNAL", "a content lies outside of its batch"))
}

fn ingest_symlink(
    target: &Target,
    scratch: &mut Scratch,
    owner: Owner,
    link: &[u8],
    xattrs: &[u8],
) -> Outcome<Ingested> {
    if link.is_empty() || link.contains(&0) {
        return Err(Fault::told("PATH_INVALID", "symlink target is empty or contains a NUL byte"));
    }
    scratch.target.extend_from_slice(link);
    let mut done = hash_symlink(target, scratch, owner, xattrs)?;
    store_symlink(target, scratch, owner, xattrs, &mut done)?;
    Ok(done)
}

fn ingest_file(target: &Target, scratch: &mut Scratch, owner: Owner, name: &str, xattrs: &[u8]) -> Outcome<Ingested> {
    check_name(name)?;
    let path = CString::new(name).map_err(|_| Fault::told("PATH_INVALID", "file name contains a NUL byte"))?;
    let fd = sys::open_for_reading(target.tmp(), &path)?;
    let stat = sys::stat_of(std::os::fd::AsFd::as_fd(&fd))?;
    let source = Source { directory: target.tmp(), name, path: &path, owner, added: &[] };
    let opened = Opened { source: &source, fd, stat, xattrs: xattrs.to_vec() };
    let done = ingest_spilled(target, scratch, &opened)?;
    match sys::unlink(target.tmp(), &path) {
        Err(fault) if !fault.is(rustix::io::Errno::NOENT) => Err(fault), // NOENT: moved into the store
        _ => Ok(done),
    }
}
