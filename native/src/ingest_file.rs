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
use crate::header::{Owner, check_mode, push_hash_prefix};
use crate::ingest_large::ingest_large;
use crate::ingest_pair::ingest_pair;
use crate::object::StoreMode;
use crate::scratch::Scratch;
use crate::store_content::{Whole, check_storable, hash_symlink, settle_whole, store_symlink};
use crate::sys;
use crate::target::Target;
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

/// Makes source files content objects of one store.
pub struct Ingester<'a> {
    pub manner: &'a Manner,
    pub target: &'a Target,
}

impl Ingester<'_> {
    /// Hashes one file and, where that is asked for, stores it. `witness` is what the walk saw of it.
    pub fn ingest(&self, scratch: &mut Scratch, source: &Source, witness: Option<&[f64]>) -> Outcome<Ingested> {
        scratch.together.clear();
        let done = match self.begin(scratch, source, witness)? {
            Begun::Done(done) => done,
            Begun::Read(unhashed) => {
                let together = std::mem::take(&mut scratch.together);
                let message = together.messages().last().copied().unwrap_or_default();
                let checksum = self.target.spec.algorithm.digest(message);
                let done = self.finish(scratch, &unhashed, message, &checksum);
                scratch.together = together;
                done?
            }
        };
        if self.manner.store {
            self.consume(source)?;
        }
        Ok(done)
    }

    /// Reads a small file, so that it can be hashed together with others; does with any other all there is to do. Nothing
    /// is consumed.
    pub fn begin(&self, scratch: &mut Scratch, source: &Source, witness: Option<&[f64]>) -> Outcome<Begun> {
        check_mode(source.owner.mode).map_err(|fault| fault.with_code("FILE_TYPE_UNSUPPORTED"))?;
        if sys::is_symlink(source.owner.mode) {
            self.ingest_symlink(scratch, source, witness).map(Begun::Done)
        } else {
            self.begin_regular(scratch, source, witness)
        }
    }

    /// Goes on with a file whose message has been hashed.
    pub fn finish(
        &self,
        scratch: &mut Scratch,
        unhashed: &Unhashed,
        message: &[u8],
        checksum: &Checksum,
    ) -> Outcome<Ingested> {
        let Unhashed { owner, xattrs, header, settled } = unhashed;
        let whole = Whole { owner: *owner, xattrs, content: &message[*header..], checksum };
        Ok(Ingested { settled: *settled, ..settle_whole(self.manner.store, self.target, scratch, &whole)? })
    }

    /// The attributes of a source file, refused where the store could not keep them.
    fn take_xattrs(&self, source: &Source, read: impl FnOnce() -> Outcome<Vec<u8>>) -> Outcome<Vec<u8>> {
        let found = if self.manner.read_xattrs { read()? } else { Vec::new() };
        let xattrs = xattr::replace(found, source.added)?;
        if self.manner.store {
            check_storable(self.target.spec.mode, source.owner, &xattrs)?;
        }
        Ok(xattrs)
    }

    fn ingest_symlink(&self, scratch: &mut Scratch, source: &Source, witness: Option<&[f64]>) -> Outcome<Ingested> {
        sys::read_link(source.directory, source.path, &mut scratch.target)?;
        let xattrs = self.take_xattrs(source, || xattr::read_named(source.directory, source.name))?;
        let hashed = hash_symlink(self.target, scratch, source.owner, &xattrs)?;
        let mut done = Ingested { settled: is_settled_symlink(source, witness)?, ..hashed };
        if self.manner.store {
            store_symlink(self.target, scratch, source.owner, &xattrs, &mut done)?;
        }
        Ok(done)
    }

    /// Stores two large files of a bare store at once; nothing is consumed.
    pub fn ingest_two(
        &self,
        sources: [&Source; 2],
        witnesses: [Option<&[f64]>; 2],
    ) -> Result<[Ingested; 2], (usize, Fault)> {
        let open = |at: usize| {
            let opened = self.open(sources[at]).map_err(|fault| (at, fault))?;
            let settled = is_settled(&opened, witnesses[at]);
            if settled {
                end_lease(opened.fd.as_fd());
            }
            Ok((opened, settled))
        };
        let [(left, left_settled), (right, right_settled)] = [open(0)?, open(1)?];
        let [left, right] = ingest_pair(self.target, [&left, &right])?;
        Ok([Ingested { settled: left_settled, ..left }, Ingested { settled: right_settled, ..right }])
    }

    fn begin_regular(&self, scratch: &mut Scratch, source: &Source, witness: Option<&[f64]>) -> Outcome<Begun> {
        let opened = self.open(source)?;
        let settled = is_settled(&opened, witness);
        let size = opened.stat.st_size as u64;
        let whole =
            if self.target.spec.mode == StoreMode::Archive && self.manner.store { whole_limit() } else { SMALL_LIMIT };
        if size <= whole.min(SMALL_LIMIT) && !self.may_adopt(&opened.stat) {
            return scratch.together.add(|message| read_small(message, opened, settled)).map(Begun::Read);
        }
        push_hash_prefix(&mut scratch.content, source.owner, b"", &opened.xattrs);
        let done = if size <= whole && !self.may_adopt(&opened.stat) {
            self.ingest_whole(scratch, &opened)?
        } else {
            if settled {
                end_lease(opened.fd.as_fd()); // nobody shall wait while a large file is read
            }
            ingest_large(self, scratch, &opened)?
        };
        Ok(Begun::Done(Ingested { settled, ..done }))
    }

    fn open<'b>(&self, source: &'b Source<'b>) -> Outcome<Opened<'b>> {
        let fd = sys::open_for_reading(source.directory, source.path).map_err(symlink_now)?;
        let stat = sys::stat_of(fd.as_fd())?;
        if !sys::is_regular(stat.st_mode) {
            return Err(Fault::told("FILE_CHANGED", "not a regular file any more"));
        }
        let xattrs = self.take_xattrs(source, || xattr::read_open(fd.as_fd()))?;
        Ok(Opened { source, fd, stat, xattrs })
    }

    /// Whether the file itself may become the object.
    pub fn may_adopt(&self, stat: &Stat) -> bool {
        let mode = matches!(self.target.spec.mode, StoreMode::Bare | StoreMode::BareUserOnly);
        self.manner.store && self.manner.consume && mode && stat.st_nlink == 1
    }

    fn ingest_whole(&self, scratch: &mut Scratch, opened: &Opened) -> Outcome<Ingested> {
        let mut message = std::mem::take(&mut scratch.content);
        let header = message.len();
        sys::read_regular(opened.fd.as_fd(), opened.stat.st_size as usize, &mut message)?;
        let checksum = self.target.spec.algorithm.digest(&message);
        let whole = Whole {
            owner: opened.source.owner,
            xattrs: &opened.xattrs,
            content: &message[header..],
            checksum: &checksum,
        };
        let done = settle_whole(self.manner.store, self.target, scratch, &whole);
        scratch.content = message;
        done
    }

    fn consume(&self, source: &Source) -> Outcome<()> {
        if !self.manner.consume {
            return Ok(());
        }
        match sys::unlink(source.directory, source.path) {
            Err(fault) if fault.is(rustix::io::Errno::NOENT) => Ok(()), // adopted
            other => other,
        }
    }
}

/// The directory is held open: only a rename of the symlink itself, which changes its ctime, puts another in its place.
fn is_settled_symlink(source: &Source, witness: Option<&[f64]>) -> Outcome<bool> {
    let Some(witness) = witness else { return Ok(false) };
    let stat = sys::stat_at(source.directory, source.path)?;
    Ok(stat.is_some_and(|stat| is_same(witness, &stat)))
}

/// To be asked before the first byte is read: who writes later than this changes ctime.
fn is_settled(opened: &Opened, witness: Option<&[f64]>) -> bool {
    witness.is_some_and(|seen| is_same(seen, &opened.stat) && has_no_writer(opened.fd.as_fd()))
}

fn read_small(message: &mut Vec<u8>, opened: Opened, settled: bool) -> Outcome<Unhashed> {
    let start = message.len();
    push_hash_prefix(message, opened.source.owner, b"", &opened.xattrs);
    let header = message.len() - start;
    sys::read_regular(opened.fd.as_fd(), opened.stat.st_size as usize, message)?;
    Ok(Unhashed { owner: opened.source.owner, xattrs: opened.xattrs, header, settled })
}

/// Opening with O_NOFOLLOW answers ELOOP when a symlink has taken the place of the file.
fn symlink_now(fault: Fault) -> Fault {
    if fault.is(rustix::io::Errno::LOOP) { Fault::told("FILE_CHANGED", "a symbolic link now") } else { fault }
}
