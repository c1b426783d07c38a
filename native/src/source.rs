//! Where objects are read from, and how a content object is taken apart in every mode.

use std::cell::Cell;
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::Stat;
use rustix::io::Errno;

use crate::deflate::{fits_whole, inflate_stream};
use crate::digest::{Algorithm, Checksum};
use crate::fault::{Fault, Outcome};
use crate::header::{Header, Owner, filez_header_length, read_filez_header, read_ostreemeta};
use crate::names::join;
use crate::object::{ObjectName, StoreMode};
use crate::scratch::Scratch;
use crate::sys;
use crate::xattr;

/// Contents up to this size are handed on in one piece.
const SMALL_LIMIT: u64 = 1024 * 1024;
const PIECE: usize = 256 * 1024;
/// Longest symlink target, its NUL included.
const LINK_LIMIT: u64 = 4096;

#[derive(Debug, Clone)]
pub struct SourceSpec {
    pub mode: StoreMode,
    pub algorithm: Algorithm,
    pub objects: Vec<String>,
}

/// An open source, for the length of one batch.
pub struct Source {
    pub spec: SourceSpec,
    objects: Vec<OwnedFd>,
}

/// A loose object that is there.
pub struct Found<'a> {
    pub directory: BorrowedFd<'a>,
    root: &'a str,
    pub name: ObjectName,
    pub stat: Stat,
    /// Until it is first read, where finding it opened it.
    file: Cell<Option<OwnedFd>>,
}

impl Found<'_> {
    pub fn path(&self) -> String {
        join(&[self.root, self.name.as_str()])
    }

    /// The file and its size; FORMAT_INVALID where it is no regular one.
    pub fn open(&self) -> Outcome<(OwnedFd, u64)> {
        let size = regular_size(&self.stat)?;
        if let Some(fd) = self.file.take() {
            return Ok((fd, size));
        }
        let (fd, stat) = open_and_stat(self.directory, self.name.path())?;
        Ok((fd, regular_size(&stat)?))
    }
}

/// Where the content of an object comes from.
pub enum Body {
    /// A symlink has none.
    Absent,
    File(OwnedFd),
    /// `scratch.stored`, from this offset on.
    DeflatedWhole(usize),
    /// What is left of the file.
    DeflatedStream(OwnedFd),
}

pub struct Content {
    pub header: Header,
    pub size: u64,
    pub body: Body,
}

impl Source {
    pub fn open(spec: SourceSpec) -> Outcome<Source> {
        let objects = spec.objects.iter().map(|path| sys::open_directory(path)).collect::<Outcome<_>>()?;
        Ok(Source { spec, objects })
    }

    /// Looks in the repository's own `objects` first, then in its parents'.
    fn find(&self, checksum: &Checksum, extension: &str, look: Look) -> Outcome<Option<Found<'_>>> {
        let name = ObjectName::new(checksum, extension);
        for (directory, root) in self.directories() {
            let seen = look(directory, name.path());
            if let Some((stat, file)) = seen.map_err(|fault| fault.at(|| join(&[root, name.as_str()])))? {
                return Ok(Some(Found { directory, root, name, stat, file: Cell::new(file) }));
            }
        }
        Ok(None)
    }

    /// For whoever is going to read the object: opens what can be opened, which saves a walk along its path.
    pub fn find_to_read(&self, checksum: &Checksum, extension: &str) -> Outcome<Option<Found<'_>>> {
        self.find(checksum, extension, open_first)
    }

    /// The `objects` directories and their paths, the repository's own first.
    pub fn directories(&self) -> impl Iterator<Item = (BorrowedFd<'_>, &str)> {
        self.objects.iter().map(|fd| fd.as_fd()).zip(self.spec.objects.iter().map(String::as_str))
    }

    pub fn find_content(&self, checksum: &Checksum) -> Outcome<Option<Found<'_>>> {
        self.find(checksum, self.spec.mode.content_extension(), stat_only)
    }

    pub fn find_content_to_read(&self, checksum: &Checksum) -> Outcome<Option<Found<'_>>> {
        self.find_to_read(checksum, self.spec.mode.content_extension())
    }

    /// Reads the header of a content object and makes its content ready.
    pub fn load(&self, found: &Found, scratch: &mut Scratch) -> Outcome<Content> {
        let loaded = match self.spec.mode {
            StoreMode::Archive => load_archive(found, scratch),
            StoreMode::BareUser => load_bare_user(found, scratch),
            mode => load_bare(found, mode, scratch),
        };
        loaded.map_err(|fault| fault.at(|| found.path()))
    }
}

fn regular_size(stat: &Stat) -> Outcome<u64> {
    if sys::is_regular(stat.st_mode) {
        Ok(stat.st_size as u64)
    } else {
        Err(Fault::format("object is not a regular file"))
    }
}

/// What is at a path, and open where the look opened it.
type Look = fn(BorrowedFd, &CStr) -> Outcome<Option<(Stat, Option<OwnedFd>)>>;

fn stat_only(directory: BorrowedFd, path: &CStr) -> Outcome<Option<(Stat, Option<OwnedFd>)>> {
    Ok(sys::stat_at(directory, path)?.map(|stat| (stat, None)))
}

fn open_first(directory: BorrowedFd, path: &CStr) -> Outcome<Option<(Stat, Option<OwnedFd>)>> {
    match open_and_stat(directory, path) {
        Ok((file, stat)) => Ok(Some((stat, Some(file)))),
        // Missing, a symlink, or what only its reader can tell.
        Err(_) => stat_only(directory, path),
    }
}

fn open_and_stat(directory: BorrowedFd, path: &CStr) -> Outcome<(OwnedFd, Stat)> {
    let file = sys::open_for_reading(directory, path)?;
    let stat = sys::stat_of(file.as_fd())?;
    Ok((file, stat))
}

fn regular(header: Header, size: u64, body: Body) -> Outcome<Content> {
    Ok(Content { header, size, body })
}

fn symlink(owner: Owner, target: &[u8], xattrs: Vec<u8>) -> Outcome<Content> {
    if target.is_empty() || target.contains(&0) || std::str::from_utf8(target).is_err() {
        return Err(Fault::format("symlink target is not text"));
    }
    Ok(Content { header: Header { owner, target: target.to_vec(), xattrs }, size: 0, body: Body::Absent })
}

fn load_archive(found: &Found, scratch: &mut Scratch) -> Outcome<Content> {
    let (fd, file_size) = found.open()?;
    scratch.stored.clear();
    if fits_whole(file_size, 0) {
        sys::read_regular(fd.as_fd(), file_size as usize, &mut scratch.stored)?;
        let end = filez_header_length(&scratch.stored, file_size)?;
        let (header, size) = read_filez_header(&scratch.stored[..end])?;
        if fits_whole(file_size, size) || sys::is_symlink(header.owner.mode) {
            return archive_content(header, size, Body::DeflatedWhole(end), file_size - end as u64);
        }
        rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(end as u64))
            .map_err(|errno| Fault::system("lseek", errno))?;
        return archive_content(header, size, Body::DeflatedStream(fd), file_size - end as u64);
    }
    read_exactly(&fd, 8, scratch)?;
    let end = filez_header_length(&scratch.stored, file_size)?;
    read_exactly(&fd, end - 8, scratch)?;
    let (header, size) = read_filez_header(&scratch.stored)?;
    archive_content(header, size, Body::DeflatedStream(fd), file_size - end as u64)
}

fn archive_content(header: Header, size: u64, body: Body, rest: u64) -> Outcome<Content> {
    if !sys::is_symlink(header.owner.mode) {
        return regular(header, size, body);
    }
    if rest != 0 {
        return Err(Fault::format("symlink object with content"));
    }
    symlink(header.owner, &header.target.clone(), header.xattrs)
}

/// Appends `count` bytes of a file to `scratch.stored`.
fn read_exactly(fd: &OwnedFd, count: usize, scratch: &mut Scratch) -> Outcome<()> {
    let start = scratch.stored.len();
    scratch.stored.resize(start + count, 0);
    let got = sys::read_full(fd.as_fd(), &mut scratch.stored[start..])?;
    if got == count { Ok(()) } else { Err(Fault::format("object is shorter than its header")) }
}

fn load_bare_user(found: &Found, scratch: &mut Scratch) -> Outcome<Content> {
    let (fd, size) = found.open()?;
    let meta = xattr::read_ostreemeta_open(fd.as_fd()).map_err(no_meta)?;
    let (owner, xattrs) = read_ostreemeta(&meta)?;
    if sys::is_regular(owner.mode) {
        return regular(Header { owner, target: Vec::new(), xattrs }, size, Body::File(fd));
    }
    if size > LINK_LIMIT {
        return Err(Fault::format("symlink target is too long"));
    }
    scratch.target.clear();
    sys::read_regular(fd.as_fd(), size as usize, &mut scratch.target)?;
    symlink(owner, scratch.target.strip_suffix(&[0]).unwrap_or(&scratch.target), xattrs)
}

/// An object without its attribute is a broken object, not a failed call.
pub fn no_meta(fault: Fault) -> Fault {
    if fault.is(Errno::NODATA) { Fault::format("object has no user.ostreemeta attribute") } else { fault }
}

fn load_bare(found: &Found, mode: StoreMode, scratch: &mut Scratch) -> Outcome<Content> {
    let stat = &found.stat;
    let owner = match mode {
        StoreMode::BareUserOnly => Owner { uid: 0, gid: 0, mode: stat.st_mode },
        _ => Owner { uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode },
    };
    if sys::is_symlink(stat.st_mode) {
        sys::read_link(found.directory, found.name.path(), &mut scratch.target)?;
        let xattrs = bare_xattrs(found, mode, None)?;
        return symlink(owner, &scratch.target, xattrs);
    }
    if !sys::is_regular(stat.st_mode) {
        return Err(Fault::format("object is neither a regular file nor a symbolic link"));
    }
    let (fd, size) = found.open()?;
    let xattrs = bare_xattrs(found, mode, Some(&fd))?;
    regular(Header { owner, target: Vec::new(), xattrs }, size, Body::File(fd))
}

fn bare_xattrs(found: &Found, mode: StoreMode, open: Option<&OwnedFd>) -> Outcome<Vec<u8>> {
    match (mode, open) {
        (StoreMode::BareUserOnly, _) => Ok(Vec::new()),
        (StoreMode::BareSplitXattrs, _) => split_xattrs(found),
        (_, Some(fd)) => xattr::read_open(fd.as_fd()),
        (_, None) => xattr::read_named(found.directory, found.name.as_str()),
    }
}

/// The list beside the object, `<checksum>.file-xattrs-link`.
fn split_xattrs(found: &Found) -> Outcome<Vec<u8>> {
    let path = format!("{}-xattrs-link\0", found.name.as_str());
    let path = CStr::from_bytes_with_nul(path.as_bytes()).unwrap_or_default();
    let (fd, stat) = match open_and_stat(found.directory, path) {
        Err(fault) if fault.is(Errno::NOENT) => return Err(Fault::format("object has no file-xattrs-link")),
        other => other?,
    };
    let size = regular_size(&stat)? as usize;
    let mut bytes = Vec::new();
    sys::read_regular(fd.as_fd(), size, &mut bytes)?;
    xattr::parse(&bytes)?;
    Ok(bytes)
}

impl Content {
    /// Hands on the content in pieces; fails when it is longer or shorter than told.
    pub fn read(self, scratch: &mut Scratch, mut piece: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<()> {
        match self.body {
            Body::Absent => Ok(()),
            Body::File(fd) => read_file(&fd, self.size, scratch, piece),
            Body::DeflatedWhole(from) => {
                scratch.inflate_stored(from, self.size as usize)?;
                piece(&scratch.content)
            }
            Body::DeflatedStream(fd) => inflate_stream(fd.as_fd(), self.size, piece),
        }
    }

    /// Whether it may be held whole.
    pub fn is_small(&self) -> bool {
        self.size <= SMALL_LIMIT && !matches!(self.body, Body::DeflatedStream(_))
    }

    /// Appends the whole content to `out`; fails as `read` does.
    pub fn append_to(self, scratch: &mut Scratch, out: &mut Vec<u8>) -> Outcome<()> {
        if let Body::File(fd) = &self.body {
            return sys::read_regular(fd.as_fd(), self.size as usize, out);
        }
        self.read(scratch, |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })
    }

    /// Leaves the whole content in `scratch.content`; fails as `read` does.
    pub fn read_whole(self, scratch: &mut Scratch) -> Outcome<()> {
        let (size, content) = (self.size as usize, &mut scratch.content);
        content.clear();
        match self.body {
            Body::Absent => Ok(()),
            Body::File(fd) => sys::read_regular(fd.as_fd(), size, content),
            Body::DeflatedWhole(from) => scratch.inflate_stored(from, size),
            Body::DeflatedStream(fd) => inflate_stream(fd.as_fd(), self.size, |piece| {
                content.extend_from_slice(piece);
                Ok(())
            }),
        }
    }
}

/// Reads `size` bytes from where the file stands to its end.
pub fn read_file(
    fd: &OwnedFd,
    size: u64,
    scratch: &mut Scratch,
    mut piece: impl FnMut(&[u8]) -> Outcome<()>,
) -> Outcome<()> {
    scratch.content.clear();
    if size <= SMALL_LIMIT {
        sys::read_regular(fd.as_fd(), size as usize, &mut scratch.content)?;
        return piece(&scratch.content);
    }
    scratch.content.resize(PIECE, 0);
    let mut total = 0;
    loop {
        let count = sys::read_full(fd.as_fd(), &mut scratch.content)?;
        total += count as u64;
        piece(&scratch.content[..count])?;
        if count < PIECE {
            break;
        }
    }
    if total == size { Ok(()) } else { Err(sys::changed()) }
}
