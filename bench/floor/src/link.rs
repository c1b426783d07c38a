//! mkdir of every directory, then linkat of every object on all cores: a hardlink checkout and nothing else.

use crate::directories::{self, FanOut, LastDirectory};
use crate::{Tally, invalid, list, share};
use rustix::fs::{self, AtFlags, CWD, Mode};
use std::io;
use std::os::fd::AsFd;

/// `pairs` holds object (`ab/cdef….file`) and destination path in turn; `made` holds parents before children.
pub fn link(
    objects: &str,
    destination: &str,
    made: &[&str],
    pairs: &[&str],
    threads: usize,
) -> io::Result<Tally> {
    fs::mkdirat(CWD, destination, Mode::from_raw_mode(0o755))?;
    let (root, fan_out) = (directories::open(destination)?, FanOut::open(objects)?);
    for directory in made {
        fs::mkdirat(&root, *directory, Mode::from_raw_mode(0o755))?;
    }
    let start = || LastDirectory::new(root.as_fd());
    share::share(pairs.len() / 2, threads, start, |last, range| {
        for pair in pairs[range.start * 2..range.end * 2].chunks_exact(2) {
            let (prefix, object) = list::split(pair[0]);
            let byte = u8::from_str_radix(prefix, 16)
                .map_err(|_| invalid("an object has no fan-out directory"))?;
            let (directory, name) = list::split(pair[1]);
            fs::linkat(
                fan_out.of(byte),
                object,
                last.get(directory)?,
                name,
                AtFlags::empty(),
            )?;
        }
        Ok(Tally {
            files: range.len() as u64,
            bytes: 0,
        })
    })
}
