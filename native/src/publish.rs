//! The `publish` batch: staged objects get their place in `objects`.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::fault::{Fault, Outcome};
use crate::names::{join, unpack};
use crate::sys;

pub struct Publish<'a> {
    pub staging: &'a str,
    pub objects: &'a str,
    /// Packed two-digit names.
    pub prefixes: &'a str,
    pub sync: bool,
}

/// One result per prefix; a prefix that nothing was staged under is fine.
pub fn publish(batch: &Publish) -> Outcome<Vec<Outcome<()>>> {
    let staging = sys::open_directory(batch.staging)?;
    let objects = sys::open_directory(batch.objects)?;
    let results = unpack(batch.prefixes).map(|prefix| publish_prefix(batch, &staging, &objects, prefix)).collect();
    if batch.sync {
        let readable = sys::open_beneath(objects.as_fd(), "", OFlags::RDONLY | OFlags::DIRECTORY);
        let synced = readable.and_then(|fd| sys::sync(fd.as_fd()));
        synced.map_err(|fault| fault.at(|| batch.objects.to_owned()))?;
    }
    Ok(results)
}

fn publish_prefix(batch: &Publish, staging: &OwnedFd, objects: &OwnedFd, prefix: &str) -> Outcome<()> {
    let path = two_digits(prefix)?;
    let (from, to) = (staging.as_fd(), objects.as_fd());
    match sys::rename_new(from, &path, to, &path) {
        Ok(()) => {}
        Err(fault) if fault.is(Errno::NOENT) => return Ok(()),
        // Taken, or a file system that renames no directory without replacing.
        Err(_) => publish_files(batch, from, to, prefix)?,
    }
    if batch.sync {
        let directory = sys::open_beneath(to, prefix, OFlags::RDONLY | OFlags::DIRECTORY);
        let synced = directory.and_then(|fd| sys::sync(fd.as_fd()));
        synced.map_err(|fault| fault.at(|| join(&[batch.objects, prefix])))?;
    }
    Ok(())
}

fn two_digits(prefix: &str) -> Outcome<CString> {
    let good = prefix.len() == 2 && prefix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let bad = || Fault::told("PATH_INVALID", format!("\"{prefix}\" is no fan-out directory"));
    if good { CString::new(prefix).map_err(|_| bad()) } else { Err(bad()) }
}

fn publish_files(batch: &Publish, staging: BorrowedFd, objects: BorrowedFd, prefix: &str) -> Outcome<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let from =
        sys::open_beneath(staging, prefix, flags).map_err(|fault| fault.at(|| join(&[batch.staging, prefix])))?;
    let path = two_digits(prefix)?;
    let to = sys::make_directory(objects, &path, 0o777).and_then(|_| sys::open_beneath(objects, prefix, flags));
    let to = to.map_err(|fault| fault.at(|| join(&[batch.objects, prefix])))?;
    let mut names = Vec::new();
    let listed = sys::list_names(from.as_fd(), &mut [MaybeUninit::uninit(); 16384], |name| names.push(name.to_owned()));
    listed.map_err(|fault| fault.at(|| join(&[batch.staging, prefix])))?;
    for name in names {
        let moved = move_object(from.as_fd(), to.as_fd(), &name);
        moved.map_err(|fault| fault.at(|| join(&[batch.objects, prefix, &name.to_string_lossy()])))?;
    }
    Ok(())
}

/// An object that is there already wins, but detached metadata is mutable: the newer replaces it.
fn move_object(from: BorrowedFd, to: BorrowedFd, name: &CStr) -> Outcome<()> {
    if name.to_bytes().ends_with(b".commitmeta") {
        return sys::rename(from, name, to, name);
    }
    match sys::rename_new(from, name, to, name) {
        Err(fault) if fault.is(Errno::EXIST) => sys::unlink(from, name),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn write(root: &Path, path: &str, content: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("mkdir");
        fs::write(path, content).expect("write");
    }

    #[test]
    fn staged_objects_arrive_and_those_already_there_stay() {
        let temp = tempfile::tempdir().expect("tempdir");
        let (staging, objects) = (temp.path().join("staging"), temp.path().join("objects"));
        write(&objects, "aa/1.file", "old");
        write(&objects, "aa/1.commitmeta", "old");
        write(&staging, "aa/1.file", "new");
        write(&staging, "aa/1.commitmeta", "new");
        write(&staging, "aa/2.file", "new");
        write(&staging, "bb/3.file", "new");
        let text = |path: &Path| path.to_str().expect("utf-8").to_owned();
        let (staging_path, objects_path) = (text(&staging), text(&objects));
        let batch = Publish { staging: &staging_path, objects: &objects_path, prefixes: "aa\0bb\0cc\0", sync: true };
        let results = publish(&batch).expect("publishes");
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let read = |path: &str| fs::read_to_string(objects.join(path)).expect("read");
        assert_eq!(read("aa/1.file"), "old");
        assert_eq!(read("aa/1.commitmeta"), "new");
        assert_eq!(read("aa/2.file") + &read("bb/3.file"), "newnew");
        assert_eq!(fs::read_dir(staging.join("aa")).expect("list").count(), 0);
    }

    #[test]
    fn only_fan_out_names_are_prefixes() {
        for bad in ["", "a", "..", "AA", "abc", "a/"] {
            assert!(two_digits(bad).is_err(), "{bad}");
        }
    }
}
