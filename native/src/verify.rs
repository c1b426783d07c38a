//! The `verify` batch: objects read whole and compared with their names.

use std::os::fd::AsFd;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::push_hash_prefix;
use crate::scratch::Scratch;
use crate::source::{Found, Source, read_file};
use crate::sys;

/// What is known of one object.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    /// The object was read; `actual` is its true name.
    Read {
        actual: Checksum,
        bytes: u64,
    },
    Missing,
    /// It cannot be a whole object; the fault says why.
    Corrupt(Fault),
}

pub fn verify(source: &Source, checksums: &[u8], types: &[u8], scratch: &mut Scratch) -> Vec<Outcome<Verified>> {
    let one = |(checksum, object_type): (&Checksum, &u8)| {
        scratch.reset();
        verify_one(source, checksum, *object_type, scratch)
    };
    checksums.as_chunks::<32>().0.iter().zip(types).map(one).collect()
}

fn verify_one(source: &Source, checksum: &Checksum, object_type: u8, scratch: &mut Scratch) -> Outcome<Verified> {
    let extension = match object_type {
        1 => source.spec.mode.content_extension(),
        2 => "dirtree",
        3 => "dirmeta",
        4 => "commit",
        _ => return Err(Fault::told("USAGE", format!("objects of type {object_type} are not verified"))),
    };
    let Some(found) = source.find(checksum, extension)? else { return Ok(Verified::Missing) };
    let read = match object_type {
        1 => digest_content(source, &found, scratch),
        _ => digest_metadata(source, &found, scratch),
    };
    match read {
        Ok((actual, bytes)) => Ok(Verified::Read { actual, bytes }),
        Err(fault) if fault.code == "FORMAT_INVALID" => Ok(Verified::Corrupt(fault.at(|| found.path()))),
        Err(fault) => Err(fault.at(|| found.path())),
    }
}

fn digest_content(source: &Source, found: &Found, scratch: &mut Scratch) -> Outcome<(Checksum, u64)> {
    let content = source.load(found, scratch)?;
    let mut hasher = source.spec.algorithm.hasher();
    let mut prefix = Vec::new();
    push_hash_prefix(&mut prefix, content.header.owner, &content.header.target, &content.header.xattrs);
    hasher.update(&prefix);
    let size = content.size;
    content.read(scratch, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok((hasher.finish(), size))
}

fn digest_metadata(source: &Source, found: &Found, scratch: &mut Scratch) -> Outcome<(Checksum, u64)> {
    if !sys::is_regular(found.stat.st_mode) {
        return Err(Fault::format("object is not a regular file"));
    }
    let fd = sys::open_for_reading(found.directory, found.name.path())?;
    let size = sys::stat_of(fd.as_fd())?.st_size as u64;
    let mut hasher = source.spec.algorithm.hasher();
    read_file(&fd, size, scratch, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok((hasher.finish(), size))
}
