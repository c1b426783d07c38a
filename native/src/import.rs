//! The `import` batch: content objects of one repository become content objects of another.
//!
//! Where both look the same on disk the object is linked; else it is read, hashed and written in the other mode. An
//! object whose bytes do not give its name is never written.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{SeekFrom, Stat};

use crate::crew::Crew;
use crate::deflate::{StreamCompressor, whole_limit};
use crate::digest::{Checksum, Hasher};
use crate::fault::{Fault, Named, Outcome};
use crate::header::{Header, ostreemeta, push_filez_header, push_hash_prefix};
use crate::object::{ObjectName, StoreMode};
use crate::place::{cannot_link, missing};
use crate::scratch::Scratch;
use crate::source::{Body, Content, Found, Source};
use crate::store_content::{check_canonical_mode, check_storable, regular_dress, store_link};
use crate::sys;
use crate::target::{Draft, Dress, Put, Target};
use crate::verify::digest_content;

/// Contents up to this size are written in one piece.
const SMALL_LIMIT: u64 = 1024 * 1024;

/// What is asked of every object.
pub struct Manner {
    /// False writes a file of its own for each object.
    pub link: bool,
    /// Hashes what is linked, too.
    pub verify: bool,
    /// Refuses regular files with mode bits outside of 0775.
    pub canonical_modes: bool,
    pub crew: Crew,
}

/// What became of an object; with its bytes of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    Linked(u64),
    Copied(u64),
    Existed,
}

pub struct Importer<'a> {
    pub manner: Manner,
    pub source: &'a Source,
    pub target: &'a Target,
}

/// An object on its way: the name it must turn out to have, in both repositories.
struct Object<'a> {
    checksum: &'a Checksum,
    found: &'a Found<'a>,
    name: &'a ObjectName,
}

impl Importer<'_> {
    /// One result per checksum.
    pub fn import_all(&self, checksums: &[u8], scratch: &mut Scratch) -> Vec<Outcome<Imported>> {
        checksums.as_chunks::<32>().0.iter().map(|checksum| self.import(checksum, scratch)).collect()
    }

    /// An object that this transaction has imported before is read again, and is found to exist when it gets its name.
    pub fn import(&self, checksum: &Checksum, scratch: &mut Scratch) -> Outcome<Imported> {
        scratch.reset();
        let name = ObjectName::new(checksum, self.target.spec.mode.content_extension());
        if self.target.has(&name)? {
            return Ok(Imported::Existed);
        }
        let found = self.source.find_content_to_read(checksum)?;
        let found = found.ok_or_else(|| Fault::told("OBJECT_MISSING", missing(checksum)))?;
        let object = Object { checksum, found: &found, name: &name };
        if self.manner.canonical_modes {
            let header = self.source.load(&found, scratch)?.header;
            check_canonical_mode(header.owner).map_err(|fault| fault.at(|| found.path()))?;
        }
        if self.manner.link && self.may_link(&object, scratch)? {
            match self.link(&object, scratch) {
                Err(fault) if cannot_link(&fault) => {}
                other => return other,
            }
        }
        self.copy(&object, scratch).map_err(|fault| fault.at(|| found.path()))
    }

    /// Whether the inode is what the other repository would hold: the same mode, or a plain file out of a bare-user one.
    fn may_link(&self, object: &Object, scratch: &mut Scratch) -> Outcome<bool> {
        match (self.source.spec.mode, self.target.spec.mode) {
            (StoreMode::BareUser, StoreMode::BareUserOnly) => {
                let header = self.source.load(object.found, scratch)?.header;
                check_storable(self.target.spec.mode, header.owner, &header.xattrs)
                    .map_err(|fault| fault.at(|| object.found.path()))?;
                Ok(sys::is_regular(header.owner.mode) && object.found.stat.st_mode == header.owner.mode)
            }
            (from, to) => Ok(from == to),
        }
    }

    fn link(&self, object: &Object, scratch: &mut Scratch) -> Outcome<Imported> {
        let found = object.found;
        if self.manner.verify {
            let (actual, _) = digest_content(self.source, found, scratch, &self.manner.crew)?;
            self.expect(object, actual).map_err(|fault| fault.at(|| found.path()))?;
        }
        let put = self.target.link(found.directory, found.name.path(), object.name)?;
        Ok(if put == Put::Stored { Imported::Linked(found.stat.st_size as u64) } else { Imported::Existed })
    }

    fn copy(&self, object: &Object, scratch: &mut Scratch) -> Outcome<Imported> {
        let content = self.source.load(object.found, scratch)?;
        check_storable(self.target.spec.mode, content.header.owner, &content.header.xattrs)?;
        let size = content.size;
        let put = if sys::is_symlink(content.header.owner.mode) {
            self.copy_symlink(object, &content.header, scratch)?
        } else if is_filez(self.source) && is_filez_target(self.target) {
            self.copy_compressed(object, scratch)?
        } else if size <= self.piece_limit() {
            self.copy_whole(object, content, scratch)?
        } else {
            self.copy_stream(object, content, scratch)?
        };
        Ok(if put == Put::Stored { Imported::Copied(size) } else { Imported::Existed })
    }

    fn piece_limit(&self) -> u64 {
        if is_filez_target(self.target) { whole_limit() } else { SMALL_LIMIT }
    }

    fn hasher(&self, header: &Header) -> Hasher {
        let mut prefix = Vec::new();
        push_hash_prefix(&mut prefix, header.owner, &header.target, &header.xattrs);
        let mut hasher = self.source.spec.algorithm.hasher();
        hasher.update(&prefix);
        hasher
    }

    fn expect(&self, object: &Object, actual: Checksum) -> Outcome<()> {
        if actual == *object.checksum {
            return Ok(());
        }
        let hex: String = actual.iter().map(|byte| format!("{byte:02x}")).collect();
        Err(Fault::told("OBJECT_CORRUPT", format!("the object has checksum {hex}")))
    }

    fn copy_symlink(&self, object: &Object, header: &Header, scratch: &mut Scratch) -> Outcome<Put> {
        self.expect(object, self.hasher(header).finish())?;
        scratch.target.clear();
        scratch.target.extend_from_slice(&header.target);
        Ok(store_link(self.target, scratch, header.owner, &header.xattrs, object.name)?.0)
    }

    fn copy_whole(&self, object: &Object, content: Content, scratch: &mut Scratch) -> Outcome<Put> {
        let (header, size) = (content.header.clone(), content.size);
        content.read_whole(scratch)?;
        let mut hasher = self.hasher(&header);
        hasher.update(&scratch.content);
        self.expect(object, hasher.finish())?;
        if !is_filez_target(self.target) {
            let meta = ostreemeta(header.owner, &header.xattrs);
            return self.target.put(object.name, &[&scratch.content], self.dress(&header, &meta));
        }
        scratch.stored.clear();
        push_filez_header(&mut scratch.stored, size, header.owner, b"", &header.xattrs);
        scratch.deflater.compress(&scratch.content, self.target.spec.zlib_level, &mut scratch.stored)?;
        self.target.put(object.name, &[&scratch.stored], Dress::PLAIN)
    }

    fn dress<'a>(&self, header: &'a Header, meta: &'a [u8]) -> Dress<'a> {
        regular_dress(self.target.spec.mode, header.owner, &header.xattrs, meta)
    }

    /// The name is known beforehand, so that large content goes over in one pass; it is named when it has hashed well.
    fn copy_stream(&self, object: &Object, content: Content, scratch: &mut Scratch) -> Outcome<Put> {
        let header = content.header.clone();
        let meta = ostreemeta(header.owner, &header.xattrs);
        let dress = if is_filez_target(self.target) { Dress::PLAIN } else { self.dress(&header, &meta) };
        let draft = self.target.begin(dress)?;
        let filled = if is_filez_target(self.target) {
            self.compress(object, content, &draft, scratch)
        } else {
            self.fill(object, content, &draft, scratch)
        };
        self.finish(object, draft, dress, filled)
    }

    fn finish(&self, object: &Object, draft: Draft, dress: Dress, filled: Outcome<()>) -> Outcome<Put> {
        let finished = filled.and_then(|()| self.target.finish(draft.fd.as_fd(), dress));
        finished.map_err(|fault| self.target.drop_draft(&draft, fault.at(|| object.found.path())))?;
        self.target.name_draft(draft, object.name)
    }

    fn fill(&self, object: &Object, content: Content, draft: &Draft, scratch: &mut Scratch) -> Outcome<()> {
        let mut hasher = self.hasher(&content.header);
        let to = draft.fd.as_fd();
        if let Body::File(from) = &content.body
            && sys::clone_content(from.as_fd(), to, object.found.stat.st_dev)
        {
            // Hashing the clone hashes what the object will hold, whatever happens to the source.
            let clone = to.try_clone_to_owned().map_err(|error| Fault::told("SYSTEM", error.to_string()))?;
            return self.hash_into(object, Content { body: Body::File(clone), ..content }, hasher, scratch);
        }
        content.read(scratch, |piece| {
            hasher.update(piece);
            sys::write_full(to, piece)
        })?;
        self.expect(object, hasher.finish())
    }

    fn hash_into(&self, object: &Object, content: Content, mut hasher: Hasher, scratch: &mut Scratch) -> Outcome<()> {
        content.read(scratch, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        self.expect(object, hasher.finish())
    }

    fn compress(&self, object: &Object, content: Content, draft: &Draft, scratch: &mut Scratch) -> Outcome<()> {
        let to = draft.fd.as_fd();
        let mut hasher = self.hasher(&content.header);
        let mut header = Vec::new();
        push_filez_header(&mut header, content.size, content.header.owner, b"", &content.header.xattrs);
        sys::write_full(to, &header)?;
        let mut stream = StreamCompressor::new(to, self.target.spec.zlib_level);
        content.read(scratch, |piece| {
            hasher.update(piece);
            stream.push(piece)
        })?;
        stream.finish()?;
        self.expect(object, hasher.finish())
    }

    /// The compressed stream is good as it is; it is inflated only to be hashed.
    fn copy_compressed(&self, object: &Object, scratch: &mut Scratch) -> Outcome<Put> {
        let (actual, _) = digest_content(self.source, object.found, scratch, &self.manner.crew)?;
        self.expect(object, actual)?;
        let from = sys::open_for_reading(object.found.directory, object.found.name.path())?;
        let draft = self.target.begin(Dress::PLAIN)?;
        let filled = copy_file(&from, &draft, &object.found.stat, scratch);
        self.finish(object, draft, Dress::PLAIN, filled)
    }
}

/// Copies the bytes that were just hashed; objects do not change once they are named.
fn copy_file(from: &OwnedFd, draft: &Draft, stat: &Stat, scratch: &mut Scratch) -> Outcome<()> {
    if sys::clone_content(from.as_fd(), draft.fd.as_fd(), stat.st_dev) {
        return Ok(());
    }
    rustix::fs::seek(from, SeekFrom::Start(0)).call("lseek")?;
    crate::source::read_file(from, stat.st_size as u64, scratch, |piece| sys::write_full(draft.fd.as_fd(), piece))
}

fn is_filez(source: &Source) -> bool {
    source.spec.mode == StoreMode::Archive
}

fn is_filez_target(target: &Target) -> bool {
    target.spec.mode == StoreMode::Archive
}
