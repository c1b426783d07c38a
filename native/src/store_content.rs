//! What is in memory becomes a content object: symlinks, and files that are held whole.

use std::ffi::CStr;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::{Owner, ostreemeta, push_filez_header, push_hash_prefix};
use crate::ingest_file::Ingested;
use crate::object::{ObjectName, StoreMode};
use crate::scratch::Scratch;
use crate::sys;
use crate::target::{Dress, Put, Target};

/// Refuses what would read back from the store as another object.
pub fn check_storable(mode: StoreMode, owner: Owner, xattrs: &[u8]) -> Outcome<()> {
    if mode != StoreMode::BareUserOnly {
        return Ok(());
    }
    check_canonical_mode(owner)?;
    if (owner.uid, owner.gid) != (0, 0) {
        let text = format!("owner {}:{} cannot be kept in a bare-user-only repository", owner.uid, owner.gid);
        return Err(Fault::format(text));
    }
    if !xattrs.is_empty() {
        return Err(Fault::format("extended attributes cannot be kept in a bare-user-only repository"));
    }
    Ok(())
}

/// Refuses a regular file with mode bits that bare-user-only does not have.
pub fn check_canonical_mode(owner: Owner) -> Outcome<()> {
    let excess = owner.mode & 0o7777 & !0o775;
    if !sys::is_regular(owner.mode) || excess == 0 {
        return Ok(());
    }
    let text = format!("invalid mode 0{:o} with bits 0{excess:o} in bare-user-only repository", owner.mode);
    Err(Fault::format(text))
}

/// Names the symlink whose target is in `scratch.target`.
pub fn hash_symlink(target: &Target, scratch: &mut Scratch, owner: Owner, xattrs: &[u8]) -> Outcome<Ingested> {
    if std::str::from_utf8(&scratch.target).is_err() {
        return Err(Fault::told("PATH_INVALID", "symlink target is not UTF-8"));
    }
    push_hash_prefix(&mut scratch.content, owner, &scratch.target, xattrs);
    let checksum = target.spec.algorithm.digest(&scratch.content);
    Ok(Ingested { checksum, size: scratch.target.len() as u64, ..Ingested::default() })
}

pub fn store_symlink(
    target: &Target,
    scratch: &mut Scratch,
    owner: Owner,
    xattrs: &[u8],
    done: &mut Ingested,
) -> Outcome<()> {
    let name = ObjectName::new(&done.checksum, target.spec.mode.content_extension());
    if target.has(&name)? {
        done.existed = true;
        return Ok(());
    }
    let (put, stored_size) = store_link(target, scratch, owner, xattrs, &name)?;
    done.stored_size = stored_size;
    mark(done, put);
    Ok(())
}

/// Writes the symlink to `scratch.target` as an object; in an archive also tells its stored size.
pub fn store_link(
    target: &Target,
    scratch: &mut Scratch,
    owner: Owner,
    xattrs: &[u8],
    name: &ObjectName,
) -> Outcome<(Put, u64)> {
    scratch.target.push(0);
    let link = CStr::from_bytes_with_nul(&scratch.target).map_err(|_| Fault::told("PATH_INVALID", "broken symlink"))?;
    let put = match target.spec.mode {
        StoreMode::Archive => {
            scratch.stored.clear();
            push_filez_header(&mut scratch.stored, 0, owner, link.to_bytes(), xattrs);
            return Ok((target.put(name, &[&scratch.stored], Dress::PLAIN)?, scratch.stored.len() as u64));
        }
        StoreMode::BareUser => {
            let meta = ostreemeta(owner, xattrs);
            target.put(name, &[link.to_bytes_with_nul()], Dress { meta: Some(&meta), epoch: true, ..Dress::PLAIN })?
        }
        StoreMode::BareUserOnly => target.put_symlink(name, link, Dress::default())?,
        _ => {
            target.put_symlink(name, link, Dress { owner: Some((owner.uid, owner.gid)), xattrs, ..Dress::default() })?
        }
    };
    Ok((put, 0))
}

/// Notes that somebody else has written the object first.
pub fn mark(done: &mut Ingested, put: Put) {
    if put == Put::Existed {
        done.existed = true;
        done.stored_size = 0;
    }
}

/// A file that is in memory and has been named.
pub struct Whole<'a> {
    pub owner: Owner,
    pub xattrs: &'a [u8],
    pub content: &'a [u8],
    pub checksum: &'a Checksum,
}

/// Stores a file that is in memory, unless it is there.
pub fn settle_whole(store: bool, target: &Target, scratch: &mut Scratch, whole: &Whole) -> Outcome<Ingested> {
    let size = whole.content.len() as u64;
    let mut done = Ingested { checksum: *whole.checksum, size, ..Ingested::default() };
    if !store {
        return Ok(done);
    }
    let name = ObjectName::new(whole.checksum, target.spec.mode.content_extension());
    if target.has(&name)? {
        done.existed = true;
        return Ok(done);
    }
    if target.spec.mode == StoreMode::Archive {
        return store_compressed(target, scratch, whole, &name, done);
    }
    let meta = ostreemeta(whole.owner, whole.xattrs);
    let dress = regular_dress(target.spec.mode, whole.owner, whole.xattrs, &meta);
    let put = target.put(&name, &[whole.content], dress)?;
    mark(&mut done, put);
    Ok(done)
}

fn store_compressed(
    target: &Target,
    scratch: &mut Scratch,
    whole: &Whole,
    name: &ObjectName,
    mut done: Ingested,
) -> Outcome<Ingested> {
    if target.has_staged(name)? {
        done.existed = true;
        return Ok(done);
    }
    scratch.stored.clear();
    push_filez_header(&mut scratch.stored, done.size, whole.owner, b"", whole.xattrs);
    scratch.deflater.compress(whole.content, target.spec.zlib_level, &mut scratch.stored)?;
    done.stored_size = scratch.stored.len() as u64;
    let put = target.put(name, &[&scratch.stored], Dress::PLAIN)?;
    mark(&mut done, put);
    Ok(done)
}

/// How the inode of a regular content object looks in each of the bare modes.
pub fn regular_dress<'a>(mode: StoreMode, owner: Owner, xattrs: &'a [u8], meta: &'a [u8]) -> Dress<'a> {
    let bits = owner.mode & 0o7777;
    let plain = Dress { mode: bits, epoch: true, ..Dress::default() };
    match mode {
        StoreMode::Bare => Dress { owner: Some((owner.uid, owner.gid)), xattrs, ..plain },
        // libostree: readable by the owner, without setuid, setgid, sticky and world-writable bits.
        StoreMode::BareUser => Dress { mode: (bits & 0o775) | 0o400, meta: Some(meta), ..plain },
        _ => plain,
    }
}
