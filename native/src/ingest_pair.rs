//! Two large files of a bare store at once: hashed together, they take the time of one.

use std::os::fd::AsFd;

use crate::digest::Hasher;
use crate::fault::{Fault, Outcome};
use crate::header::push_hash_prefix;
use crate::ingest_file::{Ingested, Opened};
use crate::ingest_large::{PIECE, begin_draft, discard, store_draft};
use crate::sys;
use crate::target::{Draft, Target};

/// Why it failed, and which of the two.
pub type Failed = (usize, Fault);

/// Stores both, or fails and leaves no draft of either.
pub fn ingest_pair(target: &Target, [left, right]: [&Opened; 2]) -> Result<[Ingested; 2], Failed> {
    let mut left = Copying::begin(target, left).map_err(first)?;
    let mut right = Copying::begin(target, right).map_err(|fault| {
        discard(target, &left.draft);
        second(fault)
    })?;
    fill(&mut left, &mut right).inspect_err(|_| {
        discard(target, &left.draft);
        discard(target, &right.draft);
    })?;
    let left = left.store(target).map_err(|fault| {
        discard(target, &right.draft);
        first(fault)
    })?;
    Ok([left, right.store(target).map_err(second)?])
}

fn first(fault: Fault) -> Failed {
    (0, fault)
}

fn second(fault: Fault) -> Failed {
    (1, fault)
}

fn fill(left: &mut Copying, right: &mut Copying) -> Result<(), Failed> {
    while !(left.ended && right.ended) {
        left.read().map_err(first)?;
        right.read().map_err(second)?;
        let pieces = [&left.piece[..left.count], &right.piece[..right.count]];
        Hasher::update_both(&mut left.hasher, &mut right.hasher, pieces);
        left.write().map_err(first)?;
        right.write().map_err(second)?;
    }
    Ok(())
}

/// A file on its way into a draft.
struct Copying<'a> {
    opened: &'a Opened<'a>,
    draft: Draft,
    /// Whether the draft shares the blocks of the source: then it is read, and nothing written.
    cloned: bool,
    hasher: Hasher,
    piece: Vec<u8>,
    /// Bytes of the piece at hand.
    count: usize,
    total: u64,
    ended: bool,
}

impl<'a> Copying<'a> {
    fn begin(target: &Target, opened: &'a Opened<'a>) -> Outcome<Copying<'a>> {
        let draft = begin_draft(target, opened)?;
        let cloned = sys::clone_content(opened.fd.as_fd(), draft.fd.as_fd(), opened.stat.st_dev);
        let mut prefix = Vec::new();
        push_hash_prefix(&mut prefix, opened.source.owner, b"", &opened.xattrs);
        let mut hasher = target.spec.algorithm.hasher_of_pair();
        hasher.update(&prefix);
        Ok(Copying { opened, draft, cloned, hasher, piece: vec![0; PIECE], count: 0, total: 0, ended: false })
    }

    /// FILE_CHANGED where there are more bytes, or fewer, than there were.
    fn read(&mut self) -> Outcome<()> {
        self.count = 0;
        if self.ended {
            return Ok(());
        }
        let from = if self.cloned { self.draft.fd.as_fd() } else { self.opened.fd.as_fd() };
        self.count = sys::read_full(from, &mut self.piece)?;
        self.total += self.count as u64;
        self.ended = self.count < PIECE;
        let size = self.opened.stat.st_size as u64;
        if self.total > size || (self.ended && self.total < size) { Err(sys::changed()) } else { Ok(()) }
    }

    fn write(&self) -> Outcome<()> {
        if self.cloned { Ok(()) } else { sys::write_full(self.draft.fd.as_fd(), &self.piece[..self.count]) }
    }

    fn store(self, target: &Target) -> Outcome<Ingested> {
        store_draft(target, self.opened, self.draft, &self.hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;
    use crate::header::Owner;
    use crate::ingest_file::Source;
    use crate::object::StoreMode;
    use crate::target::TargetSpec;
    use std::ffi::CString;
    use std::fs;
    use std::path::Path;

    const OWNER: Owner = Owner { uid: 0, gid: 0, mode: 0o100644 };

    fn target(root: &Path) -> Target {
        let make = |name: &str| {
            fs::create_dir_all(root.join(name)).expect("mkdir");
            root.join(name).to_str().expect("utf-8").to_owned()
        };
        Target::open(TargetSpec {
            mode: StoreMode::BareUserOnly,
            algorithm: Algorithm::Sha256,
            objects: vec![make("objects")],
            destination: make("objects"),
            visible: true,
            tmp: make("tmp"),
            zlib_level: 6,
            sync_each: false,
        })
        .expect("opens")
    }

    /// Ingests files `a` and `b` whose sizes were seen to be these.
    fn ingest(root: &Path, seen: [u64; 2]) -> Result<[Ingested; 2], Failed> {
        let directory = fs::File::open(root).expect("open");
        let names = ["a", "b"].map(|name| CString::new(name).expect("name"));
        let sources = [0, 1].map(|at| Source {
            directory: directory.as_fd(),
            name: ["a", "b"][at],
            path: &names[at],
            owner: OWNER,
            added: &[],
        });
        let [a, b] = [0, 1].map(|at| {
            let fd = sys::open_for_reading(directory.as_fd(), &names[at]).expect("open");
            let mut stat = sys::stat_of(fd.as_fd()).expect("stat");
            stat.st_size = seen[at] as i64;
            Opened { source: &sources[at], fd, stat, xattrs: Vec::new() }
        });
        ingest_pair(&target(root), [&a, &b])
    }

    #[test]
    fn both_get_the_names_and_contents_that_each_would_get() {
        let temp = tempfile::tempdir().expect("tempdir");
        for lengths in [[3 * PIECE, 3 * PIECE], [PIECE + 7, 2 * PIECE], [0, PIECE - 1], [5, 5]] {
            let contents = lengths.map(|length| (0..length).map(|at| (at * 31 + at / 251) as u8).collect::<Vec<u8>>());
            for (name, content) in ["a", "b"].iter().zip(&contents) {
                fs::write(temp.path().join(name), content).expect("write");
            }
            let done = ingest(temp.path(), lengths.map(|length| length as u64)).expect("ingests");
            for (done, content) in done.iter().zip(&contents) {
                let mut message = Vec::new();
                push_hash_prefix(&mut message, OWNER, b"", b"");
                message.extend_from_slice(content);
                assert_eq!(done.checksum, Algorithm::Sha256.digest(&message));
                let name = crate::object::ObjectName::new(&done.checksum, "file");
                assert!(fs::read(temp.path().join("objects").join(name.as_str())).expect("read") == *content);
            }
        }
    }

    #[test]
    fn one_that_changes_fails_by_its_number() {
        let temp = tempfile::tempdir().expect("tempdir");
        for name in ["a", "b"] {
            fs::write(temp.path().join(name), vec![1; PIECE + 9]).expect("write");
        }
        let size = PIECE as u64 + 9;
        for (seen, which) in [([size, size + 1], 1), ([size - 1, size], 0)] {
            let (failed, fault) = ingest(temp.path(), seen).expect_err("fails");
            assert_eq!((failed, fault.code), (which, "FILE_CHANGED"));
        }
        assert_eq!(fs::read_dir(temp.path().join("tmp")).expect("tmp").count(), 0);
    }
}
