//! The `verify` batch: objects read whole and compared with their names.

use std::os::fd::AsFd;

use crate::crew::{Crew, HUGE};
use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::push_hash_prefix;
use crate::scratch::Scratch;
use crate::source::{Body, Content, Found, Source, read_file};
use crate::together::Together;
use crate::wide::hash_wide;

/// What is known of one object.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    /// The object was read; `actual` is its true name.
    Read {
        actual: Checksum,
        bytes: u64,
    },
    Missing,
    /// It cannot be a whole object; the fault says why.
    Corrupt(Fault),
}

pub fn verify(
    source: &Source,
    checksums: &[u8],
    types: &[u8],
    scratch: &mut Scratch,
    crew: &Crew,
) -> Vec<Outcome<Verified>> {
    let mut batch = Batch { source, crew, verdicts: Vec::new(), waiting: Vec::new(), together: Together::default() };
    std::mem::swap(&mut batch.together, &mut scratch.together);
    batch.together.clear();
    for (checksum, object_type) in checksums.as_chunks::<32>().0.iter().zip(types) {
        scratch.reset();
        batch.look_at(checksum, *object_type, scratch);
    }
    batch.hash_waiting();
    std::mem::swap(&mut batch.together, &mut scratch.together);
    batch.verdicts
}

struct Batch<'a> {
    source: &'a Source,
    crew: &'a Crew,
    verdicts: Vec<Outcome<Verified>>,
    /// Verdicts that wait for their messages to be hashed, with the bytes of content.
    waiting: Vec<(usize, u64)>,
    together: Together,
}

/// An object that has been looked at.
enum Seen {
    /// Its bytes have to be hashed, the last of which so many are content.
    Waits(u64),
    Hashed(Checksum, u64),
    Missing,
}

impl Batch<'_> {
    fn look_at(&mut self, checksum: &Checksum, object_type: u8, scratch: &mut Scratch) {
        let verdict = match self.read(checksum, object_type, scratch) {
            Ok(Seen::Waits(bytes)) => {
                self.waiting.push((self.verdicts.len(), bytes));
                Ok(Verified::Missing) // until it is hashed
            }
            Ok(Seen::Hashed(actual, bytes)) => Ok(Verified::Read { actual, bytes }),
            Ok(Seen::Missing) => Ok(Verified::Missing),
            Err(fault) if fault.code == "FORMAT_INVALID" => Ok(Verified::Corrupt(fault)),
            Err(fault) => Err(fault),
        };
        self.verdicts.push(verdict);
        if self.together.is_much() {
            self.hash_waiting();
        }
    }

    fn read(&mut self, checksum: &Checksum, object_type: u8, scratch: &mut Scratch) -> Outcome<Seen> {
        let extension = match object_type {
            1 => self.source.spec.mode.content_extension(),
            2 => "dirtree",
            3 => "dirmeta",
            4 => "commit",
            _ => return Err(Fault::told("USAGE", format!("objects of type {object_type} are not verified"))),
        };
        let Some(found) = self.source.find_to_read(checksum, extension)? else { return Ok(Seen::Missing) };
        let seen = match object_type {
            1 => self.read_content(&found, scratch),
            _ => digest_metadata(self.source, &found, scratch).map(|(actual, bytes)| Seen::Hashed(actual, bytes)),
        };
        seen.map_err(|fault| fault.at(|| found.path()))
    }

    fn read_content(&mut self, found: &Found, scratch: &mut Scratch) -> Outcome<Seen> {
        let content = self.source.load(found, scratch)?;
        let size = content.size;
        if !content.is_small() {
            return digest_loaded(self.source, content, scratch, self.crew).map(|actual| Seen::Hashed(actual, size));
        }
        self.together.add(|message| {
            push_hash_prefix(message, content.header.owner, &content.header.target, &content.header.xattrs);
            content.append_to(scratch, message)
        })?;
        Ok(Seen::Waits(size))
    }

    fn hash_waiting(&mut self) {
        let digests = self.together.digests(self.source.spec.algorithm);
        for ((index, bytes), actual) in self.waiting.drain(..).zip(digests) {
            self.verdicts[index] = Ok(Verified::Read { actual, bytes });
        }
        self.together.clear();
    }
}

/// The true name of a content object, and its size.
pub fn digest_content(source: &Source, found: &Found, scratch: &mut Scratch, crew: &Crew) -> Outcome<(Checksum, u64)> {
    let content = source.load(found, scratch)?;
    let size = content.size;
    Ok((digest_loaded(source, content, scratch, crew)?, size))
}

fn digest_loaded(source: &Source, content: Content, scratch: &mut Scratch, crew: &Crew) -> Outcome<Checksum> {
    let mut hasher = source.spec.algorithm.hasher();
    let mut prefix = Vec::new();
    push_hash_prefix(&mut prefix, content.header.owner, &content.header.target, &content.header.xattrs);
    hasher.update(&prefix);
    let size = content.size;
    if let Body::File(fd) = &content.body
        && size >= HUGE
        && let Some(done) = crew.together(|| hash_wide(fd.as_fd(), hasher.clone(), size, None))
    {
        return done;
    }
    content.read(scratch, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok(hasher.finish())
}

fn digest_metadata(source: &Source, found: &Found, scratch: &mut Scratch) -> Outcome<(Checksum, u64)> {
    let (fd, size) = found.open()?;
    let mut hasher = source.spec.algorithm.hasher();
    read_file(&fd, size, scratch, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok((hasher.finish(), size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;
    use crate::ingest::{Ingest, ingest};
    use crate::ingest_file::Manner;
    use crate::object::StoreMode;
    use crate::source::SourceSpec;
    use crate::target::{Target, TargetSpec};
    use std::fs;
    use std::path::{Path, PathBuf};

    const HELLO: &str = "81381808c56d4f3d643ec12f6a18fcf2993af8daba7c2a1b2cbfc315b39424c6";
    const LINK: &str = "73baaba0102e9154b8522687d33eedb8ed1bc78eadb82428b2616144ec502934";

    fn text(path: &Path) -> String {
        path.to_str().expect("utf-8").to_owned()
    }

    /// Stores a file and a symlink in a fresh repository; their checksums.
    fn filled(root: &Path, mode: StoreMode) -> (PathBuf, Vec<u8>) {
        let (tree, objects, tmp) = (root.join("tree"), root.join("objects"), root.join("tmp"));
        for path in [&tree, &objects, &tmp] {
            fs::create_dir(path).expect("mkdir");
        }
        fs::write(tree.join("hello"), "hello world\n").expect("write");
        std::os::unix::fs::symlink("hello", tree.join("link")).expect("symlink");
        let spec = TargetSpec {
            mode,
            algorithm: Algorithm::Sha256,
            objects: vec![text(&objects)],
            destination: text(&objects),
            visible: true,
            tmp: text(&tmp),
            zlib_level: 6,
            sync_each: false,
        };
        let batch = Ingest {
            root: &text(&tree),
            directories: "\0",
            directory_index: &[0, 0],
            names: "hello\0link\0",
            attributes: &[0, 0, 0o100644, 0, 0, 0o120777],
            manner: Manner { read_xattrs: false, store: true, consume: false, crew: Crew::new(1) },
            witnesses: &[],
            added_xattrs: &[],
            added_xattr_ends: &[],
        };
        let target = Target::open(spec).expect("opens");
        let done = ingest(&batch, &target, &mut Scratch::default()).expect("ingests");
        (objects, done.into_iter().flat_map(|file| file.expect("stores").checksum).collect())
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn check(objects: &Path, mode: StoreMode, checksums: &[u8]) -> Vec<Outcome<Verified>> {
        let spec = SourceSpec { mode, algorithm: Algorithm::Sha256, objects: vec![text(objects)] };
        verify(&Source::open(spec).expect("opens"), checksums, &[1, 1], &mut Scratch::default(), &Crew::new(1))
    }

    #[test]
    fn stored_objects_have_the_golden_checksums_and_are_sound() {
        for mode in [StoreMode::Archive, StoreMode::BareUserOnly] {
            let temp = tempfile::tempdir().expect("tempdir");
            let (objects, checksums) = filled(temp.path(), mode);
            assert_eq!(hex(&checksums), [HELLO, LINK].concat());
            for (found, expected) in check(&objects, mode, &checksums).iter().zip(checksums.as_chunks::<32>().0) {
                assert!(matches!(found, Ok(Verified::Read { actual, .. }) if actual == expected), "{found:?}");
            }
        }
    }

    #[test]
    fn damage_and_absence_are_told_apart() {
        let temp = tempfile::tempdir().expect("tempdir");
        let (objects, checksums) = filled(temp.path(), StoreMode::Archive);
        let path = |checksum: &str| objects.join(&checksum[..2]).join(format!("{}.filez", &checksum[2..]));
        fs::write(path(HELLO), "rubbish").expect("write");
        fs::remove_file(path(LINK)).expect("unlink");
        let found = check(&objects, StoreMode::Archive, &checksums);
        assert!(matches!(&found[0], Ok(Verified::Corrupt(fault)) if fault.code == "FORMAT_INVALID"));
        assert_eq!(found[1], Ok(Verified::Missing));
    }
}
