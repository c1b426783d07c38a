//! FIDEDUPERANGE: one file comes to share the blocks of another where both hold the same bytes.

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{self as rfs, CWD, Mode, OFlags};

use crate::fault::{Fault, Named, Outcome};

/// linux/fs.h: `struct file_dedupe_range` with one `struct file_dedupe_range_info`.
#[repr(C)]
struct DedupeRange {
    src_offset: u64,
    src_length: u64,
    dest_count: u16,
    reserved1: u16,
    reserved2: u32,
    dest_fd: i64,
    dest_offset: u64,
    bytes_deduped: u64,
    /// 0, or 1 where the bytes differ, or an error number below 0.
    status: i32,
    reserved: u32,
}

const FIDEDUPERANGE: libc::c_ulong = 0xc018_9436;

/// What btrfs does in one call.
const STEP: u64 = 16 << 20;

/// Lets `to` share the blocks of `from`, which the kernel does only where both hold the same bytes; nothing else of
/// `to` changes. False where they differ or the file system cannot.
pub fn share_blocks(from: &str, to: &str) -> Outcome<bool> {
    let (source, target) = (open(from)?, open(to)?);
    let size = size_of(&source, from)?;
    if size != size_of(&target, to)? {
        return Ok(false);
    }
    let mut at = 0;
    while at < size {
        match share_range(&source, &target, at, STEP.min(size - at)) {
            0 => return Ok(false),
            shared => at += shared,
        }
    }
    Ok(true)
}

fn open(path: &str) -> Outcome<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rfs::openat(CWD, path, flags, Mode::empty()).call("openat").map_err(|fault: Fault| fault.at(|| path.to_owned()))
}

fn size_of(file: &OwnedFd, path: &str) -> Outcome<u64> {
    let stat = rfs::fstat(file).call("fstat").map_err(|fault: Fault| fault.at(|| path.to_owned()))?;
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

/// How many bytes are shared now; 0 for every kind of no.
fn share_range(source: &OwnedFd, target: &OwnedFd, at: u64, length: u64) -> u64 {
    let mut range = DedupeRange {
        src_offset: at,
        src_length: length,
        dest_count: 1,
        reserved1: 0,
        reserved2: 0,
        dest_fd: i64::from(target.as_raw_fd()),
        dest_offset: at,
        bytes_deduped: 0,
        status: 0,
        reserved: 0,
    };
    // SAFETY: the structure is the one that the call reads and writes, with room for the one target it names.
    let answer = unsafe { libc::ioctl(source.as_raw_fd(), FIDEDUPERANGE as _, &raw mut range) };
    if answer == 0 && range.status == 0 { range.bytes_deduped.min(length) } else { 0 }
}
