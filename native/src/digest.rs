//! SHA-256 and BLAKE3 of bytes and streams.

use sha2::Digest as _;

pub type Checksum = [u8; 32];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Sha256,
    Blake3,
}

impl Algorithm {
    pub fn digest(self, bytes: &[u8]) -> Checksum {
        match self {
            Algorithm::Sha256 => sha2::Sha256::digest(bytes).into(),
            Algorithm::Blake3 => blake3::hash(bytes).into(),
        }
    }

    /// The digests of messages; many at once take less time than one after the other.
    pub fn digest_all(self, messages: &[&[u8]]) -> Vec<Checksum> {
        #[cfg(target_arch = "x86_64")]
        if self == Algorithm::Sha256 && messages.len() > 1 && crate::sha256_pair::is_here() {
            return crate::sha256_pair::digest_all(messages);
        }
        messages.iter().map(|message| self.digest(message)).collect()
    }

    pub fn hasher(self) -> Hasher {
        match self {
            Algorithm::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
            Algorithm::Blake3 => Hasher::Blake3(Box::new(blake3::Hasher::new())),
        }
    }
}

/// A digest in the making.
#[derive(Clone)]
pub enum Hasher {
    Sha256(sha2::Sha256),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(state) => state.update(bytes),
            Hasher::Blake3(state) => {
                state.update(bytes);
            }
        }
    }

    /// The same, on all threads of the rayon pool that it runs in: of the two, BLAKE3 can be split.
    pub fn update_together(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Blake3(state) => {
                state.update_rayon(bytes);
            }
            Hasher::Sha256(_) => self.update(bytes),
        }
    }

    pub fn finish(self) -> Checksum {
        match self {
            Hasher::Sha256(state) => state.finalize().into(),
            Hasher::Blake3(state) => state.finalize().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn both_algorithms_give_their_published_digests() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&Algorithm::Sha256.digest(b"abc")), expected);
        let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(hex(&Algorithm::Blake3.digest(b"abc")), expected);
    }

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| (i * 7) as u8).collect();
        for algorithm in [Algorithm::Sha256, Algorithm::Blake3] {
            let mut hasher = algorithm.hasher();
            bytes.chunks(1000).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish(), algorithm.digest(&bytes));
        }
    }
}
