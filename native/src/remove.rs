//! The `remove` batch: loose objects measured and unlinked.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::crew::Crew;
use crate::fault::{Fault, Outcome};
use crate::list::{EXTENSIONS, RECORD};
use crate::names::join;
use crate::object::ObjectName;
use crate::sys;

pub struct Remove<'a> {
    pub objects: &'a str,
    /// Checksum and type number, one after the other.
    pub records: &'a [u8],
    pub archive: bool,
    /// False measures and leaves everything in its place.
    pub unlink: bool,
}

/// The size of each object that was there. Records of one two-digit directory in a row share its descriptor.
pub fn remove(batch: &Remove, crew: &Crew) -> Outcome<Vec<Outcome<Option<u64>>>> {
    let root = sys::open_directory(batch.objects)?;
    Ok(crew.spread(batch.records.as_chunks().0, |records| remove_records(batch, root.as_fd(), records)))
}

fn remove_records(batch: &Remove, root: BorrowedFd, records: &[[u8; RECORD]]) -> Vec<Outcome<Option<u64>>> {
    let mut directory: Option<(u8, Option<OwnedFd>)> = None;
    let mut results = Vec::with_capacity(records.len());
    for record in records {
        let first = record[0];
        if directory.as_ref().is_none_or(|(held, _)| *held != first) {
            directory = match open_fan_out(root, first) {
                Ok(fd) => Some((first, fd)),
                Err(fault) => {
                    let prefix = format!("{first:02x}");
                    results.push(Err(fault.at(|| join(&[batch.objects, &prefix]))));
                    continue;
                }
            };
        }
        results.push(match &directory {
            Some((_, Some(fd))) => remove_one(batch, fd.as_fd(), record),
            _ => Ok(None),
        });
    }
    results
}

/// `None` when the directory is not there.
fn open_fan_out(root: BorrowedFd, first: u8) -> Outcome<Option<OwnedFd>> {
    match sys::open_beneath(root, &format!("{first:02x}"), OFlags::PATH | OFlags::DIRECTORY) {
        Err(fault) if fault.is(Errno::NOENT) => Ok(None),
        other => other.map(Some),
    }
}

fn remove_one(batch: &Remove, directory: BorrowedFd, record: &[u8; RECORD]) -> Outcome<Option<u64>> {
    let (checksum, number) = (record.first_chunk::<32>().copied().unwrap_or_default(), record[32]);
    let extension = usize::from(number).checked_sub(1).and_then(|at| EXTENSIONS.get(at));
    let Some(extension) = extension else {
        return Err(Fault::told("USAGE", format!("there are no objects of type {number}")));
    };
    let name = ObjectName::new(&checksum, if batch.archive { extension.1 } else { extension.0 });
    let path = || join(&[batch.objects, name.as_str()]);
    let Some(stat) = sys::stat_at(directory, name.file()).map_err(|fault| fault.at(path))? else { return Ok(None) };
    if batch.unlink {
        match sys::unlink(directory, name.file()) {
            Err(fault) if fault.is(Errno::NOENT) => return Ok(None),
            other => other.map_err(|fault| fault.at(path))?,
        }
    }
    Ok(Some(stat.st_size as u64))
}
