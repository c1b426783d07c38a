//! One source file becomes a content object.
//!
//! Small files (and, for an archive, all that are compressed in one piece) are read whole: hash, look, write. Larger
//! ones go through `ingest_large`. What is hashed is always header, then content.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::Stat;

use crate::crew::Crew;
use crate::deflate::whole_limit;
use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::{Owner, check_mode, ostreemeta, push_filez_header, push_hash_prefix};
use crate::ingest_large::ingest_large;
use crate::object::{ObjectName, StoreMode};
use crate::scratch::Scratch;
use crate::sys;
use crate::target::{Dress, Put, Target};
use crate::witness::{end_lease, has_no_writer, is_same};
use crate::xattr;

/// Files of bare modes up to this size are read whole.
const SMALL_LIMIT: u64 = 1024 * 1024;

/// What happens to the files of a batch or of a tree.
pub struct Manner {
    pub read_xattrs: bool,
    /// False hashes only.
    pub store: bool,
    pub consume: bool,
    pub crew: Crew,
}

/// What became of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ingested {
    pub checksum: Checksum,
    pub existed: bool,
    /// Content bytes, of a symlink those of its target.
    pub size: u64,
    /// Bytes of the object in an archive; 0 where none was written.
    pub stored_size: u64,
    /// What was read is what the witness saw, and nobody was writing to it.
    pub settled: bool,
}

/// One source file, with everything that is known before it is opened.
pub struct Source<'a> {
    pub directory: BorrowedFd<'a>,
    pub name: &'a str,
    pub path: &'a CStr,
    pub owner: Owner,
    /// Attributes, serialised, that come to those it has, in the place of such of the same names.
    pub added: &'a [u8],
}

/// A regular source file, open.
pub struct Opened<'a> {
    pub source: &'a Source<'a>,
    pub fd: OwnedFd,
    pub stat: Stat,
    /// Serialised, as they are hashed.
    pub xattrs: Vec<u8>,
}

/// A file that has been begun with.
pub enum Begun {
    Done(Ingested),
    /// It has been read: what is to be hashed of it is the latest message of `scratch.together`.
    Read(Unhashed),
}

/// A file that has been read and not been hashed.
pub struct Unhashed {
    owner: Owner,
    xattrs: Vec<u8>,
    /// Bytes that are hashed before the content.
    header: usize,
    settled: bool,
}

/// Hashes one file and, where that is asked for, stores it. `witness` is what the walk saw of it.
pub fn ingest_file(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    source: &Source,
    witness: Option<&[f64]>,
) -> Outcome<Ingested> {
    scratch.together.clear();
    let done = match begin_file(manner, target, scratch, source, witness)? {
        Begun::Done(done) => done,
        Begun::Read(unhashed) => {
            let together = std::mem::take(&mut scratch.together);
            let message = together.messages().concat();
            let checksum = target.spec.algorithm.digest(&message);
            let done = finish_file(manner, target, scratch, &unhashed, &message, &checksum);
            scratch.together = together;
            done?
        }
    };
    if manner.store {
        consume(manner, source)?;
    }
    Ok(done)
}

/// Reads a small file, so that it can be hashed together with others; does with any other all there is to do. Nothing
/// is consumed.
pub fn begin_file(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    source: &Source,
    witness: Option<&[f64]>,
) -> Outcome<Begun> {
    check_mode(source.owner.mode).map_err(|fault| fault.with_code("FILE_TYPE_UNSUPPORTED"))?;
    if sys::is_symlink(source.owner.mode) {
        ingest_symlink(manner, target, scratch, source, witness).map(Begun::Done)
    } else {
        begin_regular(manner, target, scratch, source, witness)
    }
}

/// Goes on with a file whose message has been hashed.
pub fn finish_file(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    unhashed: &Unhashed,
    message: &[u8],
    checksum: &Checksum,
) -> Outcome<Ingested> {
    let Unhashed { owner, xattrs, header, settled } = unhashed;
    let whole = Whole { owner: *owner, xattrs, content: &message[*header..], checksum };
    Ok(Ingested { settled: *settled, ..settle_whole(manner.store, target, scratch, &whole)? })
}

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

/// The attributes of a source file, refused where the store could not keep them.
fn take_xattrs(
    manner: &Manner,
    target: &Target,
    source: &Source,
    read: impl FnOnce() -> Outcome<Vec<u8>>,
) -> Outcome<Vec<u8>> {
    let found = if manner.read_xattrs { read()? } else { Vec::new() };
    let xattrs = xattr::replace(found, source.added)?;
    if manner.store {
        check_storable(target.spec.mode, source.owner, &xattrs)?;
    }
    Ok(xattrs)
}

fn ingest_symlink(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    source: &Source,
    witness: Option<&[f64]>,
) -> Outcome<Ingested> {
    sys::read_link(source.directory, source.path, &mut scratch.target)?;
    let xattrs = take_xattrs(manner, target, source, || xattr::read_named(source.directory, source.name))?;
    let hashed = hash_symlink(target, scratch, source.owner, &xattrs)?;
    let mut done = Ingested { settled: is_settled_symlink(source, witness)?, ..hashed };
    if manner.store {
        store_symlink(target, scratch, source.owner, &xattrs, &mut done)?;
    }
    Ok(done)
}

/// The directory is held open: only a rename of the symlink itself, which changes its ctime, puts another in its place.
fn is_settled_symlink(source: &Source, witness: Option<&[f64]>) -> Outcome<bool> {
    let Some(witness) = witness else { return Ok(false) };
    let stat = sys::stat_at(source.directory, source.path)?;
    Ok(stat.is_some_and(|stat| is_same(witness, &stat)))
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

fn begin_regular(
    manner: &Manner,
    target: &Target,
    scratch: &mut Scratch,
    source: &Source,
    witness: Option<&[f64]>,
) -> Outcome<Begun> {
    let opened = open_source(manner, target, source)?;
    // Before the first byte is read: who writes later than this changes ctime.
    let settled = witness.is_some_and(|seen| is_same(seen, &opened.stat) && has_no_writer(opened.fd.as_fd()));
    let size = opened.stat.st_size as u64;
    let whole = if target.spec.mode == StoreMode::Archive && manner.store { whole_limit() } else { SMALL_LIMIT };
    if size <= whole.min(SMALL_LIMIT) && !may_adopt(manner, target, &opened.stat) {
        return scratch.together.add(|message| read_small(message, opened, settled)).map(Begun::Read);
    }
    push_hash_prefix(&mut scratch.content, source.owner, b"", &opened.xattrs);
    let done = if size <= whole && !may_adopt(manner, target, &opened.stat) {
        ingest_whole(manner, target, scratch, &opened)?
    } else {
        if settled {
            end_lease(opened.fd.as_fd()); // nobody shall wait while a large file is read
        }
        ingest_large(manner, target, scratch, &opened)?
    };
    Ok(Begun::Done(Ingested { settled, ..done }))
}

fn read_small(message: &mut Vec<u8>, opened: Opened, settled: bool) -> Outcome<Unhashed> {
    let start = message.len();
    push_hash_prefix(message, opened.source.owner, b"", &opened.xattrs);
    let header = message.len() - start;
    sys::read_regular(opened.fd.as_fd(), opened.stat.st_size as usize, message)?;
    Ok(Unhashed { owner: opened.source.owner, xattrs: opened.xattrs, header, settled })
}

fn open_source<'a>(manner: &Manner, target: &Target, source: &'a Source<'a>) -> Outcome<Opened<'a>> {
    let fd = sys::open_for_reading(source.directory, source.path).map_err(symlink_now)?;
    let stat = sys::stat_of(fd.as_fd())?;
    if !sys::is_regular(stat.st_mode) {
        return Err(Fault::told("FILE_CHANGED", "not a regular file any more"));
    }
    let xattrs = take_xattrs(manner, target, source, || xattr::read_open(fd.as_fd()))?;
    Ok(Opened { source, fd, stat, xattrs })
}

/// Opening with O_NOFOLLOW answers ELOOP when a symlink has taken the place of the file.
fn symlink_now(fault: Fault) -> Fault {
    if fault.is(rustix::io::Errno::LOOP) { Fault::told("FILE_CHANGED", "a symbolic link now") } else { fault }
}

/// Whether the file itself may become the object.
pub fn may_adopt(manner: &Manner, target: &Target, stat: &Stat) -> bool {
    let mode = matches!(target.spec.mode, StoreMode::Bare | StoreMode::BareUserOnly);
    manner.store && manner.consume && mode && stat.st_nlink == 1
}

fn ingest_whole(manner: &Manner, target: &Target, scratch: &mut Scratch, opened: &Opened) -> Outcome<Ingested> {
    let mut message = std::mem::take(&mut scratch.content);
    let header = message.len();
    sys::read_regular(opened.fd.as_fd(), opened.stat.st_size as usize, &mut message)?;
    let checksum = target.spec.algorithm.digest(&message);
    let whole =
        Whole { owner: opened.source.owner, xattrs: &opened.xattrs, content: &message[header..], checksum: &checksum };
    let done = settle_whole(manner.store, target, scratch, &whole);
    scratch.content = message;
    done
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

fn consume(manner: &Manner, source: &Source) -> Outcome<()> {
    if !manner.consume {
        return Ok(());
    }
    match sys::unlink(source.directory, source.path) {
        Err(fault) if fault.is(rustix::io::Errno::NOENT) => Ok(()), // adopted
        other => other,
    }
}
