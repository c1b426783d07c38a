//! open, fstat, read, SHA-256, O_TMPFILE, write, linkat, close: a first commit to a bare-user-only repository and nothing else.
//!
//! Object names are the real ones, so the bench can compare them with a commit by ostree. Files whose checksum came by
//! before are not written again.

use crate::directories::{self, FanOut, LastDirectory};
use crate::hash::{BUFFER_BYTES, open_file, read_all};
use crate::{Tally, share};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fmt::Write;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;

const HEADER_BYTES: u8 = 18;

/// Length prefix and `(uuuusa(ayay))` of a regular file as bare-user-only sees it: root's, mode & 0755, no xattrs.
fn header(mode: u32) -> [u8; 26] {
    let mut bytes = [0; 26];
    bytes[3] = HEADER_BYTES;
    bytes[16..20].copy_from_slice(&mode.to_be_bytes());
    bytes[25] = 17; // framing offset: where the empty symlink target ends
    bytes
}

fn object_name(checksum: &[u8; 32]) -> String {
    let mut name = String::with_capacity(67);
    for byte in &checksum[1..] {
        let _ = write!(name, "{byte:02x}"); // writing to a String cannot fail
    }
    name.push_str(".file");
    name
}

/// Checksums that came by, in 256 sets so that threads rarely meet.
struct Seen(Vec<Mutex<HashSet<[u8; 32]>>>);

impl Seen {
    fn new() -> Self {
        Seen((0..256).map(|_| Mutex::new(HashSet::new())).collect())
    }

    fn insert(&self, checksum: [u8; 32]) -> bool {
        self.0[checksum[0] as usize]
            .lock()
            .expect("no thread panics here")
            .insert(checksum)
    }
}

/// Gives the unnamed file its name; without the right to link an empty path, by way of /proc.
fn link_unnamed(file: &OwnedFd, directory: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let by_path = || {
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        fs::linkat(CWD, path, directory, name, AtFlags::SYMLINK_FOLLOW)
    };
    let linked = match fs::linkat(file, "", directory, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT) => by_path(),
        other => other,
    };
    match linked {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn create(directory: BorrowedFd<'_>, mode: u32) -> io::Result<OwnedFd> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(fs::openat(
        directory,
        ".",
        flags,
        Mode::from_raw_mode(mode & 0o7777),
    )?)
}

fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        bytes = &bytes[rustix::io::write(file, bytes)?..];
    }
    Ok(())
}

struct Worker<'a> {
    last: LastDirectory<'a>,
    buffer: Vec<u8>,
    fan_out: &'a FanOut,
    seen: &'a Seen,
}

impl Worker<'_> {
    fn store(&mut self, path: &str) -> io::Result<u64> {
        let (file, stat) = open_file(&mut self.last, path)?;
        let mode = 0o100000 | (stat.st_mode & 0o755);
        let size = stat.st_size as u64;
        if size <= self.buffer.len() as u64 {
            self.store_small(&file, mode, size)
        } else {
            self.store_large(&file, mode, size)
        }?;
        Ok(size)
    }

    fn store_small(&mut self, file: &OwnedFd, mode: u32, size: u64) -> io::Result<()> {
        let (mut sha, mut filled) = (Sha256::new_with_prefix(header(mode)), 0);
        let size = size as usize;
        while filled < size {
            match rustix::io::read(file, &mut self.buffer[filled..size])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                got => filled += got,
            }
        }
        sha.update(&self.buffer[..size]);
        let checksum: [u8; 32] = sha.finalize().into();
        if !self.seen.insert(checksum) {
            return Ok(());
        }
        let directory = self.fan_out.of(checksum[0]);
        let object = create(directory, mode)?;
        write_all(&object, &self.buffer[..size])?;
        link_unnamed(&object, directory, &object_name(&checksum))
    }

    /// The name is known only at the end, so the unnamed file is made in any fan-out directory.
    fn store_large(&mut self, file: &OwnedFd, mode: u32, size: u64) -> io::Result<()> {
        let (mut sha, object) = (
            Sha256::new_with_prefix(header(mode)),
            create(self.fan_out.of(0), mode)?,
        );
        read_all(file, size, &mut self.buffer, |bytes| {
            sha.update(bytes);
            write_all(&object, bytes)
        })?;
        let checksum: [u8; 32] = sha.finalize().into();
        self.seen.insert(checksum);
        link_unnamed(
            &object,
            self.fan_out.of(checksum[0]),
            &object_name(&checksum),
        )
    }
}

pub fn commit(root: &str, paths: &[&str], objects: &str, threads: usize) -> io::Result<Tally> {
    let (root, fan_out, seen) = (
        directories::open(root)?,
        FanOut::open(objects)?,
        Seen::new(),
    );
    let start = || Worker {
        last: LastDirectory::new(root.as_fd()),
        buffer: vec![0; BUFFER_BYTES],
        fan_out: &fan_out,
        seen: &seen,
    };
    share::share(paths.len(), threads, start, |worker, range| {
        let mut tally = Tally::default();
        for path in &paths[range] {
            tally += Tally {
                files: 1,
                bytes: worker.store(path)?,
            };
        }
        Ok(tally)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The object that `ostree commit` makes of a file of mode 0644 with the bytes `hi\n`.
    #[test]
    fn names_objects_as_ostree_does() {
        let mut sha = Sha256::new_with_prefix(header(0o100644));
        sha.update(b"hi\n");
        let name = object_name(&sha.finalize().into());
        assert_eq!(
            name,
            "f7cf77a1b50d9f074cb6e9ef6ddb65b6532ea89e4f4ca1b07a05b4cd1be259.file"
        );
    }
}
