//! Where new objects go: is it there already, write it, give it its name.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rustix::io::Errno;

use crate::digest::Algorithm;
use crate::fan_out::FanOut;
use crate::fault::{Fault, Outcome};
use crate::names::join;
use crate::object::{ObjectName, StoreMode};
use crate::sys;
use crate::xattr;

/// A `StoreTarget` as it comes from TypeScript.
#[derive(Debug, Clone)]
pub struct TargetSpec {
    pub mode: StoreMode,
    pub algorithm: Algorithm,
    pub objects: Vec<String>,
    pub destination: String,
    pub visible: bool,
    pub tmp: String,
    pub zlib_level: u32,
    pub sync_each: bool,
}

/// An open target, for the length of one batch.
pub struct Target {
    pub spec: TargetSpec,
    objects: Vec<OwnedFd>,
    /// Per directory of `objects` what it had when it was first asked; of no use where this target adds to it.
    fan_outs: OnceLock<Vec<FanOut>>,
    destination: OwnedFd,
    tmp: OwnedFd,
    /// Permission bits that files made in this batch were seen to keep: neither umask nor default ACL takes them.
    kept_bits: AtomicU32,
}

/// What the inode of an object looks like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dress<'a> {
    /// Permission bits.
    pub mode: u32,
    pub owner: Option<(u32, u32)>,
    /// Serialised list to set.
    pub xattrs: &'a [u8],
    /// Value of `user.ostreemeta`.
    pub meta: Option<&'a [u8]>,
    /// Modification time 0.
    pub epoch: bool,
}

impl Dress<'_> {
    /// How metadata and archive objects look.
    pub const PLAIN: Dress<'static> = Dress { mode: 0o644, owner: None, xattrs: &[], meta: None, epoch: false };

    /// Mode to create with: private while owner or attributes are still to come.
    fn creation_mode(&self) -> u32 {
        if self.owner.is_some() || !self.xattrs.is_empty() { 0o600 } else { self.mode & 0o777 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Stored,
    Existed,
}

/// A file being written that has not its object name yet.
pub struct Draft {
    pub fd: OwnedFd,
    /// Its name in `tmp` where the file system has no unnamed files.
    name: Option<CString>,
}

static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// A name nobody else uses, in a form that `engine/scratch-name.ts` knows.
pub fn scratch_name() -> CString {
    let count = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |age| age.subsec_nanos());
    let text = format!(".coppice-{}-{count}-{clock:x}", std::process::id());
    CString::new(text).unwrap_or_default()
}

impl Target {
    pub fn open(spec: TargetSpec) -> Outcome<Target> {
        if spec.mode == StoreMode::BareSplitXattrs {
            return Err(Fault::told("REPO_UNSUPPORTED", "a bare-split-xattrs repository is read only"));
        }
        Ok(Target {
            objects: spec.objects.iter().map(|path| sys::open_directory(path)).collect::<Outcome<_>>()?,
            fan_outs: OnceLock::new(),
            destination: sys::open_directory(&spec.destination)?,
            tmp: sys::open_directory(&spec.tmp)?,
            kept_bits: AtomicU32::new(0),
            spec,
        })
    }

    pub fn device(&self) -> Outcome<u64> {
        Ok(sys::stat_of(self.destination.as_fd())?.st_dev)
    }

    /// Where files lie that are not objects yet.
    pub fn tmp(&self) -> BorrowedFd<'_> {
        self.tmp.as_fd()
    }

    pub fn path_of(&self, name: &ObjectName) -> String {
        join(&[&self.spec.destination, name.as_str()])
    }

    /// Whether this repository or a parent has the object. False, too, for one that somebody else has put meanwhile into a
    /// two-digit directory that was not there before: publishing finds out.
    pub fn has(&self, name: &ObjectName) -> Outcome<bool> {
        for (index, (fd, path)) in self.objects.iter().zip(&self.spec.objects).enumerate() {
            if !self.spec.visible && !self.fan_outs()[index].may_have(name) {
                continue;
            }
            let found = sys::stat_at(fd.as_fd(), name.path());
            if found.map_err(|fault| fault.at(|| join(&[path, name.as_str()])))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fan_outs(&self) -> &[FanOut] {
        self.fan_outs.get_or_init(|| self.objects.iter().map(|fd| FanOut::read(fd.as_fd())).collect())
    }

    /// Whether this transaction has written the object already.
    pub fn has_staged(&self, name: &ObjectName) -> Outcome<bool> {
        let found = sys::stat_at(self.destination.as_fd(), name.path());
        Ok(found.map_err(|fault| fault.at(|| self.path_of(name)))?.is_some())
    }

    /// Writes a whole object.
    pub fn put(&self, name: &ObjectName, parts: &[&[u8]], dress: Dress) -> Outcome<Put> {
        if self.spec.visible {
            let draft = self.begin(dress)?;
            let written = self.fill(draft.fd.as_fd(), parts, dress).map_err(|fault| self.drop_draft(&draft, fault));
            written?;
            return self.name_draft(draft, name);
        }
        let taken = self.named(name, |path| sys::create_new(self.destination.as_fd(), path, dress.creation_mode()));
        match taken {
            Ok(fd) => self.fill(fd.as_fd(), parts, dress).map_err(|fault| self.remove_partial(name, fault))?,
            Err(fault) if fault.is(Errno::EXIST) => return Ok(Put::Existed),
            Err(fault) => return Err(fault.at(|| self.path_of(name))),
        }
        Ok(Put::Stored)
    }

    /// Writes a whole object in the place of one that may be there: detached metadata is mutable.
    pub fn replace(&self, name: &ObjectName, bytes: &[u8]) -> Outcome<Put> {
        let draft = self.begin_named(Dress::PLAIN)?;
        let Some(old) = &draft.name else { return Err(Fault::told("INTERNAL", "draft without a name")) };
        let replaced = sys::write_full(draft.fd.as_fd(), bytes)
            .and_then(|()| self.finish(draft.fd.as_fd(), Dress::PLAIN))
            .and_then(|()| self.named(name, |path| sys::rename(self.tmp.as_fd(), old, self.destination.as_fd(), path)));
        replaced.map_err(|fault| self.drop_draft(&draft, fault.at(|| self.path_of(name))))?;
        Ok(Put::Stored)
    }

    fn fill(&self, fd: BorrowedFd, parts: &[&[u8]], dress: Dress) -> Outcome<()> {
        for part in parts.iter().filter(|part| !part.is_empty()) {
            sys::write_full(fd, part)?;
        }
        self.dress(fd, dress)?;
        self.settle_mode(fd, dress)?;
        self.seal(fd, dress)
    }

    /// Gives a written file its owner, attributes, mode and time, in the order in which none undoes another.
    pub fn finish(&self, fd: BorrowedFd, dress: Dress) -> Outcome<()> {
        self.dress(fd, dress)?;
        sys::change_mode(fd, dress.mode)?;
        self.seal(fd, dress)
    }

    fn dress(&self, fd: BorrowedFd, dress: Dress) -> Outcome<()> {
        if let Some((uid, gid)) = dress.owner {
            sys::change_owner(fd, uid, gid)?;
        }
        if !dress.xattrs.is_empty() {
            xattr::write_open(fd, dress.xattrs)?;
        }
        match dress.meta {
            Some(meta) => xattr::write_ostreemeta(fd, meta),
            None => Ok(()),
        }
    }

    fn seal(&self, fd: BorrowedFd, dress: Dress) -> Outcome<()> {
        if dress.epoch {
            sys::set_epoch(fd)?;
        }
        if self.spec.sync_each { sys::sync(fd) } else { Ok(()) }
    }

    /// fchmod of a file just made in the destination, unless files made with these bits are known to have kept them.
    fn settle_mode(&self, fd: BorrowedFd, dress: Dress) -> Outcome<()> {
        let simple = dress.creation_mode() == dress.mode && !self.spec.visible;
        if simple && dress.mode & !self.kept_bits.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        if simple && sys::stat_of(fd)?.st_mode & 0o7777 == dress.mode {
            self.kept_bits.fetch_or(dress.mode, Ordering::Relaxed);
            return Ok(());
        }
        sys::change_mode(fd, dress.mode)
    }

    fn remove_partial(&self, name: &ObjectName, fault: Fault) -> Fault {
        // The first fault is the one to tell.
        let _ = sys::unlink(self.destination.as_fd(), name.path());
        fault.at(|| self.path_of(name))
    }

    /// Runs something that makes `name`, after making its two-digit directory if that was missing.
    fn named<T>(&self, name: &ObjectName, make: impl Fn(&CStr) -> Outcome<T>) -> Outcome<T> {
        match make(name.path()) {
            Err(fault) if fault.is(Errno::NOENT) => {
                let fan_out = CString::new(name.fan_out()).unwrap_or_default();
                sys::make_directory(self.destination.as_fd(), &fan_out, 0o777)?;
                make(name.path())
            }
            other => other,
        }
    }

    /// A file to be filled and then named by `name_draft`, or given up by `drop_draft`.
    pub fn begin(&self, dress: Dress) -> Outcome<Draft> {
        let unnamed = sys::open_unnamed(self.tmp.as_fd(), dress.creation_mode());
        match unnamed.map_err(|fault| fault.at(|| self.spec.tmp.clone()))? {
            Some(fd) => Ok(Draft { fd, name: None }),
            None => self.begin_named(dress),
        }
    }

    fn begin_named(&self, dress: Dress) -> Outcome<Draft> {
        let name = scratch_name();
        let created = sys::create_new(self.tmp.as_fd(), &name, dress.creation_mode());
        let fd = created.map_err(|fault| fault.at(|| self.spec.tmp.clone()))?;
        Ok(Draft { fd, name: Some(name) })
    }

    /// Gives a finished draft its object name; an object that is there already wins.
    pub fn name_draft(&self, draft: Draft, name: &ObjectName) -> Outcome<Put> {
        let named = match &draft.name {
            None => self.named(name, |path| sys::link_unnamed(draft.fd.as_fd(), self.destination.as_fd(), path)),
            Some(old) => {
                self.named(name, |path| sys::rename_new(self.tmp.as_fd(), old, self.destination.as_fd(), path))
            }
        };
        match named {
            Ok(()) => Ok(Put::Stored),
            Err(fault) => {
                let fault = self.drop_draft(&draft, fault);
                if fault.is(Errno::EXIST) { Ok(Put::Existed) } else { Err(fault.at(|| self.path_of(name))) }
            }
        }
    }

    /// Removes what a draft left on disk.
    pub fn drop_draft(&self, draft: &Draft, fault: Fault) -> Fault {
        if let Some(name) = &draft.name {
            let _ = sys::unlink(self.tmp.as_fd(), name);
        }
        fault.at(|| self.spec.tmp.clone())
    }

    /// Writes a real symlink with its owner and attributes.
    pub fn put_symlink(&self, name: &ObjectName, target: &CStr, dress: Dress) -> Outcome<Put> {
        if self.spec.visible && (dress.owner.is_some() || !dress.xattrs.is_empty()) {
            return self.put_dressed_symlink(name, target, dress);
        }
        match self.named(name, |path| sys::make_symlink(target, self.destination.as_fd(), path)) {
            Ok(()) => {}
            Err(fault) if fault.is(Errno::EXIST) => return Ok(Put::Existed),
            Err(fault) => return Err(fault.at(|| self.path_of(name))),
        }
        let dressed = dress_symlink(self.destination.as_fd(), name.path(), dress);
        dressed.map_err(|fault| self.remove_partial(name, fault))?;
        Ok(Put::Stored)
    }

    /// The same for readers who see the destination: complete before it has its name.
    fn put_dressed_symlink(&self, name: &ObjectName, target: &CStr, dress: Dress) -> Outcome<Put> {
        let draft = scratch_name();
        sys::make_symlink(target, self.tmp.as_fd(), &draft).map_err(|fault| fault.at(|| self.spec.tmp.clone()))?;
        let named = dress_symlink(self.tmp.as_fd(), &draft, dress).and_then(|()| {
            self.named(name, |path| sys::rename_new(self.tmp.as_fd(), &draft, self.destination.as_fd(), path))
        });
        let Err(fault) = named else { return Ok(Put::Stored) };
        let _ = sys::unlink(self.tmp.as_fd(), &draft);
        if fault.is(Errno::EXIST) { Ok(Put::Existed) } else { Err(fault.at(|| self.path_of(name))) }
    }

    /// Links a finished file of the same file system into the store.
    pub fn link(&self, from: BorrowedFd, old: &CStr, name: &ObjectName) -> Outcome<Put> {
        match self.named(name, |path| sys::hard_link(from, old, self.destination.as_fd(), path)) {
            Ok(()) => Ok(Put::Stored),
            Err(fault) if fault.is(Errno::EXIST) => Ok(Put::Existed),
            Err(fault) => Err(fault.at(|| self.path_of(name))),
        }
    }

    /// Moves a finished file of the same file system into the store.
    pub fn adopt(&self, from: BorrowedFd, old: &CStr, name: &ObjectName) -> Outcome<Put> {
        match self.named(name, |path| sys::rename_new(from, old, self.destination.as_fd(), path)) {
            Ok(()) => Ok(Put::Stored),
            Err(fault) if fault.is(Errno::EXIST) => Ok(Put::Existed),
            Err(fault) => Err(fault),
        }
    }

    /// The stat of an object that this batch has just written.
    pub fn stat_staged(&self, name: &ObjectName) -> Outcome<Option<rustix::fs::Stat>> {
        sys::stat_at(self.destination.as_fd(), name.path())
    }

    pub fn remove_staged(&self, name: &ObjectName) -> Outcome<()> {
        sys::unlink(self.destination.as_fd(), name.path())
    }
}

fn dress_symlink(directory: BorrowedFd, path: &CStr, dress: Dress) -> Outcome<()> {
    if let Some((uid, gid)) = dress.owner {
        sys::change_link_owner(directory, path, uid, gid)?;
    }
    xattr::write_named(directory, &path.to_string_lossy(), dress.xattrs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn target(root: &Path, visible: bool) -> Target {
        let path = |name: &str| {
            fs::create_dir_all(root.join(name)).expect("mkdir");
            root.join(name).to_str().expect("utf-8").to_owned()
        };
        let spec = TargetSpec {
            mode: StoreMode::BareUserOnly,
            algorithm: Algorithm::Sha256,
            objects: vec![path("objects")],
            destination: path(if visible { "objects" } else { "staging" }),
            visible,
            tmp: path("tmp"),
            zlib_level: 6,
            sync_each: true,
        };
        Target::open(spec).expect("opens")
    }

    fn count(root: &Path, name: &str) -> usize {
        fs::read_dir(root.join(name)).expect("list").count()
    }

    #[test]
    fn drafts_with_and_without_names_become_objects_once() {
        let temp = tempfile::tempdir().expect("tempdir");
        let target = target(temp.path(), true);
        let name = ObjectName::new(&[7; 32], "file");
        for (named, expected) in [(true, Put::Stored), (true, Put::Existed), (false, Put::Existed)] {
            let draft = if named { target.begin_named(Dress::PLAIN) } else { target.begin(Dress::PLAIN) };
            let put = target.name_draft(draft.expect("begins"), &name).expect("names");
            assert_eq!(put, expected);
        }
        assert_eq!(count(temp.path(), "tmp"), 0);
    }

    #[test]
    fn a_failed_object_leaves_nothing_behind() {
        for visible in [false, true] {
            let temp = tempfile::tempdir().expect("tempdir");
            let target = target(temp.path(), visible);
            let name = ObjectName::new(&[7; 32], "file");
            let dress = Dress { xattrs: b"rubbish", ..Dress::PLAIN };
            assert!(target.put(&name, &[b"x"], dress).is_err());
            assert!(!target.has(&name).expect("stat") && !target.has_staged(&name).expect("stat"));
            assert_eq!(count(temp.path(), "tmp"), 0);
        }
    }

    #[test]
    fn detached_metadata_is_replaced() {
        let temp = tempfile::tempdir().expect("tempdir");
        let target = target(temp.path(), false);
        let name = ObjectName::new(&[7; 32], "commitmeta");
        for text in ["one", "two"] {
            target.replace(&name, text.as_bytes()).expect("replaces");
            assert_eq!(fs::read_to_string(target.path_of(&name)).expect("read"), text);
        }
        assert_eq!(count(temp.path(), "tmp"), 0);
    }
}
