//! Content objects written out as files of their own.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::{Header, push_hash_prefix};
use crate::object::ObjectName;
use crate::place::{Placed, Placer};
use crate::place_name::{Naming, Overwrite, different};
use crate::scratch::Scratch;
use crate::source::{Body, Content, Found, read_file};
use crate::sys;
use crate::target::scratch_name;
use crate::xattr;

/// Writes one object out; `found` is the object that `content` was loaded from.
pub fn copy_out(
    placer: &Placer,
    checksum: &Checksum,
    found: &Found,
    content: Content,
    naming: &Naming,
    scratch: &mut Scratch,
) -> Outcome<Placed> {
    if sys::is_symlink(content.header.owner.mode) {
        return copy_symlink(placer, &content.header, naming);
    }
    let (header, size) = (content.header.clone(), content.size);
    // A file in the way decides without a copy being written first.
    if naming.overwrite == Overwrite::Identical && sys::stat_at(naming.directory, naming.name)?.is_some() {
        let same = is_same_file(placer, checksum, &header, naming, scratch)?;
        return if same { Ok(Placed::Kept) } else { Err(different(Fault::system("linkat", Errno::EXIST))) };
    }
    let draft = Draft::begin(naming.directory)?;
    let filled = fill(placer, found.stat.st_dev, content, draft.fd.as_fd(), scratch);
    filled.map_err(|fault| draft.give_up(naming.directory, broken_object(found, fault)))?;
    let identical = || is_same_file(placer, checksum, &header, naming, scratch);
    let new = naming.give(|name| draft.link(naming.directory, name), identical);
    draft.clear(naming.directory);
    Ok(if new? { Placed::Copied(size) } else { Placed::Kept })
}

/// What does not read as it should is the object's trouble, not that of the file it was to become.
pub fn broken_object(found: &Found, fault: Fault) -> Fault {
    if fault.code == "FORMAT_INVALID" { fault.at(|| found.path()) } else { fault }
}

/// Writes the content of an archive object into the uncompressed-objects cache; one that is there already is good.
pub fn cache_file(
    placer: &Placer,
    cache: &OwnedFd,
    name: &ObjectName,
    content: Content,
    scratch: &mut Scratch,
) -> Outcome<()> {
    let draft = Draft::begin(cache.as_fd())?;
    let filled = fill(placer, 0, content, draft.fd.as_fd(), scratch);
    filled.map_err(|fault| draft.give_up(cache.as_fd(), fault))?;
    let fan_out = CString::new(name.fan_out()).unwrap_or_default();
    let linked =
        sys::make_directory(cache.as_fd(), &fan_out, 0o777).and_then(|_| draft.link(cache.as_fd(), name.path()));
    draft.clear(cache.as_fd());
    match linked {
        Err(fault) if !fault.is(Errno::EXIST) => Err(fault),
        _ => Ok(()),
    }
}

/// A file being written in the directory it will be named in.
struct Draft {
    fd: OwnedFd,
    /// Its interim name where the file system has no unnamed files.
    name: Option<CString>,
}

impl Draft {
    fn begin(directory: BorrowedFd) -> Outcome<Draft> {
        if let Some(fd) = sys::open_unnamed(directory, 0o600)? {
            return Ok(Draft { fd, name: None });
        }
        let name = scratch_name();
        Ok(Draft { fd: sys::create_new(directory, &name, 0o600)?, name: Some(name) })
    }

    fn link(&self, directory: BorrowedFd, new: &CStr) -> Outcome<()> {
        match &self.name {
            None => sys::link_unnamed(self.fd.as_fd(), directory, new),
            Some(name) => sys::rename_new(directory, name, directory, new),
        }
    }

    /// Removes the interim name, if it is still there.
    fn clear(&self, directory: BorrowedFd) {
        if let Some(name) = &self.name {
            let _ = sys::unlink(directory, name);
        }
    }

    fn give_up(&self, directory: BorrowedFd, fault: Fault) -> Fault {
        self.clear(directory);
        fault
    }
}

fn fill(placer: &Placer, device: u64, content: Content, to: BorrowedFd, scratch: &mut Scratch) -> Outcome<()> {
    let header = content.header.clone();
    match &content.body {
        Body::File(from) if content.size > 0 && sys::clone_content(from.as_fd(), to, device) => {}
        _ => content.read(scratch, |piece| sys::write_full(to, piece))?,
    }
    dress(placer, &header, to)?;
    if placer.sync_each { sys::sync(to) } else { Ok(()) }
}

fn dress(placer: &Placer, header: &Header, to: BorrowedFd) -> Outcome<()> {
    if !placer.user_mode {
        sys::change_owner(to, header.owner.uid, header.owner.gid)?;
        xattr::write_open(to, &header.xattrs)?;
    }
    sys::change_mode(to, placed_mode(placer, header))
}

/// In user mode libostree takes setuid and setgid away and makes what nobody could read readable.
fn placed_mode(placer: &Placer, header: &Header) -> u32 {
    let bits = header.owner.mode & 0o7777;
    if placer.user_mode { (bits & !0o6000) | 0o400 } else { bits }
}

fn copy_symlink(placer: &Placer, header: &Header, naming: &Naming) -> Outcome<Placed> {
    let target = CString::new(header.target.as_slice()).map_err(|_| Fault::format("symlink target contains NUL"))?;
    let make = |name: &CStr| {
        sys::make_symlink(&target, naming.directory, name)?;
        let dressed = dress_symlink(placer, header, naming.directory, name);
        dressed.inspect_err(|_| {
            let _ = sys::unlink(naming.directory, name);
        })
    };
    let new = naming.give(make, || is_same_link(header, naming))?;
    Ok(if new { Placed::Copied(0) } else { Placed::Kept })
}

fn dress_symlink(placer: &Placer, header: &Header, directory: BorrowedFd, name: &CStr) -> Outcome<()> {
    if placer.user_mode {
        return Ok(());
    }
    sys::change_link_owner(directory, name, header.owner.uid, header.owner.gid)?;
    xattr::write_named(directory, &name.to_string_lossy(), &header.xattrs)
}

fn is_same_link(header: &Header, naming: &Naming) -> Outcome<bool> {
    match sys::stat_at(naming.directory, naming.name)? {
        Some(stat) if sys::is_symlink(stat.st_mode) => {
            let mut target = Vec::new();
            sys::read_link(naming.directory, naming.name, &mut target)?;
            Ok(target == header.target)
        }
        _ => Ok(false),
    }
}

impl Placer<'_> {
    /// Whether the file in the way is the object itself, or looks and reads like it.
    pub fn is_identical(
        &self,
        checksum: &Checksum,
        found: &Found,
        naming: &Naming,
        scratch: &mut Scratch,
    ) -> Outcome<bool> {
        match sys::stat_at(naming.directory, naming.name)? {
            Some(stat) if sys::same_inode(&stat, &found.stat) => return Ok(true),
            None => return Ok(false),
            Some(_) => {}
        }
        let header = self.source.load(found, scratch)?.header;
        if sys::is_symlink(header.owner.mode) {
            return is_same_link(&header, naming);
        }
        is_same_file(self, checksum, &header, naming, scratch)
    }
}

/// Compares owner, mode and attributes as placed, then the content by its checksum.
fn is_same_file(
    placer: &Placer,
    checksum: &Checksum,
    header: &Header,
    naming: &Naming,
    scratch: &mut Scratch,
) -> Outcome<bool> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let name = naming.name.to_string_lossy();
    let fd = match sys::open_beneath(naming.directory, &name, flags) {
        Err(fault) if fault.is(Errno::LOOP) => return Ok(false),
        other => other?,
    };
    let stat = sys::stat_of(fd.as_fd())?;
    let (uid, gid) = match placer.user_mode {
        true => (placer.own_uid, stat.st_gid),
        false => (header.owner.uid, header.owner.gid),
    };
    let looks_same = sys::is_regular(stat.st_mode)
        && (stat.st_uid, stat.st_gid) == (uid, gid)
        && same_mode(placer, header, stat.st_mode)
        && (placer.user_mode || xattr::read_open(fd.as_fd())? == header.xattrs);
    if !looks_same {
        return Ok(false);
    }
    let mut hasher = placer.source.spec.algorithm.hasher();
    let mut prefix = Vec::new();
    push_hash_prefix(&mut prefix, header.owner, &header.target, &header.xattrs);
    hasher.update(&prefix);
    read_file(&fd, stat.st_size as u64, scratch, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok(hasher.finish() == *checksum)
}

/// A linked file of a user checkout has the mode of the object's inode, a copied one that of the header.
fn same_mode(placer: &Placer, header: &Header, mode: u32) -> bool {
    let copied = placed_mode(placer, header);
    let linked = (copied & 0o775) | 0o400;
    mode & 0o7777 == copied || (placer.user_mode && mode & 0o7777 == linked)
}
