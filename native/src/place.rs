//! The `place` batch: content objects become files of a checkout, by hard link where the mode allows, else by copy.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::read_ostreemeta;
use crate::names::{check_name, check_relative, join, unpack};
use crate::object::{ObjectName, StoreMode};
use crate::place_copy::{broken_object, cache_file, copy_out};
use crate::place_name::{Naming, Overwrite};
use crate::scratch::Scratch;
use crate::source::{Content, Found, Source, no_meta};
use crate::sys;
use crate::xattr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPolicy {
    Never,
    Try,
    Require,
}

pub struct Place<'a> {
    pub root: &'a str,
    pub directories: &'a str,
    pub directory_index: &'a [u32],
    pub names: &'a str,
    pub checksums: &'a [u8],
    pub policy: Policy,
}

/// How files are placed.
pub struct Policy {
    pub user_mode: bool,
    pub link: LinkPolicy,
    pub overwrite: Overwrite,
    pub copy_zero_sized: bool,
    pub sync_each: bool,
    /// `uncompressed-objects-cache`; empty for none.
    pub cache: String,
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    Linked,
    Copied(u64),
    Kept,
}

/// Everything that the files of a batch share.
pub struct Placer<'a> {
    pub source: &'a Source,
    pub overwrite: Overwrite,
    /// As the batch says, and always for bare-user-only.
    pub user_mode: bool,
    pub link: LinkPolicy,
    pub copy_zero_sized: bool,
    pub sync_each: bool,
    pub cache: Option<OwnedFd>,
    /// Owner of what this process makes.
    pub own_uid: u32,
}

pub fn place(batch: &Place, source: &Source, scratch: &mut Scratch) -> Outcome<Vec<Outcome<Placed>>> {
    let placer = Placer::new(&batch.policy, source)?;
    let root = sys::open_directory(batch.root)?;
    let directories: Vec<&str> = unpack(batch.directories).collect();
    let mut current: Option<(u32, OwnedFd)> = None;
    let checksums = batch.checksums.as_chunks::<32>().0;
    let one = |(index, name): (usize, &str)| {
        let place = batch.directory_index.get(index).copied().unwrap_or(u32::MAX);
        let directory = directories.get(place as usize).copied();
        let placed = enter(&mut current, &root, place, directory).and_then(|fd| {
            scratch.reset();
            let checksum = checksums.get(index).ok_or_else(|| Fault::told("INTERNAL", "checksums are missing"))?;
            check_name(name)?;
            let name = CString::new(name).map_err(|_| Fault::told("PATH_INVALID", "file name contains a NUL byte"))?;
            placer.place(checksum, fd, &name, scratch)
        });
        placed.map_err(|fault| fault.at(|| join(&[batch.root, directory.unwrap_or_default(), name])))
    };
    Ok(unpack(batch.names).enumerate().map(one).collect())
}

/// The directory of the next file; files of one directory come together.
fn enter<'a>(
    current: &'a mut Option<(u32, OwnedFd)>,
    root: &OwnedFd,
    index: u32,
    directory: Option<&str>,
) -> Outcome<BorrowedFd<'a>> {
    let held = current.take().filter(|(held, _)| *held == index);
    let entered = match held {
        Some(held) => held,
        None => {
            let directory = directory.ok_or_else(|| Fault::told("INTERNAL", "directory index is out of range"))?;
            check_relative(directory)?;
            (index, sys::open_beneath(root.as_fd(), directory, OFlags::PATH | OFlags::DIRECTORY)?)
        }
    };
    let entered: &(u32, OwnedFd) = current.insert(entered);
    Ok(entered.1.as_fd())
}

impl<'a> Placer<'a> {
    pub fn new(policy: &Policy, source: &'a Source) -> Outcome<Placer<'a>> {
        let mode = source.spec.mode;
        let cached = mode == StoreMode::Archive && policy.user_mode && policy.link != LinkPolicy::Never;
        let cache = cached && !policy.cache.is_empty();
        Ok(Placer {
            source,
            overwrite: policy.overwrite,
            user_mode: policy.user_mode || mode == StoreMode::BareUserOnly,
            link: policy.link,
            copy_zero_sized: policy.copy_zero_sized,
            sync_each: policy.sync_each,
            cache: if cache { Some(sys::open_directory(&policy.cache)?) } else { None },
            own_uid: rustix::process::geteuid().as_raw(),
        })
    }

    /// Places one file; its name has been checked.
    pub fn place(
        &self,
        checksum: &Checksum,
        directory: BorrowedFd,
        name: &CStr,
        scratch: &mut Scratch,
    ) -> Outcome<Placed> {
        let naming = Naming { directory, name, overwrite: self.overwrite, object: None };
        if let Some(placed) = self.link_cached(checksum, &naming, scratch)? {
            return Ok(placed);
        }
        let found = self.source.find_content(checksum)?;
        let found = found.ok_or_else(|| Fault::told("OBJECT_MISSING", missing(checksum)))?;
        self.place_found(checksum, &found, &naming, scratch)
    }

    fn place_found(
        &self,
        checksum: &Checksum,
        found: &Found,
        naming: &Naming,
        scratch: &mut Scratch,
    ) -> Outcome<Placed> {
        self.check_linkable()?;
        if self.link != LinkPolicy::Never && self.may_link(found).map_err(|fault| fault.at(|| found.path()))? {
            let object = Some((found.stat.st_dev, found.stat.st_ino));
            let made = Naming { object, ..*naming }.give(
                |name| sys::hard_link(found.directory, found.name.path(), naming.directory, name),
                || self.is_identical(checksum, found, naming, scratch),
            );
            match made {
                Err(fault) if self.link == LinkPolicy::Try && cannot_link(&fault) => {}
                other => return other.map(|new| if new { Placed::Linked } else { Placed::Kept }),
            }
        }
        let mut content = self.source.load(found, scratch)?;
        if let Some(cache) = self.cache.as_ref().filter(|_| is_cached(&content)) {
            let size = content.size;
            let name = ObjectName::new(checksum, "file");
            cache_file(self, cache, &name, content, scratch).map_err(|fault| broken_object(found, fault))?;
            match self.link_from_cache(cache, &name, checksum, naming, scratch)? {
                Some(Placed::Linked) => return Ok(Placed::Copied(size)),
                Some(placed) => return Ok(placed),
                None => content = self.source.load(found, scratch)?,
            }
        }
        copy_out(self, checksum, found, content, naming, scratch)
    }

    /// The combinations of modes in which libostree refuses `--require-hardlinks`, in its words.
    fn check_linkable(&self) -> Outcome<()> {
        if self.link != LinkPolicy::Require {
            return Ok(());
        }
        match (self.source.spec.mode, self.user_mode) {
            (StoreMode::Bare, false) | (StoreMode::BareUser, true) | (StoreMode::BareUserOnly, _) => Ok(()),
            (StoreMode::BareUser, false) => {
                Err(Fault::told("USAGE", "User repository mode requires user checkout mode to hardlink"))
            }
            _ => Err(Fault::told("USAGE", "Bare repository mode cannot hardlink in user checkout mode")),
        }
    }

    /// Whether the inode of the object looks as the file shall: libostree links the others never.
    fn may_link(&self, found: &Found) -> Outcome<bool> {
        let stat = &found.stat;
        let empty = stat.st_size == 0 && self.copy_zero_sized;
        Ok(match (self.source.spec.mode, self.user_mode) {
            (StoreMode::Bare, false) => sys::is_symlink(stat.st_mode) || !empty,
            (StoreMode::BareUserOnly, _) => sys::is_regular(stat.st_mode) && !empty && stat.st_mode & 0o400 != 0,
            (StoreMode::BareUser, true) => {
                let meta = xattr::read_ostreemeta(found.directory, found.name.as_str()).map_err(no_meta)?;
                let mode = read_ostreemeta(&meta)?.0.mode;
                sys::is_regular(mode) && !empty && mode & 0o400 != 0
            }
            _ => false,
        })
    }

    /// Links a file that an earlier checkout has left in the cache.
    fn link_cached(&self, checksum: &Checksum, naming: &Naming, scratch: &mut Scratch) -> Outcome<Option<Placed>> {
        let Some(cache) = &self.cache else { return Ok(None) };
        let name = ObjectName::new(checksum, "file");
        if sys::stat_at(cache.as_fd(), name.path())?.is_none() {
            return Ok(None);
        }
        self.link_from_cache(cache, &name, checksum, naming, scratch)
    }

    fn link_from_cache(
        &self,
        cache: &OwnedFd,
        name: &ObjectName,
        checksum: &Checksum,
        naming: &Naming,
        scratch: &mut Scratch,
    ) -> Outcome<Option<Placed>> {
        let made = naming.give(
            |new| sys::hard_link(cache.as_fd(), name.path(), naming.directory, new),
            || match self.source.find_content(checksum)? {
                Some(found) => self.is_identical(checksum, &found, naming, scratch),
                None => Ok(false),
            },
        );
        match made {
            Err(fault) if cannot_link(&fault) || fault.is(Errno::NOENT) => Ok(None),
            other => other.map(|new| Some(if new { Placed::Linked } else { Placed::Kept })),
        }
    }
}

/// libostree caches neither symlinks nor empty files nor those that it makes readable.
fn is_cached(content: &Content) -> bool {
    let mode = content.header.owner.mode;
    sys::is_regular(mode) && content.size > 0 && mode & 0o400 != 0
}

/// Refusals of linkat after which a copy will do.
pub fn cannot_link(fault: &Fault) -> bool {
    fault.syscall == "linkat"
        && matches!(fault.errno, Some(Errno::MLINK | Errno::XDEV | Errno::PERM | Errno::OPNOTSUPP))
}

pub fn missing(checksum: &Checksum) -> String {
    let hex: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("no such file object {hex}")
}
