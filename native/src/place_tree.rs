//! A whole tree checked out in steps: what `makeDirectories`, `place` and `finishDirectories` do batch by batch.
//!
//! Each of the threads takes a directory from the stack, reads its dirtree, places its files, makes its subdirectories
//! and stacks those. The last thing to be done below a directory finishes it. With one thread the order is libostree's.

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;

use crate::digest::Checksum;
use crate::directories::{Finishing, make_below};
use crate::dirtree::{Dirtree, Entry};
use crate::fault::{Fault, Outcome};
use crate::header::{Owner, read_dirmeta};
use crate::job_stack::{JobStack, Unfinished};
use crate::names::join;
use crate::place::{Placed, Placer, Policy};
use crate::place_name::Overwrite;
use crate::read_metadata::find_whole;
use crate::scratch::Scratch;
use crate::source::Source;
use crate::sys;

/// Files of one directory that one thread places: a longer list is shared out.
const PIECE: usize = 256;
/// Trees have few different dirmetas; past this many the cache starts anew.
const MOST_DIRMETAS: usize = 4096;

pub struct PlaceTree {
    root: String,
    root_fd: OwnedFd,
    contents: Source,
    metadata: Source,
    policy: Policy,
    finish: Finishing,
    /// Bits that a directory's permissions may have.
    permissions: u32,
    skip: HashSet<String>,
    jobs: JobStack<Job>,
    state: Mutex<State>,
}

pub struct Settings {
    pub root: String,
    pub policy: Policy,
    pub finish: Finishing,
    pub permissions: u32,
    /// Absolute paths in the tree that are left out, those of directories with a slash at the end.
    pub skip: HashSet<String>,
}

/// The tree to be checked out; its root directory exists.
pub struct Tree {
    pub tree: Checksum,
    /// The root's dirmeta when it was made for this checkout; else it keeps what it has.
    pub meta: Option<Checksum>,
}

/// What a step has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Done {
    pub linked: u32,
    pub copied: u32,
    pub kept: u32,
    pub directories: u32,
    pub bytes_copied: u64,
    /// Whether nothing is left to do.
    pub complete: bool,
}

/// What ends a walk along trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    Fault(Fault),
    /// A metadata object, by its type, that is not there or not what it should be.
    Unreadable(u32, Checksum),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Fault(fault)
    }
}

type Progress<T> = Result<T, Trouble>;

/// Numbers of `ObjectType`.
pub const DIRTREE: u32 = 2;
pub const DIRMETA: u32 = 3;

struct Dirmeta {
    owner: Owner,
    xattrs: Vec<u8>,
}

/// A directory that is not finished.
struct Node {
    path: String,
    /// What it gets at its end; none for a directory that was there before.
    meta: Option<Arc<Dirmeta>>,
}

enum Job {
    Root(Tree),
    Directory { node: usize, tree: Checksum },
    Files { node: usize, dirtree: Arc<Dirtree>, from: usize },
}

#[derive(Default)]
struct State {
    nodes: Unfinished<Node>,
    dirmetas: HashMap<Checksum, Arc<Dirmeta>>,
    done: Done,
    trouble: Option<Trouble>,
}

impl State {
    fn count(&mut self, placed: &Done) {
        self.done.linked += placed.linked;
        self.done.copied += placed.copied;
        self.done.kept += placed.kept;
        self.done.directories += placed.directories;
        self.done.bytes_copied += placed.bytes_copied;
    }
}

/// How much a step does before it comes back.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Files, directories counted as such.
    pub files: u32,
    pub bytes: u64,
    /// Threads at work, the calling one among them.
    pub threads: usize,
}

impl Limits {
    fn reached(self, done: &Done) -> bool {
        let files = done.linked + done.copied + done.kept + done.directories;
        files >= self.files || done.bytes_copied >= self.bytes
    }
}

impl PlaceTree {
    pub fn new(settings: Settings, contents: Source, metadata: Source, tree: Tree) -> Outcome<PlaceTree> {
        let Settings { root, policy, finish, permissions, skip } = settings;
        let root_fd = sys::open_directory(&root)?;
        let (jobs, state) = (JobStack::new(Job::Root(tree)), Mutex::default());
        Ok(PlaceTree { root, root_fd, contents, metadata, policy, finish, permissions, skip, jobs, state })
    }

    /// Goes on until the limits are reached or everything is done. After trouble nothing more is ever done.
    pub fn step(&mut self, limits: Limits, scratch: &mut Scratch) -> Progress<Done> {
        let placer = Placer::new(&self.policy, &self.contents)?;
        let step = Step { tree: self, placer };
        let enough = || {
            let state = self.lock();
            state.trouble.is_some() || limits.reached(&state.done)
        };
        self.jobs.run(limits.threads, scratch, enough, |job, scratch| {
            if let Err(trouble) = step.run(job, scratch) {
                self.lock().trouble.get_or_insert(trouble);
            }
        });
        drop(step);
        let mut state = self.lock();
        let mut done = std::mem::take(&mut state.done);
        done.complete = self.jobs.is_empty();
        state.trouble.clone().map_or(Ok(done), Err)
    }

    /// After a panic nothing of the state counts any more.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dirmeta(&self, checksum: &Checksum) -> Progress<Arc<Dirmeta>> {
        if let Some(known) = self.lock().dirmetas.get(checksum) {
            return Ok(Arc::clone(known));
        }
        let bytes = self.whole(checksum, "dirmeta")?;
        let read = bytes.and_then(|bytes| read_dirmeta(&bytes).ok());
        let (owner, xattrs) = read.ok_or(Trouble::Unreadable(DIRMETA, *checksum))?;
        let meta = Arc::new(Dirmeta { owner: Owner { mode: owner.mode & self.permissions, ..owner }, xattrs });
        let known = &mut self.lock().dirmetas;
        if known.len() >= MOST_DIRMETAS {
            known.clear();
        }
        known.insert(*checksum, Arc::clone(&meta));
        Ok(meta)
    }

    /// The bytes of a metadata object; none where it is missing or no sound file. A failed call is told as it is.
    fn whole(&self, checksum: &Checksum, extension: &str) -> Progress<Option<Vec<u8>>> {
        match find_whole(&self.metadata, checksum, extension) {
            Err(fault) if fault.errno.is_some() => Err(fault.into()),
            found => Ok(found.ok().flatten()),
        }
    }

    fn dirtree(&self, checksum: &Checksum) -> Progress<Dirtree> {
        let bytes = self.whole(checksum, "dirtree")?;
        bytes.and_then(Dirtree::parse).ok_or(Trouble::Unreadable(DIRTREE, *checksum))
    }

    fn leave_out(&self, dirtree: &mut Dirtree, path: &str) {
        if self.skip.is_empty() {
            return;
        }
        let wanted = |name: &CStr, end: &str| {
            name.to_str().map_or(true, |name| !self.skip.contains(&format!("/{}{end}", join(&[path, name]))))
        };
        let mut files = std::mem::take(&mut dirtree.files);
        files.retain(|entry| wanted(dirtree.name(*entry), ""));
        let mut directories = std::mem::take(&mut dirtree.directories);
        directories.retain(|entry| wanted(dirtree.name(*entry), "/"));
        (dirtree.files, dirtree.directories) = (files, directories);
    }

    /// Opens a directory of the checkout; one that is not ours need not be readable.
    fn enter(&self, path: &str, made: bool) -> Outcome<OwnedFd> {
        let access = if made { OFlags::RDONLY } else { OFlags::PATH };
        let opened = sys::open_beneath(self.root_fd.as_fd(), path, access | OFlags::DIRECTORY);
        opened.map_err(|fault| fault.at(|| join(&[&self.root, path])))
    }
}

/// The threads of one step.
struct Step<'a> {
    tree: &'a PlaceTree,
    placer: Placer<'a>,
}

impl Step<'_> {
    fn run(&self, job: Job, scratch: &mut Scratch) -> Progress<()> {
        match job {
            Job::Root(Tree { tree, meta }) => {
                let meta = meta.map(|meta| self.tree.dirmeta(&meta)).transpose()?;
                let node = self.tree.lock().nodes.add(None, Node { path: String::new(), meta });
                self.visit(node, &tree, scratch)
            }
            Job::Directory { node, tree } => self.visit(node, &tree, scratch),
            Job::Files { node, dirtree, from } => {
                let (path, made) = self.place_of(node);
                let directory = self.tree.enter(&path, made)?;
                let placed = self.place(&dirtree, from, directory.as_fd(), &path, scratch)?;
                self.settle(node, Some(directory), &placed)
            }
        }
    }

    fn place_of(&self, node: usize) -> (String, bool) {
        let state = self.tree.lock();
        state.nodes.get(node).map(|node| (node.path.clone(), node.meta.is_some())).unwrap_or_default()
    }

    fn visit(&self, node: usize, tree: &Checksum, scratch: &mut Scratch) -> Progress<()> {
        let mut dirtree = self.tree.dirtree(tree)?;
        let (path, made) = self.place_of(node);
        self.tree.leave_out(&mut dirtree, &path);
        let directory = self.tree.enter(&path, made)?;
        let is_short = dirtree.files.len() <= PIECE;
        let mut placed = Done::default();
        if is_short {
            placed = self.place(&dirtree, 0, directory.as_fd(), &path, scratch)?;
        }
        let mut below = Vec::with_capacity(dirtree.directories.len());
        for entry in &dirtree.directories {
            below.push(self.make(&dirtree, *entry, directory.as_fd(), &path, &mut placed)?);
        }
        let trees = dirtree.directories.iter().map(|entry| *dirtree.checksum(*entry)).collect::<Vec<Checksum>>();
        let pieces = if is_short { 0 } else { dirtree.files.len().div_ceil(PIECE) };
        let mut jobs = Vec::with_capacity(below.len() + pieces);
        let mut state = self.tree.lock();
        state.nodes.await_more(node, below.len() + pieces);
        for (made, tree) in below.into_iter().zip(trees).rev() {
            jobs.push(Job::Directory { node: state.nodes.add(Some(node), made), tree });
        }
        drop(state);
        let dirtree = Arc::new(dirtree);
        for piece in (0..pieces).rev() {
            jobs.push(Job::Files { node, dirtree: Arc::clone(&dirtree), from: piece * PIECE });
        }
        self.tree.jobs.push(jobs);
        self.settle(node, Some(directory), &placed)
    }

    fn make(&self, dirtree: &Dirtree, entry: Entry, above: BorrowedFd, path: &str, done: &mut Done) -> Progress<Node> {
        let name = dirtree.name(entry).to_str().unwrap_or_default();
        let path = join(&[path, name]);
        let may_exist = self.placer.overwrite != Overwrite::None;
        let made = make_below(above, dirtree.name(entry), may_exist);
        let made = made.map_err(|fault| fault.at(|| join(&[&self.tree.root, &path])))?;
        done.directories += u32::from(made);
        let meta = if made { Some(self.tree.dirmeta(dirtree.meta(entry))?) } else { None };
        Ok(Node { path, meta })
    }

    /// Places one piece of a directory's files.
    fn place(
        &self,
        dirtree: &Dirtree,
        from: usize,
        directory: BorrowedFd,
        path: &str,
        scratch: &mut Scratch,
    ) -> Progress<Done> {
        let mut done = Done::default();
        for entry in dirtree.files.iter().skip(from).take(PIECE) {
            scratch.reset();
            let name = dirtree.name(*entry);
            let placed = self.placer.place(dirtree.checksum(*entry), directory, name, scratch);
            let full = || join(&[&self.tree.root, path, name.to_str().unwrap_or_default()]);
            match placed.map_err(|fault| fault.at(full))? {
                Placed::Linked => done.linked += 1,
                Placed::Kept => done.kept += 1,
                Placed::Copied(bytes) => {
                    done.copied += 1;
                    done.bytes_copied += bytes;
                }
            }
        }
        Ok(done)
    }

    /// One thing of a directory, which may still be open, is done: finishes it, and each ancestor that this completes.
    fn settle(&self, node: usize, mut open: Option<OwnedFd>, placed: &Done) -> Progress<()> {
        let mut state = self.tree.lock();
        state.count(placed);
        let mut index = node;
        while let Some((parent, complete)) = state.nodes.settle(index, 1) {
            drop(state);
            self.finish(&complete, open.take())?;
            let Some(parent) = parent else { return Ok(()) };
            index = parent;
            state = self.tree.lock();
        }
        Ok(())
    }

    fn finish(&self, node: &Node, open: Option<OwnedFd>) -> Outcome<()> {
        let Some(meta) = &node.meta else { return Ok(()) };
        let fd = match open {
            Some(fd) => fd,
            None => self.tree.enter(&node.path, true)?,
        };
        let finished = self.tree.finish.apply(fd.as_fd(), meta.owner, &meta.xattrs);
        finished.map_err(|fault| fault.at(|| join(&[&self.tree.root, &node.path])))
    }
}
