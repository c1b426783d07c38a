//! Messages that wait to be hashed together.

use crate::digest::{Algorithm, Checksum};
use crate::fault::Outcome;

/// Enough of them, so that most find another of their length, and few enough to stay near the processor.
const MANY_BYTES: usize = 512 * 1024;
const MANY: usize = 256;
/// Buffers above this size are given back.
const KEEP: usize = 2 * 1024 * 1024;

#[derive(Default)]
pub struct Together {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Together {
    /// Adds the message that `fill` appends; none when it fails.
    pub fn add<T>(&mut self, fill: impl FnOnce(&mut Vec<u8>) -> Outcome<T>) -> Outcome<T> {
        let start = self.bytes.len();
        let filled = fill(&mut self.bytes);
        match &filled {
            Ok(_) => self.ends.push(self.bytes.len()),
            Err(_) => self.bytes.truncate(start),
        }
        filled
    }

    /// Whether it is time to hash them.
    pub fn is_much(&self) -> bool {
        self.bytes.len() >= MANY_BYTES || self.ends.len() >= MANY
    }

    /// In the order in which they came.
    pub fn messages(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[*start..*end]).collect()
    }

    pub fn digests(&self, algorithm: Algorithm) -> Vec<Checksum> {
        algorithm.digest_all(&self.messages())
    }

    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
        self.bytes.shrink_to(KEEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;

    #[test]
    fn a_message_that_fails_leaves_nothing() {
        let mut together = Together::default();
        let add = |bytes: &'static [u8], fails: bool| {
            move |out: &mut Vec<u8>| {
                out.extend_from_slice(bytes);
                if fails { Err(Fault::told("INTERNAL", "no")) } else { Ok(bytes.len()) }
            }
        };
        assert_eq!(together.add(add(b"one", false)), Ok(3));
        assert!(together.add(add(b"broken", true)).is_err());
        assert_eq!(together.add(add(b"", false)), Ok(0));
        assert_eq!(together.add(add(b"two", false)), Ok(3));
        assert_eq!(together.messages(), [&b"one"[..], b"", b"two"]);
        for algorithm in [Algorithm::Sha256, Algorithm::Blake3] {
            assert_eq!(together.digests(algorithm), [&b"one"[..], b"", b"two"].map(|bytes| algorithm.digest(bytes)));
        }
        together.clear();
        assert!(together.messages().is_empty() && together.digests(Algorithm::Sha256).is_empty());
    }
}
