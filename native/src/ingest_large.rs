//! Files too large to be held in memory, and files that move into the store as they are.
//!
//! - bare modes: hash while copying into an unnamed file (or hash a block-sharing clone), then name it;
//! - archive: hash in a first pass, so that nothing is compressed twice, compress in a second that hashes again;
//! - consumed files of `bare` and `bare-user-only`: hash in place, then rename.
//!
//! What is merely hashed or copied goes through `wide` where it is huge and threads are idle.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{SeekFrom, Stat};
use rustix::io::Errno;

use crate::crew::HUGE;
use crate::deflate::StreamCompressor;
use crate::digest::{Checksum, Hasher};
use crate::fault::{Fault, Named, Outcome};
use crate::header::{ostreemeta, push_filez_header};
use crate::ingest_file::{Ingested, Ingester, Manner, Opened};
use crate::object::{ObjectName, StoreMode};
use crate::scratch::Scratch;
use crate::store_content::{mark, regular_dress};
use crate::sys;
use crate::target::{Draft, Dress, Target};
use crate::wide::hash_wide;
use crate::xattr;

/// Pieces that stay in the second-level cache between read, hash and write.
pub const PIECE: usize = 256 * 1024;

/// Hashes and stores one file; `scratch.content` holds what is hashed before its content.
pub fn ingest_large(ingester: &Ingester, scratch: &mut Scratch, opened: &Opened) -> Outcome<Ingested> {
    let Ingester { manner, target } = *ingester;
    let mut done = Ingested { size: opened.stat.st_size as u64, ..Ingested::default() };
    let mut hasher = target.spec.algorithm.hasher();
    hasher.update(&scratch.content);
    if ingester.may_adopt(&opened.stat) && adoptable(target, opened)? {
        done.checksum = hash_whole(manner, scratch, opened.fd.as_fd(), hasher.clone(), done.size)?;
        match adopt(target, opened, done) {
            // Mounts of one device, with no rename between them.
            Err(fault) if fault.is(Errno::XDEV) => rewind(opened)?,
            other => return other,
        }
    }
    if !manner.store {
        done.checksum = hash_whole(manner, scratch, opened.fd.as_fd(), hasher, done.size)?;
        return Ok(done);
    }
    match target.spec.mode {
        StoreMode::Archive => store_archive(manner, target, scratch, opened, hasher, done),
        _ => store_bare(manner, target, scratch, opened, hasher),
    }
}

fn rewind(opened: &Opened) -> Outcome<()> {
    rustix::fs::seek(&opened.fd, SeekFrom::Start(0)).call("lseek").map(|_| ())
}

/// Runs `work` on several threads where the file is huge and there are some.
fn together<T: Send>(manner: &Manner, size: u64, work: impl FnOnce() -> T + Send) -> Option<T> {
    if size < HUGE { None } else { manner.crew.together(work) }
}

/// Hashes `size` bytes from where `fd` stands to its end.
fn hash_whole(manner: &Manner, scratch: &mut Scratch, fd: BorrowedFd, hasher: Hasher, size: u64) -> Outcome<Checksum> {
    match together(manner, size, || hash_wide(fd, hasher.clone(), size, None)) {
        Some(done) => done,
        None => hash_rest(fd, hasher, size, scratch, |_| Ok(())),
    }
}

/// Hashes `size` bytes from where `fd` stands, handing each piece on; FILE_CHANGED when there are more or fewer.
fn hash_rest(
    fd: BorrowedFd,
    mut hasher: Hasher,
    size: u64,
    scratch: &mut Scratch,
    mut piece: impl FnMut(&[u8]) -> Outcome<()>,
) -> Outcome<Checksum> {
    scratch.content.resize(PIECE, 0);
    let mut total = 0;
    loop {
        let count = sys::read_full(fd, &mut scratch.content)?;
        total += count as u64;
        if total > size {
            return Err(sys::changed());
        }
        hasher.update(&scratch.content[..count]);
        piece(&scratch.content[..count])?;
        if count < PIECE {
            break;
        }
    }
    if total == size { Ok(hasher.finish()) } else { Err(sys::changed()) }
}

fn store_bare(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    opened: &Opened,
    hasher: Hasher,
) -> Outcome<Ingested> {
    let draft = begin_draft(target, opened)?;
    let filled = fill_draft(manner, scratch, opened, &draft, hasher);
    let checksum = filled.inspect_err(|_| discard(target, &draft))?;
    store_draft(target, opened, draft, &checksum)
}

/// An unnamed file that shall hold the content of a source file.
pub fn begin_draft(target: &Target, opened: &Opened) -> Outcome<Draft> {
    let meta = ostreemeta(opened.source.owner, &opened.xattrs);
    target.begin(regular_dress(target.spec.mode, opened.source.owner, &opened.xattrs, &meta))
}

/// Names what holds the content of a source file, unless the object is there.
pub fn store_draft(target: &Target, opened: &Opened, draft: Draft, checksum: &Checksum) -> Outcome<Ingested> {
    let mut done = Ingested { checksum: *checksum, size: opened.stat.st_size as u64, ..Ingested::default() };
    let name = ObjectName::new(checksum, target.spec.mode.content_extension());
    if target.has(&name)? {
        discard(target, &draft);
        done.existed = true;
        return Ok(done);
    }
    let meta = ostreemeta(opened.source.owner, &opened.xattrs);
    let dress = regular_dress(target.spec.mode, opened.source.owner, &opened.xattrs, &meta);
    target.finish(draft.fd.as_fd(), dress).map_err(|fault| target.drop_draft(&draft, fault))?;
    let put = target.name_draft(draft, &name)?;
    mark(&mut done, put);
    Ok(done)
}

/// Hashes and stores a file of the target's own `tmp`, which goes: moved into the store where it need not be compressed.
pub fn ingest_spilled(target: &Target, scratch: &mut Scratch, opened: &Opened) -> Outcome<Ingested> {
    let mut done = Ingested { size: opened.stat.st_size as u64, ..Ingested::default() };
    let mut hasher = target.spec.algorithm.hasher();
    hasher.update(&scratch.content);
    done.checksum = hash_rest(opened.fd.as_fd(), hasher.clone(), done.size, scratch, |_| Ok(()))?;
    if target.spec.mode == StoreMode::Archive {
        return store_named_archive(target, scratch, opened, hasher, done);
    }
    let name = ObjectName::new(&done.checksum, "file");
    if target.has(&name)? {
        done.existed = true;
        return Ok(done);
    }
    let meta = ostreemeta(opened.source.owner, &opened.xattrs);
    target.finish(opened.fd.as_fd(), regular_dress(target.spec.mode, opened.source.owner, &opened.xattrs, &meta))?;
    let put = target.adopt(opened.source.directory, opened.source.path, &name)?;
    mark(&mut done, put);
    Ok(done)
}

/// Leaves nothing of a draft.
pub fn discard(target: &Target, draft: &Draft) {
    target.drop_draft(draft, Fault::told("INTERNAL", ""));
}

fn fill_draft(
    manner: &Manner,
    scratch: &mut Scratch,
    opened: &Opened,
    draft: &Draft,
    hasher: Hasher,
) -> Outcome<Checksum> {
    let (from, to, size) = (opened.fd.as_fd(), draft.fd.as_fd(), opened.stat.st_size as u64);
    if sys::clone_content(from, to, opened.stat.st_dev) {
        // Reading the clone hashes what the object will hold, whatever happens to the source.
        return hash_whole(manner, scratch, to, hasher, size);
    }
    match together(manner, size, || hash_wide(from, hasher.clone(), size, Some(to))) {
        Some(done) => done,
        None => hash_rest(from, hasher, size, scratch, |piece| sys::write_full(to, piece)),
    }
}

fn store_archive(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    opened: &Opened,
    hasher: Hasher,
    mut done: Ingested,
) -> Outcome<Ingested> {
    let again = hasher.clone();
    done.checksum = hash_whole(manner, scratch, opened.fd.as_fd(), hasher, done.size)?;
    store_named_archive(target, scratch, opened, again, done)
}

/// The second pass over a file whose name is known.
fn store_named_archive(
    target: &Target,
    scratch: &mut Scratch,
    opened: &Opened,
    again: Hasher,
    mut done: Ingested,
) -> Outcome<Ingested> {
    let name = ObjectName::new(&done.checksum, "filez");
    if target.has(&name)? || target.has_staged(&name)? {
        done.existed = true;
        return Ok(done);
    }
    rewind(opened)?;
    push_filez_header(&mut scratch.stored, done.size, opened.source.owner, b"", &opened.xattrs);
    let draft = target.begin(Dress::PLAIN)?;
    let compressed = compress_into(target, scratch, opened, &draft, again, &done);
    done.stored_size = compressed.inspect_err(|_| discard(target, &draft))?;
    let put = target.name_draft(draft, &name)?;
    mark(&mut done, put);
    Ok(done)
}

fn compress_into(
    target: &Target,
    scratch: &mut Scratch,
    opened: &Opened,
    draft: &Draft,
    hasher: Hasher,
    done: &Ingested,
) -> Outcome<u64> {
    let to = draft.fd.as_fd();
    sys::write_full(to, &scratch.stored)?;
    let mut stream = StreamCompressor::new(to, target.spec.zlib_level);
    let checksum = hash_rest(opened.fd.as_fd(), hasher, done.size, scratch, |piece| stream.push(piece))?;
    if checksum != done.checksum {
        return Err(sys::changed());
    }
    let written = stream.finish()?;
    target.finish(to, Dress::PLAIN)?;
    Ok(scratch.stored.len() as u64 + written)
}

/// Whether renaming the file gives what copying it would: same file system, and an owner and attributes that the object
/// shall have or that can be set.
fn adoptable(target: &Target, opened: &Opened) -> Outcome<bool> {
    let same_device = target.device()? == opened.stat.st_dev;
    let own = target.spec.mode == StoreMode::Bare || opened.stat.st_uid == rustix::process::geteuid().as_raw();
    Ok(same_device && own && xattr::read_open(opened.fd.as_fd())? == opened.xattrs)
}

/// Moves a hashed file into the store; the caller removes a source that was not moved.
fn adopt(target: &Target, opened: &Opened, mut done: Ingested) -> Outcome<Ingested> {
    let name = ObjectName::new(&done.checksum, "file");
    if target.has(&name)? {
        done.existed = true;
        return Ok(done);
    }
    let dress = regular_dress(target.spec.mode, opened.source.owner, &[], &[]);
    target.finish(opened.fd.as_fd(), dress)?;
    let put = target.adopt(opened.source.directory, opened.source.path, &name)?;
    mark(&mut done, put);
    if !done.existed {
        check_adopted(target, &name, &opened.stat)?;
    }
    Ok(done)
}

/// Renames go by name: proves that the name still stood for the file that was hashed.
fn check_adopted(target: &Target, name: &ObjectName, stat: &Stat) -> Outcome<()> {
    match target.stat_staged(name)? {
        Some(found) if sys::same_inode(&found, stat) => Ok(()),
        Some(_) => {
            target.remove_staged(name)?;
            Err(Fault::told("FILE_CHANGED", "file was replaced while it was read"))
        }
        None => Err(Fault::system("renameat2", Errno::NOENT)),
    }
}
