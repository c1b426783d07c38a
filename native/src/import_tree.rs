//! Whole trees imported in steps: what `readMetadata`, `store` and `importObjects` do batch by batch.
//!
//! Each of the threads takes a dirtree from the stack, reads it, compares it with its name, stacks those below it and
//! pieces of its files, and stores it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::crew::Crew;
use crate::digest::Checksum;
use crate::dirtree::Dirtree;
use crate::fault::Outcome;
use crate::header::read_dirmeta;
use crate::import::{Imported, Importer, Manner};
use crate::job_stack::JobStack;
use crate::object::ObjectName;
use crate::place_tree::{DIRMETA, DIRTREE, Trouble};
use crate::read_metadata::{Read, read_one};
use crate::scratch::Scratch;
use crate::source::Source;
use crate::store::store_object;
use crate::target::{Put, Target};

/// Contents known to have been taken: 8 MB of them.
const REMEMBERED_CONTENTS: usize = 180_000;
/// Files that one thread imports before it looks for more work, and their bytes.
const PIECE_FILES: usize = 64;
const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// As in `Manner`.
#[derive(Clone, Copy)]
pub struct Settings {
    pub link: bool,
    pub verify: bool,
    pub canonical_modes: bool,
}

pub struct ImportTree {
    settings: Settings,
    contents: Source,
    metadata: Source,
    target: Target,
    jobs: JobStack<Job>,
    state: Mutex<State>,
}

/// What a step has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Done {
    /// Content objects by what became of them.
    pub linked: u32,
    pub copied: u32,
    pub existed: u32,
    pub bytes_copied: u64,
    /// Metadata objects that the target did not have.
    pub metadata_written: u32,
    /// Whether nothing is left to do.
    pub complete: bool,
    metadata: u32,
    bytes: u64,
}

impl Done {
    fn count(&mut self, imported: Imported) {
        match imported {
            Imported::Linked(bytes) => {
                self.linked += 1;
                self.bytes += bytes;
            }
            Imported::Copied(bytes) => {
                self.copied += 1;
                self.bytes += bytes;
                self.bytes_copied += bytes;
            }
            Imported::Existed => self.existed += 1,
        }
    }

    fn add(&mut self, more: &Done) {
        self.linked += more.linked;
        self.copied += more.copied;
        self.existed += more.existed;
        self.bytes_copied += more.bytes_copied;
        self.metadata_written += more.metadata_written;
        self.metadata += more.metadata;
        self.bytes += more.bytes;
    }
}

/// How much a step does before it comes back.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Objects of all kinds.
    pub objects: u32,
    /// Bytes of content.
    pub bytes: u64,
    /// Threads at work, the calling one among them.
    pub threads: usize,
}

impl Limits {
    fn reached(self, done: &Done) -> bool {
        let objects = done.linked + done.copied + done.existed + done.metadata;
        objects >= self.objects || done.bytes >= self.bytes
    }
}

type Progress<T> = Result<T, Trouble>;

enum Job {
    Tree {
        tree: Checksum,
        meta: Checksum,
    },
    /// Contents that nobody else has taken, from one of them on.
    Files {
        contents: Arc<[Checksum]>,
        from: usize,
    },
}

#[derive(Default)]
struct State {
    dirtrees: HashSet<Checksum>,
    dirmetas: HashSet<Checksum>,
    contents: HashSet<Checksum>,
    done: Done,
    trouble: Option<Trouble>,
}

impl ImportTree {
    pub fn new(settings: Settings, contents: Source, metadata: Source, target: Target) -> ImportTree {
        ImportTree { settings, contents, metadata, target, jobs: JobStack::default(), state: Mutex::default() }
    }

    /// One more tree for the steps to come.
    pub fn add(&self, tree: Checksum, meta: Checksum) {
        self.jobs.push([Job::Tree { tree, meta }]);
    }

    /// Goes on until the limits are reached or everything is done. After trouble nothing more is ever done.
    pub fn step(&mut self, limits: Limits, scratch: &mut Scratch) -> Progress<Done> {
        let enough = || {
            let state = self.lock();
            state.trouble.is_some() || limits.reached(&state.done)
        };
        self.jobs.run(limits.threads, scratch, enough, |job, scratch| {
            let crew = Crew::new(limits.threads as u32);
            let mut done = Done::default();
            let ended = self.run(job, crew, &mut done, scratch);
            let mut state = self.lock();
            state.done.add(&done);
            if let Err(trouble) = ended {
                state.trouble.get_or_insert(trouble);
            }
        });
        let mut state = self.lock();
        let mut done = std::mem::take(&mut state.done);
        done.complete = self.jobs.is_empty();
        state.trouble.clone().map_or(Ok(done), Err)
    }

    /// After a panic nothing of the state counts any more.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, job: Job, crew: Crew, done: &mut Done, scratch: &mut Scratch) -> Progress<()> {
        match job {
            Job::Tree { tree, meta } => self.import_tree(&tree, &meta, done),
            Job::Files { contents, from } => Ok(self.import_files(contents, from, crew, (done, scratch))?),
        }
    }

    fn import_tree(&self, tree: &Checksum, meta: &Checksum, done: &mut Done) -> Progress<()> {
        let (new_meta, new_tree) = {
            let mut state = self.lock();
            (state.dirmetas.insert(*meta), state.dirtrees.insert(*tree))
        };
        if new_meta {
            let bytes = self.sound(DIRMETA, meta, "dirmeta")?;
            read_dirmeta(&bytes).map_err(|_| Trouble::Unreadable(DIRMETA, *meta))?;
            self.store(meta, "dirmeta", &bytes, done)?;
        }
        if new_tree {
            let bytes = self.sound(DIRTREE, tree, "dirtree")?;
            let dirtree = Dirtree::parse(bytes).ok_or(Trouble::Unreadable(DIRTREE, *tree))?;
            self.stack(&dirtree);
            self.store(tree, "dirtree", dirtree.bytes(), done)?;
        }
        Ok(())
    }

    /// The bytes of a metadata object, which give its name. A failed call is told as it is.
    fn sound(&self, object_type: u32, checksum: &Checksum, extension: &str) -> Progress<Vec<u8>> {
        let mut bytes = Vec::new();
        match read_one(&self.metadata, checksum, extension, &mut bytes)? {
            Read::Sound => Ok(bytes),
            Read::Missing | Read::Corrupt(_) => Err(Trouble::Unreadable(object_type, *checksum)),
        }
    }

    fn store(&self, checksum: &Checksum, extension: &str, bytes: &[u8], done: &mut Done) -> Outcome<()> {
        let put = store_object(&self.target, &ObjectName::new(checksum, extension), bytes)?;
        done.metadata += 1;
        done.metadata_written += u32::from(put == Put::Stored);
        Ok(())
    }

    /// Files are done before what is below, so that the stack has the brothers of one path only.
    fn stack(&self, dirtree: &Dirtree) {
        let below = dirtree.directories.iter().rev();
        let below = below.map(|entry| Job::Tree { tree: *dirtree.checksum(*entry), meta: *dirtree.meta(*entry) });
        let contents = self.take_new(dirtree);
        let pieces = contents.chunks(PIECE_FILES).rev();
        self.jobs.push(below.chain(pieces.map(|piece| Job::Files { contents: Arc::from(piece), from: 0 })));
    }

    /// The contents of a directory that no other has named before.
    fn take_new(&self, dirtree: &Dirtree) -> Vec<Checksum> {
        let mut state = self.lock();
        if state.contents.len() >= REMEMBERED_CONTENTS {
            state.contents.clear(); // one that comes again is found when it gets its name
        }
        let contents = dirtree.files.iter().map(|entry| *dirtree.checksum(*entry));
        contents.filter(|checksum| state.contents.insert(*checksum)).collect()
    }

    fn import_files(
        &self,
        contents: Arc<[Checksum]>,
        from: usize,
        crew: Crew,
        (done, scratch): (&mut Done, &mut Scratch),
    ) -> Outcome<()> {
        let Settings { link, verify, canonical_modes } = self.settings;
        let manner = Manner { link, verify, canonical_modes, crew };
        let importer = Importer { manner, source: &self.contents, target: &self.target };
        for (index, checksum) in contents.iter().enumerate().skip(from) {
            done.count(importer.import(checksum, scratch)?);
            if done.bytes >= PIECE_BYTES {
                self.jobs.push([Job::Files { contents: Arc::clone(&contents), from: index + 1 }]);
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    use crate::digest::Algorithm;
    use crate::dirtree::tests::write;
    use crate::header::{Owner, push_hash_prefix, write_dirmeta};
    use crate::object::StoreMode;
    use crate::source::SourceSpec;
    use crate::target::TargetSpec;

    const OWNER: Owner = Owner { uid: 0, gid: 0, mode: 0o100644 };

    fn text(path: &Path) -> String {
        path.to_str().expect("utf-8").to_owned()
    }

    fn make(path: &Path) -> String {
        fs::create_dir_all(path).expect("mkdir");
        text(path)
    }

    /// A bare-user-only repository made by hand.
    struct Crafted<'a>(&'a Path);

    impl Crafted<'_> {
        fn put(&self, checksum: Checksum, extension: &str, bytes: &[u8]) -> Checksum {
            let path = self.0.join(ObjectName::new(&checksum, extension).as_str());
            fs::create_dir_all(path.parent().expect("parent")).expect("mkdir");
            fs::write(path, bytes).expect("write");
            checksum
        }

        fn metadata(&self, extension: &str, bytes: &[u8]) -> Checksum {
            self.put(Algorithm::Sha256.digest(bytes), extension, bytes)
        }

        fn file(&self, content: &str) -> Checksum {
            let mut hashed = Vec::new();
            push_hash_prefix(&mut hashed, OWNER, b"", b"");
            hashed.extend_from_slice(content.as_bytes());
            self.put(Algorithm::Sha256.digest(&hashed), "file", content.as_bytes())
        }
    }

    fn open(root: &Path) -> ImportTree {
        let source = || {
            let objects = vec![make(&root.join("from"))];
            Source::open(SourceSpec { mode: StoreMode::BareUserOnly, algorithm: Algorithm::Sha256, objects })
        };
        let target = TargetSpec {
            mode: StoreMode::BareUserOnly,
            algorithm: Algorithm::Sha256,
            objects: vec![make(&root.join("to"))],
            destination: make(&root.join("staging")),
            visible: false,
            tmp: make(&root.join("tmp")),
            zlib_level: 6,
            sync_each: false,
        };
        let settings = Settings { link: true, verify: true, canonical_modes: false };
        let (contents, metadata) = (source().expect("opens"), source().expect("opens"));
        ImportTree::new(settings, contents, metadata, Target::open(target).expect("opens"))
    }

    #[test]
    fn steps_bring_everything_over_once() {
        let temp = tempfile::tempdir().expect("tempdir");
        let mut trees = open(temp.path());
        let from = temp.path().join("from");
        let crafted = Crafted(&from);
        let names: Vec<(String, Checksum)> =
            (0..200).map(|index| (format!("{index:03}"), crafted.file(&format!("{}", index % 150)))).collect();
        let files: Vec<(&str, Checksum)> = names.iter().map(|(name, checksum)| (name.as_str(), *checksum)).collect();
        let meta = crafted.metadata("dirmeta", &write_dirmeta(Owner { mode: 0o40755, ..OWNER }, b""));
        let below = crafted.metadata("dirtree", &write(&files, &[]));
        let root = crafted.metadata("dirtree", &write(&files[..9], &[("a", below, meta), ("b", below, meta)]));
        trees.add(root, meta);
        let (mut sum, mut steps) = (Done::default(), 0);
        while !sum.complete {
            let done = trees.step(Limits { objects: 20, bytes: 1 << 20, threads: 2 }, &mut Scratch::default());
            let done = done.expect("steps");
            sum.add(&done);
            sum.complete = done.complete;
            steps += 1;
        }
        assert_eq!((sum.linked, sum.copied, sum.existed, sum.metadata_written), (150, 0, 0, 3));
        assert!(steps > 1);
        trees.add(below, meta);
        let again = trees.step(Limits { objects: 20, bytes: 1 << 20, threads: 2 }, &mut Scratch::default());
        assert_eq!(again, Ok(Done { complete: true, ..Done::default() }));
    }

    #[test]
    fn metadata_that_is_not_what_its_name_says_ends_it() {
        let temp = tempfile::tempdir().expect("tempdir");
        let mut trees = open(temp.path());
        let from = temp.path().join("from");
        let crafted = Crafted(&from);
        let meta = crafted.metadata("dirmeta", &write_dirmeta(Owner { mode: 0o40755, ..OWNER }, b""));
        let tree = crafted.put([7; 32], "dirtree", &write(&[], &[]));
        trees.add(tree, meta);
        let limits = Limits { objects: 20, bytes: 1 << 20, threads: 2 };
        for _ in 0..2 {
            let ended = trees.step(limits, &mut Scratch::default());
            assert_eq!(ended, Err(Trouble::Unreadable(DIRTREE, tree)));
        }
        assert!(!temp.path().join("staging/07").exists());
    }
}
