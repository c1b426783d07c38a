//! Huge files: one piece is hashed and written while the next is read.

use std::os::fd::BorrowedFd;

use crate::digest::{Checksum, Hasher};
use crate::fault::Outcome;
use crate::sys;

/// Large enough to be worth a handing over between threads, small enough for a shared cache.
const PIECE: usize = 1024 * 1024;

/// Hashes the `size` bytes from where `fd` stands to its end, and writes them to `to` if that is given; FILE_CHANGED when
/// there are more or fewer. Runs on the threads of `Crew::together`.
pub fn hash_wide(fd: BorrowedFd, mut hasher: Hasher, size: u64, to: Option<BorrowedFd>) -> Outcome<Checksum> {
    let (mut piece, mut next) = (vec![0; PIECE], vec![0; PIECE]);
    let mut count = sys::read_full(fd, &mut piece)?;
    let mut total = 0;
    while count > 0 {
        total += count as u64;
        if total > size {
            return Err(sys::changed());
        }
        let bytes = &piece[..count];
        let read = || if count == PIECE { sys::read_full(fd, &mut next) } else { Ok(0) };
        let write = || to.map_or(Ok(()), |to| sys::write_full(to, bytes));
        let (read, ((), written)) =
            rayon_core::join(read, || rayon_core::join(|| hasher.update_together(bytes), write));
        written?;
        count = read?;
        std::mem::swap(&mut piece, &mut next);
    }
    if total == size { Ok(hasher.finish()) } else { Err(sys::changed()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;
    use std::fs::{File, read, write};
    use std::os::fd::AsFd;

    #[test]
    fn pieces_on_many_threads_give_the_digest_and_the_copy_of_the_whole() {
        let temp = tempfile::tempdir().expect("tempdir");
        let pool = rayon_core::ThreadPoolBuilder::new().num_threads(3).build().expect("pool");
        let (from, to) = (temp.path().join("from"), temp.path().join("to"));
        for algorithm in [Algorithm::Sha256, Algorithm::Blake3] {
            for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 12345] {
                let bytes: Vec<u8> = (0..size).map(|i| (i * 31 + i / 251) as u8).collect();
                write(&from, &bytes).expect("write");
                let (file, copy) = (File::open(&from).expect("open"), File::create(&to).expect("create"));
                let mut hasher = algorithm.hasher();
                hasher.update(b"header");
                let wide = || hash_wide(file.as_fd(), hasher, size as u64, Some(copy.as_fd()));
                let checksum = pool.install(wide).expect("hashes");
                assert_eq!(checksum, algorithm.digest(&[b"header", &bytes[..]].concat()), "{algorithm:?} {size}");
                assert!(read(&to).expect("read") == bytes, "{size}");
            }
        }
    }

    #[test]
    fn a_file_of_another_size_has_changed() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("from");
        write(&path, vec![1; PIECE + 5]).expect("write");
        for size in [0, PIECE, PIECE + 4, PIECE + 6] {
            let file = File::open(&path).expect("open");
            let fault = hash_wide(file.as_fd(), Algorithm::Blake3.hasher(), size as u64, None).expect_err("fails");
            assert_eq!(fault.code, "FILE_CHANGED", "{size}");
        }
    }
}
