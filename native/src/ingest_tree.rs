//! A whole directory committed in steps: what `scan`, `ingest` and `store` do batch by batch, down to the root's dirtree.
//!
//! Each of the threads takes a directory from the stack, lists it, stacks its subdirectories and pieces of its files, and
//! ingests those that the stat index does not know. The last thing to be done in a directory writes its dirtree.

use std::collections::HashMap;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::fs::{Mode, OFlags};

use crate::crew::Crew;
use crate::devino::Devino;
use crate::digest::Checksum;
use crate::dirtree::{Named, write_dirtree};
use crate::fault::{Fault, Outcome};
use crate::header::{Owner, write_dirmeta};
use crate::ingest_file::{Begun, Ingested, Ingester, Manner, Source, Unhashed};
use crate::job_stack::{JobStack, Unfinished};
use crate::modifier::{Modifier, PathRule, PathRules};
use crate::names::{check_name, join, unpack};
use crate::object::{ObjectName, StoreMode};
use crate::read_metadata::LARGEST;
use crate::scan::{Listing, STAT_FIELDS, below, list_directory};
use crate::scratch::Scratch;
use crate::source;
use crate::sys;
use crate::target::{Dress, Put, Target};
use crate::tree_index::{TreeIndex, stored_record};
use crate::tree_record::{Ids, Learned, Record};
use crate::witness::{WITNESS_COLUMNS, WITNESS_FIELDS};

/// Files that one thread ingests before it looks for more work, and their bytes.
const PIECE_FILES: usize = 256;
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Files from this size on are worth being done two at a time.
const LARGE: u64 = 16 * 1024 * 1024;
/// Trees have few different dirmetas; past this many the cache starts anew.
const MOST_DIRMETAS: usize = 4096;
const BUFFER: usize = 32 * 1024;

const MODE: usize = 0;
const UID: usize = 1;
const GID: usize = 2;
const SIZE: usize = 3;
const DEVICE: usize = 4;

pub struct Settings {
    pub root: String,
    pub modifier: Modifier,
    pub rules: PathRules,
    /// Takes the files away once they are stored.
    pub consume: bool,
    pub read_xattrs: bool,
    pub memory: Option<Memory>,
    /// `objects` directories whose content hardlinks in the source are taken for, unread.
    pub hardlinks: Vec<String>,
}

/// What earlier commits have learned of the source, and what later ones shall.
pub struct Memory {
    pub index: Option<TreeIndex>,
    /// Where objects that the index names are looked for; none where all of them are known to be there.
    pub stored: Option<source::Source>,
    /// A moment before anything is listed, in milliseconds since 1970.
    pub listed_at: f64,
    /// statfs types of file systems whose ctimes tell every change.
    pub trusted: Vec<f64>,
}

pub struct IngestTree {
    root: String,
    root_fd: OwnedFd,
    target: Target,
    modifier: Modifier,
    rules: PathRules,
    consume: bool,
    read_xattrs: bool,
    memory: Option<Memory>,
    hardlinks: Vec<String>,
    /// What they have, once the first file is met.
    devino: OnceLock<Outcome<Devino>>,
    jobs: JobStack<Job>,
    state: Mutex<State>,
}

/// What a step has done.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Done {
    /// Files that the tree has, and those of them that needed no reading.
    pub files: u32,
    pub known: u32,
    /// Those known by being hardlinks of objects.
    pub hardlinks: u32,
    pub read: u32,
    pub bytes_read: u64,
    pub written: u32,
    /// Of regular files.
    pub bytes_written: u64,
    pub metadata: u32,
    pub metadata_written: u32,
    /// Bytes charged for content, less what turned out to be there.
    pub charged: u64,
    /// Directories for the stat index, as `stored_record` makes them.
    pub records: Vec<u8>,
    /// Where records of the stat index begin that stay as they are.
    pub kept_records: Vec<f64>,
    /// Paths of the rules that have met their entry.
    pub met: Vec<String>,
    /// Set when nothing is left to do.
    pub root: Option<Ids>,
    entries: u32,
    /// Whether the next step shall go on with what this one would do alone.
    postponed: bool,
}

/// What ends a commit, or keeps it waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// With the bytes that were to be written when it came.
    Fault(Fault, u64),
    /// That many bytes may not be written yet; the next step tries again.
    NoRoom(u64),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault, 0)
    }
}

type Progress<T> = Result<T, Trouble>;

enum Job {
    Directory {
        parent: Option<(usize, usize)>,
        path: String,
    },
    /// Files of a directory, not cut into pieces yet.
    Listed {
        node: usize,
        seen: Arc<Seen>,
        rows: Vec<usize>,
    },
    Files {
        node: usize,
        seen: Arc<Seen>,
        rows: Vec<usize>,
    },
}

/// A directory as it was listed.
struct Seen {
    path: String,
    listing: Listing,
    /// Where each name ends, its NUL included.
    name_ends: Vec<usize>,
    /// Rows of the subdirectories that are to be committed.
    directories: Vec<usize>,
    /// Rows that are not, in order.
    left_out: Vec<usize>,
}

impl Seen {
    fn name(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.name_ends[before]);
        &self.listing.names[start..self.name_ends[row] - 1]
    }

    fn stat(&self, row: usize) -> &[f64] {
        &self.listing.stats[row * STAT_FIELDS..(row + 1) * STAT_FIELDS]
    }

    fn rows(&self) -> usize {
        self.name_ends.len()
    }

    /// Rows of what is to be committed and no directory.
    fn files(&self) -> impl Iterator<Item = usize> {
        let is_file = |row: &usize| !sys::is_directory(self.stat(*row)[MODE] as u32);
        (0..self.rows()).filter(move |row| is_file(row) && self.left_out.binary_search(row).is_err())
    }

    fn bytes(&self, rows: &[usize]) -> u64 {
        rows.iter().fold(0, |sum: u64, row| sum.saturating_add(self.stat(*row)[SIZE] as u64))
    }
}

fn owner_of(stat: &[f64]) -> Owner {
    Owner { uid: stat[UID] as u32, gid: stat[GID] as u32, mode: stat[MODE] as u32 }
}

/// A file as the walk saw it.
struct Sight {
    row: usize,
    path: CString,
    owner: Owner,
    witness: Option<[f64; WITNESS_FIELDS]>,
}

impl Sight {
    fn source<'a>(&'a self, seen: &'a Seen, directory: BorrowedFd<'a>) -> Source<'a> {
        Source { directory, name: seen.name(self.row), path: &self.path, owner: self.owner, added: &[] }
    }

    fn witness(&self) -> Option<&[f64]> {
        self.witness.as_ref().map(|witness| witness.as_slice())
    }
}

/// A directory that waits for checksums.
struct Waiting {
    seen: Arc<Seen>,
    /// Its parent's number of it.
    number: usize,
    meta: Checksum,
    /// Per row: of content, or of a dirtree.
    checksums: Vec<Checksum>,
    /// Rows whose content may not be remembered.
    unsettled: Vec<usize>,
    /// Per subdirectory.
    metas: Vec<Checksum>,
    /// What the index knows of it, where that is all still so.
    unchanged: Option<Record>,
}

/// Whether ctimes of a device tell every change, remembered from file to file.
#[derive(Default)]
struct Trust {
    device: Option<f64>,
    given: bool,
}

#[derive(Default)]
struct State {
    nodes: Unfinished<Waiting>,
    dirmetas: HashMap<Vec<u8>, Checksum>,
    trusted: HashMap<u64, bool>,
    done: Done,
    /// Bytes of content that may be written.
    room: u64,
    /// Bytes to read in a directory above which a step of a single thread leaves them to the next.
    alone_bytes: Option<u64>,
    trouble: Option<Trouble>,
}

/// How much a step does before it comes back.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Files read, directories counted as such; what is only looked at counts a quarter.
    pub files: u32,
    pub bytes: u64,
    pub threads: usize,
    /// Bytes of content that may be written.
    pub room: u64,
}

impl Limits {
    fn reached(self, done: &Done) -> bool {
        done.postponed || done.read + done.metadata + done.entries / 4 >= self.files || done.bytes_read >= self.bytes
    }
}

impl IngestTree {
    pub fn new(settings: Settings, target: Target) -> Outcome<IngestTree> {
        let Settings { root, modifier, rules, consume, read_xattrs, memory, hardlinks } = settings;
        let root_fd = sys::open_directory(&root)?;
        let jobs = JobStack::new(Job::Directory { parent: None, path: String::new() });
        let (devino, state) = (OnceLock::new(), Mutex::default());
        Ok(IngestTree {
            root,
            root_fd,
            target,
            modifier,
            rules,
            consume,
            read_xattrs,
            memory,
            hardlinks,
            devino,
            jobs,
            state,
        })
    }

    /// Goes on until the limits are reached, everything is done, or there is trouble. After a fault nothing more is ever
    /// done.
    pub fn step(&mut self, limits: Limits, scratch: &mut Scratch) -> (Done, Option<Trouble>) {
        let mut state = self.lock();
        state.room = limits.room;
        state.alone_bytes = (limits.threads == 1).then_some(limits.bytes);
        drop(state);
        let enough = || {
            let state = self.lock();
            state.trouble.is_some() || limits.reached(&state.done)
        };
        self.jobs.run(limits.threads, scratch, enough, |job, scratch| {
            let crew = Crew::new(limits.threads as u32);
            if let Err(trouble) = self.run(job, crew, scratch) {
                self.lock().trouble.get_or_insert(trouble);
            }
        });
        let mut state = self.lock();
        let waits = matches!(state.trouble, Some(Trouble::NoRoom(_)));
        let trouble = if waits { state.trouble.take() } else { state.trouble.clone() };
        (std::mem::take(&mut state.done), trouble)
    }

    /// After a panic nothing of the state counts any more.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full_path(&self, path: &str, name: &str) -> String {
        join(&[&self.root, path, name])
    }

    fn run(&self, job: Job, crew: Crew, scratch: &mut Scratch) -> Progress<()> {
        let manner = Manner { read_xattrs: self.read_xattrs, store: true, consume: self.consume, crew };
        match job {
            Job::Directory { parent, path } => self.visit(parent, path, &manner, scratch),
            Job::Listed { node, seen, rows } => {
                let directory = self.enter(&seen.path, OFlags::PATH)?;
                self.share(node, seen, directory.as_fd(), rows, &manner, scratch)
            }
            Job::Files { node, seen, rows } => {
                let directory = self.enter(&seen.path, OFlags::PATH)?;
                self.ingest(node, seen, directory.as_fd(), rows, &manner, scratch)
            }
        }
    }

    fn enter(&self, path: &str, access: OFlags) -> Outcome<OwnedFd> {
        let opened = sys::open_beneath(self.root_fd.as_fd(), path, access | OFlags::DIRECTORY);
        opened.map_err(|fault| fault.at(|| self.full_path(path, "")))
    }

    fn visit(
        &self,
        parent: Option<(usize, usize)>,
        path: String,
        manner: &Manner,
        scratch: &mut Scratch,
    ) -> Progress<()> {
        let directory = self.enter(&path, OFlags::RDONLY)?;
        let seen = Arc::new(self.look(directory.as_fd(), path)?);
        let old = self.memory.as_ref().and_then(|memory| memory.index.as_ref()?.lookup(&seen.path));
        let complete = self.memory.as_ref().is_some_and(|memory| memory.stored.is_none());
        let stays = complete && old.as_ref().is_some_and(|old| old.is_unchanged(&seen.listing));
        let mut waiting = self.new_waiting(&seen, parent.map_or(0, |(_, number)| number));
        let missing = match old {
            Some(old) if stays => {
                take_all(&mut waiting, old);
                Vec::new()
            }
            old => {
                waiting.meta = self.store_dirmeta(&seen)?;
                self.take_known(&mut waiting, old.as_ref(), &manner.crew)?
            }
        };
        let node = self.add(waiting, parent.map(|(node, _)| node), missing.len());
        self.stack_directories(node, &seen);
        self.settle(node, 1)?;
        if self.postpones(&seen, &missing) {
            self.jobs.push([Job::Listed { node, seen, rows: missing }]);
            return Ok(());
        }
        self.share(node, seen, directory.as_fd(), missing, manner, scratch)
    }

    /// Whether the files are too much for a step of a single thread that is at other work already: the next one may have more.
    fn postpones(&self, seen: &Seen, rows: &[usize]) -> bool {
        let mut state = self.lock();
        state.done.postponed = state.alone_bytes.is_some_and(|most| seen.bytes(rows) > most);
        state.done.postponed
    }

    /// Does the first piece of the files, and leaves the others to whoever is free.
    fn share(
        &self,
        node: usize,
        seen: Arc<Seen>,
        directory: BorrowedFd,
        rows: Vec<usize>,
        manner: &Manner,
        scratch: &mut Scratch,
    ) -> Progress<()> {
        let mut pieces = self.cut(&seen, rows, manner).into_iter();
        let first = pieces.next();
        self.jobs.push(pieces.rev().map(|rows| Job::Files { node, seen: Arc::clone(&seen), rows }));
        match first {
            Some(rows) => self.ingest(node, seen, directory.as_fd(), rows, manner, scratch),
            None => Ok(()),
        }
    }

    fn look(&self, directory: BorrowedFd, path: String) -> Outcome<Seen> {
        let listed = list_directory(directory, self.read_xattrs, &mut [MaybeUninit::uninit(); BUFFER]);
        let listing = listed.map_err(|fault| below(fault, &self.root, &path))?;
        let name_ends =
            listing.names.bytes().enumerate().filter(|(_, byte)| *byte == 0).map(|(at, _)| at + 1).collect();
        let mut seen = Seen { path, listing, name_ends, directories: Vec::new(), left_out: Vec::new() };
        if seen.path.is_empty() {
            self.meet(&seen, "");
        }
        for row in 0..seen.rows() {
            let mode = seen.stat(row)[MODE] as u32;
            if self.meet(&seen, seen.name(row)) {
                seen.left_out.push(row);
            } else if sys::is_directory(mode) {
                seen.directories.push(row);
            } else if !sys::is_regular(mode) && !sys::is_symlink(mode) {
                let full = self.full_path(&seen.path, seen.name(row));
                return Err(Fault::told("FILE_TYPE_UNSUPPORTED", "not a regular file or symlink").at(|| full));
            }
        }
        Ok(seen)
    }

    /// Whether the entry is to be left out; whoever gave the rule is told that it is there.
    fn meet(&self, seen: &Seen, name: &str) -> bool {
        let Some((path, rule)) = self.rules.of(&seen.path, name) else { return false };
        self.lock().done.met.push(path.to_owned());
        rule.skip
    }

    fn rule(&self, seen: &Seen, name: &str) -> PathRule {
        self.rules.of(&seen.path, name).map(|(_, rule)| rule).unwrap_or_default()
    }

    fn new_waiting(&self, seen: &Arc<Seen>, number: usize) -> Waiting {
        Waiting {
            number,
            meta: Checksum::default(),
            checksums: vec![Checksum::default(); seen.rows()],
            unsettled: Vec::new(),
            metas: vec![Checksum::default(); seen.directories.len()],
            unchanged: None,
            seen: Arc::clone(seen),
        }
    }

    fn add(&self, waiting: Waiting, parent: Option<usize>, missing: usize) -> usize {
        let more = waiting.seen.directories.len() + missing;
        let files = waiting.seen.files().count() as u32;
        let mut state = self.lock();
        state.done.entries += waiting.seen.rows() as u32;
        state.done.metadata += 1;
        state.done.files += files;
        state.done.known += files - missing as u32;
        let node = state.nodes.add(parent, waiting);
        state.nodes.await_more(node, more);
        node
    }

    fn stack_directories(&self, node: usize, seen: &Seen) {
        let below = seen.directories.iter().enumerate().rev();
        self.jobs.push(below.map(|(number, row)| Job::Directory {
            parent: Some((node, number)),
            path: join(&[&seen.path, seen.name(*row)]),
        }));
    }

    /// Takes hardlinks of objects, and what the index vouches for; the rows of all other files are given back.
    fn take_known(&self, waiting: &mut Waiting, old: Option<&Record>, crew: &Crew) -> Outcome<Vec<usize>> {
        let seen = Arc::clone(&waiting.seen);
        let mut old_names = old.map(|old| unpack(old.names()).enumerate().peekable());
        let mut missing = Vec::new();
        for row in seen.files() {
            let (stat, name) = (seen.stat(row), seen.name(row));
            // Both lists are sorted.
            let old_row = old_names.as_mut().and_then(|names| {
                while names.next_if(|(_, old)| *old < name).is_some() {}
                names.next_if(|(_, old)| *old == name).map(|(old_row, _)| old_row)
            });
            if let Some(checksum) = self.linked(stat, crew)? {
                waiting.checksums[row] = checksum;
                waiting.unsettled.push(row); // nobody has read it
                continue;
            }
            let known = old.zip(old_row).and_then(|(old, old_row)| old.vouched(old_row, stat));
            match known {
                Some(checksum) if self.has(&checksum)? => waiting.checksums[row] = checksum,
                _ => missing.push(row),
            }
        }
        self.lock().done.hardlinks += waiting.unsettled.len() as u32;
        Ok(missing)
    }

    /// The object that a file with this stat is a hardlink of.
    fn linked(&self, stat: &[f64], crew: &Crew) -> Outcome<Option<Checksum>> {
        if self.hardlinks.is_empty() {
            return Ok(None);
        }
        let devino = self.devino.get_or_init(|| Devino::scan(&self.hardlinks, crew));
        devino.as_ref().map(|devino| devino.lookup(stat)).map_err(Fault::clone)
    }

    fn has(&self, checksum: &Checksum) -> Outcome<bool> {
        match self.memory.as_ref().and_then(|memory| memory.stored.as_ref()) {
            Some(stored) => Ok(stored.find_content(checksum)?.is_some()),
            None => Ok(true),
        }
    }

    fn ingest(
        &self,
        node: usize,
        seen: Arc<Seen>,
        directory: BorrowedFd,
        rows: Vec<usize>,
        manner: &Manner,
        scratch: &mut Scratch,
    ) -> Progress<()> {
        let bytes = seen.bytes(&rows);
        if !self.charge(bytes) {
            self.jobs.push([Job::Files { node, seen, rows }]);
            return Err(Trouble::NoRoom(bytes));
        }
        let files = match rows.as_slice() {
            [left, right] if is_pair(&seen, &rows) => self.ingest_two(&seen, directory, [*left, *right], manner),
            rows => self.ingest_rows(&seen, directory, rows, manner, scratch),
        };
        let files = files.map_err(|fault| Trouble::Fault(fault, bytes))?;
        self.receive(node, &seen, &rows, &files);
        self.settle(node, rows.len())
    }

    /// Pieces of work for one thread each. Large files are done two at a time where that leaves work for every thread.
    fn cut(&self, seen: &Seen, rows: Vec<usize>, manner: &Manner) -> Vec<Vec<usize>> {
        let spec = &self.target.spec;
        let count = rows.iter().filter(|row| is_large(seen, **row)).count();
        if manner.consume
            || spec.mode == StoreMode::Archive
            || !spec.algorithm.gains_in_pairs()
            || count < 2 * manner.crew.limit()
        {
            return cut(seen, rows);
        }
        let (large, others): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(|row| is_large(seen, *row));
        large.chunks(2).map(<[usize]>::to_vec).chain(cut(seen, others)).collect()
    }

    /// Small files are hashed together.
    fn ingest_rows(
        &self,
        seen: &Seen,
        directory: BorrowedFd,
        rows: &[usize],
        manner: &Manner,
        scratch: &mut Scratch,
    ) -> Outcome<Vec<Ingested>> {
        let mut files = vec![Ingested::default(); rows.len()];
        let mut unhashed = Vec::new();
        let mut trust = Trust::default();
        scratch.together.clear();
        for (index, row) in rows.iter().enumerate() {
            scratch.reset();
            let begun = self.begin_row(seen, directory, *row, (manner, &mut trust), scratch);
            match begun.map_err(|fault| fault.at(|| self.full_path(&seen.path, seen.name(*row))))? {
                Begun::Done(done) => files[index] = done,
                Begun::Read(file) => unhashed.push((index, file)),
            }
            if scratch.together.is_much() || index + 1 == rows.len() {
                for (index, done) in self.finish_rows(&mut unhashed, manner, scratch) {
                    let name = || self.full_path(&seen.path, seen.name(rows[index]));
                    files[index] = done.map_err(|fault| fault.at(name))?;
                }
            }
        }
        Ok(files)
    }

    /// Two large files.
    fn ingest_two(
        &self,
        seen: &Seen,
        directory: BorrowedFd,
        rows: [usize; 2],
        manner: &Manner,
    ) -> Outcome<Vec<Ingested>> {
        let mut trust = Trust::default();
        let [left, right] = rows.map(|row| self.sight(seen, directory, row, &mut trust));
        let (left, right) = (left?, right?);
        let sources = [left.source(seen, directory), right.source(seen, directory)];
        let ingester = Ingester { manner, target: &self.target };
        let done = ingester.ingest_two([&sources[0], &sources[1]], [left.witness(), right.witness()]);
        let done = done.map_err(|(which, fault)| fault.at(|| self.full_path(&seen.path, seen.name(rows[which]))))?;
        Ok(done.to_vec())
    }

    /// Hashes and stores what has been read; one that fails is the last.
    fn finish_rows(
        &self,
        unhashed: &mut Vec<(usize, Unhashed)>,
        manner: &Manner,
        scratch: &mut Scratch,
    ) -> Vec<(usize, Outcome<Ingested>)> {
        let ingester = Ingester { manner, target: &self.target };
        let mut together = std::mem::take(&mut scratch.together);
        let digests = together.digests(self.target.spec.algorithm);
        let mut done = Vec::with_capacity(unhashed.len());
        for (((index, file), message), checksum) in unhashed.drain(..).zip(together.messages()).zip(&digests) {
            done.push((index, ingester.finish(scratch, &file, message, checksum)));
            if done.last().is_some_and(|(_, last)| last.is_err()) {
                break;
            }
        }
        together.clear();
        scratch.together = together;
        done
    }

    fn charge(&self, bytes: u64) -> bool {
        let mut state = self.lock();
        let Some(room) = state.room.checked_sub(bytes) else { return false };
        state.room = room;
        state.done.charged += bytes;
        true
    }

    fn begin_row(
        &self,
        seen: &Seen,
        directory: BorrowedFd,
        row: usize,
        (manner, trust): (&Manner, &mut Trust),
        scratch: &mut Scratch,
    ) -> Outcome<Begun> {
        let sight = self.sight(seen, directory, row, trust)?;
        let ingester = Ingester { manner, target: &self.target };
        let source = sight.source(seen, directory);
        if manner.consume {
            return ingester.ingest(scratch, &source, sight.witness()).map(Begun::Done);
        }
        ingester.begin(scratch, &source, sight.witness())
    }

    fn sight(&self, seen: &Seen, directory: BorrowedFd, row: usize, trust: &mut Trust) -> Outcome<Sight> {
        let (stat, name) = (seen.stat(row), seen.name(row));
        check_name(name)?;
        let path = CString::new(name).map_err(|_| Fault::told("PATH_INVALID", "file name contains a NUL byte"))?;
        if trust.device != Some(stat[DEVICE]) {
            *trust = Trust { device: Some(stat[DEVICE]), given: self.trusts(directory, &path, stat[DEVICE]) };
        }
        let witness = trust.given.then(|| WITNESS_COLUMNS.map(|column| stat[column]));
        let owner = self.modifier.apply(owner_of(stat), self.rule(seen, name));
        Ok(Sight { row, path, owner, witness })
    }

    /// Whether ctimes of the device that holds the entry tell every change.
    fn trusts(&self, directory: BorrowedFd, name: &CString, device: f64) -> bool {
        let Some(memory) = &self.memory else { return false };
        if let Some(known) = self.lock().trusted.get(&device.to_bits()) {
            return *known;
        }
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(directory, name, flags, Mode::empty());
        let kind = opened.and_then(rustix::fs::fstatfs).map(|found| found.f_type as f64);
        let trusted = kind.is_ok_and(|kind| memory.trusted.contains(&kind));
        self.lock().trusted.insert(device.to_bits(), trusted);
        trusted
    }

    fn receive(&self, node: usize, seen: &Seen, rows: &[usize], files: &[Ingested]) {
        let mut state = self.lock();
        for (row, file) in rows.iter().zip(files) {
            let done = &mut state.done;
            done.read += 1;
            done.bytes_read += file.size;
            if file.existed {
                done.charged = done.charged.saturating_sub(file.size);
                state.room = state.room.saturating_add(file.size);
            } else {
                done.written += 1;
                let is_link = sys::is_symlink(seen.stat(*row)[MODE] as u32);
                done.bytes_written += if is_link { 0 } else { file.size };
            }
            if let Some(waiting) = state.nodes.get_mut(node) {
                waiting.checksums[*row] = file.checksum;
                if !file.settled {
                    waiting.unsettled.push(*row);
                }
            }
        }
    }

    /// Some things of a directory are there: writes its dirtree, and that of each ancestor that this completes.
    fn settle(&self, node: usize, things: usize) -> Progress<()> {
        let (mut index, mut things) = (node, things);
        loop {
            let Some((parent, complete)) = self.lock().nodes.settle(index, things) else { return Ok(()) };
            let ids = self.finish(&complete)?;
            let mut state = self.lock();
            state.done.metadata += 1;
            let Some(parent) = parent else {
                state.done.root = Some(ids);
                return Ok(());
            };
            if let Some(above) = state.nodes.get_mut(parent) {
                let row = above.seen.directories[complete.number];
                above.checksums[row] = ids.tree;
                above.metas[complete.number] = ids.meta;
            }
            (index, things) = (parent, 1);
        }
    }

    fn finish(&self, complete: &Waiting) -> Outcome<Ids> {
        let Waiting { seen, meta, unchanged, .. } = complete;
        if let Some(old) = unchanged.as_ref().filter(|old| has_same_directories(complete, old)) {
            self.lock().done.kept_records.push(old.at as f64);
            return Ok(old.ids());
        }
        let own = Ids { tree: self.store_dirtree(complete)?, meta: *meta };
        let Some(memory) = &self.memory else { return Ok(own) };
        let mut checksums = complete.checksums.clone();
        complete.unsettled.iter().for_each(|row| checksums[*row] = Checksum::default());
        let learned = Learned {
            listing: &seen.listing,
            listed_at: memory.listed_at,
            checksums: &checksums,
            metas: &complete.metas,
            own,
            settled: complete.unsettled.is_empty(),
        };
        let payload = unchanged.as_ref().map_or_else(|| learned.encode(), |old| learned.encode_over(old));
        self.remember(&seen.path, &payload);
        Ok(own)
    }

    fn remember(&self, path: &str, payload: &[u8]) {
        let mut record = stored_record(path, payload);
        self.lock().done.records.append(&mut record);
    }

    fn store_dirtree(&self, complete: &Waiting) -> Outcome<Checksum> {
        let Waiting { seen, checksums, metas, .. } = complete;
        let files =
            seen.files().map(|row| Named { name: seen.name(row), checksums: std::slice::from_ref(&checksums[row]) });
        let pairs: Vec<[Checksum; 2]> =
            seen.directories.iter().zip(metas).map(|(row, meta)| [checksums[*row], *meta]).collect();
        let directories = seen.directories.iter().zip(&pairs);
        let bytes =
            write_dirtree(files, directories.map(|(row, pair)| Named { name: seen.name(*row), checksums: pair }));
        self.store_metadata(&bytes, "dirtree")
    }

    fn store_dirmeta(&self, seen: &Seen) -> Outcome<Checksum> {
        let mut rule = self.rule(seen, "");
        if !seen.path.is_empty() {
            rule.add = None; // as in `ostree`, which asks its rules twice of such a directory
        }
        let bytes = write_dirmeta(self.modifier.apply(owner_of(&seen.listing.own), rule), &seen.listing.xattrs);
        if let Some(known) = self.lock().dirmetas.get(&bytes) {
            return Ok(*known);
        }
        let checksum = self.store_metadata(&bytes, "dirmeta")?;
        let known = &mut self.lock().dirmetas;
        if known.len() >= MOST_DIRMETAS {
            known.clear();
        }
        known.insert(bytes, checksum);
        Ok(checksum)
    }

    fn store_metadata(&self, bytes: &[u8], kind: &str) -> Outcome<Checksum> {
        if bytes.len() as i64 > LARGEST {
            let text = format!("a {kind} of {} bytes is larger than metadata may be ({LARGEST})", bytes.len());
            return Err(Fault::format(text));
        }
        let checksum = self.target.spec.algorithm.digest(bytes);
        let name = ObjectName::new(&checksum, kind);
        if !self.target.has(&name)? && self.target.put(&name, &[bytes], Dress::PLAIN)? == Put::Stored {
            self.lock().done.metadata_written += 1;
        }
        Ok(checksum)
    }
}

/// Takes everything of a directory that has not changed from the record of it.
fn take_all(waiting: &mut Waiting, old: Record) {
    waiting.meta = old.ids().meta;
    for row in 0..waiting.checksums.len() {
        waiting.checksums[row] = old.checksum(row);
    }
    waiting.unchanged = Some(old);
}

fn has_same_directories(complete: &Waiting, old: &Record) -> bool {
    let mut rows = complete.seen.directories.iter().zip(&complete.metas).enumerate();
    rows.all(|(number, (row, meta))| complete.checksums[*row] == old.checksum(*row) && *meta == old.meta(number))
}

/// Whether the rows are two large files that one thread does at once.
fn is_pair(seen: &Seen, rows: &[usize]) -> bool {
    rows.len() == 2 && rows.iter().all(|row| is_large(seen, *row))
}

fn is_large(seen: &Seen, row: usize) -> bool {
    let stat = seen.stat(row);
    sys::is_regular(stat[MODE] as u32) && stat[SIZE] as u64 >= LARGE
}

/// Pieces of work for one thread each.
fn cut(seen: &Seen, rows: Vec<usize>) -> Vec<Vec<usize>> {
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let size = seen.stat(row)[SIZE] as u64;
        match pieces.last_mut() {
            Some(piece) if piece.len() < PIECE_FILES && bytes + size <= PIECE_BYTES => piece.push(row),
            _ => {
                bytes = 0;
                pieces.push(vec![row]);
            }
        }
        bytes += size;
    }
    pieces
}
