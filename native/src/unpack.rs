//! The `unpack` batch: content objects read into one buffer, headers taken apart.

use std::os::fd::AsFd;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::header::Owner;
use crate::scratch::Scratch;
use crate::source::{Body, Content, Source};
use crate::sys;

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    pub owner: Owner,
    /// Of the content; 0 for a symlink.
    pub size: u64,
    /// Where its content, or the target of a symlink, ends in the buffer.
    pub end: usize,
    /// False where the content is larger than the whole buffer: nothing of it is there.
    pub fits: bool,
}

/// Unpacks objects in order until the next one does not fit any more: the result may be shorter than the batch.
pub fn unpack(source: &Source, checksums: &[u8], into: &mut [u8], scratch: &mut Scratch) -> Vec<Outcome<Unpacked>> {
    let mut done = Vec::new();
    let mut used = 0;
    for checksum in checksums.as_chunks::<32>().0 {
        scratch.reset();
        let whole = into.len();
        match unpack_one(source, checksum, &mut into[used..], scratch) {
            Ok(unpacked) if unpacked.fits => {
                used += unpacked.end;
                done.push(Ok(Unpacked { end: used, ..unpacked }));
            }
            Ok(unpacked) if unpacked.end > whole => done.push(Ok(Unpacked { end: used, ..unpacked })),
            Ok(_) => break,
            Err(fault) => done.push(Err(fault)),
        }
    }
    done
}

/// Fills the start of `room`, where it is large enough; `end` is how many bytes that takes.
fn unpack_one(source: &Source, checksum: &Checksum, room: &mut [u8], scratch: &mut Scratch) -> Outcome<Unpacked> {
    let found =
        source.find_content_to_read(checksum)?.ok_or_else(|| Fault::told("OBJECT_MISSING", "no such object"))?;
    let content = source.load(&found, scratch)?;
    let (owner, size) = (content.header.owner, content.size);
    let bytes = if matches!(content.body, Body::Absent) { content.header.target.len() as u64 } else { size };
    let end = usize::try_from(bytes).unwrap_or(usize::MAX);
    let fits = end <= room.len();
    if fits {
        fill(content, &mut room[..end], scratch).map_err(|fault| fault.at(|| found.path()))?;
    }
    Ok(Unpacked { owner, size, end, fits })
}

/// Fills exactly the room with the content or the target of a symlink.
fn fill(content: Content, room: &mut [u8], scratch: &mut Scratch) -> Outcome<()> {
    match &content.body {
        Body::Absent => room.copy_from_slice(&content.header.target),
        Body::File(fd) => {
            let mut one_more = [0];
            let whole =
                sys::read_full(fd.as_fd(), room)? == room.len() && sys::read_full(fd.as_fd(), &mut one_more)? == 0;
            return if whole { Ok(()) } else { Err(sys::changed()) };
        }
        _ => {
            let mut used = 0;
            return content.read(scratch, |piece| {
                let place = room.get_mut(used..used + piece.len());
                place.ok_or_else(|| Fault::format("content is longer than told"))?.copy_from_slice(piece);
                used += piece.len();
                Ok(())
            });
        }
    }
    Ok(())
}
