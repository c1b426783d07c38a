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
        if messages.len() > 1 && self.gains_in_pairs() {
            return crate::sha256_pair::digest_all(messages);
        }
        messages.iter().map(|message| self.digest(message)).collect()
    }

    /// Whether `Hasher::update_both` takes less time than two updates, with hashers made for it.
    pub fn gains_in_pairs(self) -> bool {
        self == Algorithm::Sha256 && has_pairs()
    }

    /// One of two that go on together.
    pub fn hasher_of_pair(self) -> Hasher {
        #[cfg(target_arch = "x86_64")]
        if self.gains_in_pairs() {
            return Hasher::Paired(crate::sha256_pair::Stream::new());
        }
        self.hasher()
    }

    pub fn hasher(self) -> Hasher {
        match self {
            Algorithm::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
            Algorithm::Blake3 => Hasher::Blake3(Box::new(blake3::Hasher::new())),
        }
    }
}

fn has_pairs() -> bool {
    #[cfg(target_arch = "x86_64")]
    return crate::sha256_pair::is_here();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// A digest in the making.
#[derive(Clone)]
pub enum Hasher {
    Sha256(sha2::Sha256),
    Blake3(Box<blake3::Hasher>),
    #[cfg(target_arch = "x86_64")]
    Paired(crate::sha256_pair::Stream),
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(state) => state.update(bytes),
            Hasher::Blake3(state) => {
                state.update(bytes);
            }
            #[cfg(target_arch = "x86_64")]
            Hasher::Paired(state) => state.update(bytes),
        }
    }

    /// Goes on with two messages, each by a piece of its own.
    pub fn update_both(left: &mut Hasher, right: &mut Hasher, pieces: [&[u8]; 2]) {
        #[cfg(target_arch = "x86_64")]
        if let (Hasher::Paired(left), Hasher::Paired(right)) = (&mut *left, &mut *right) {
            return crate::sha256_pair::Stream::update_both(left, right, pieces);
        }
        left.update(pieces[0]);
        right.update(pieces[1]);
    }

    /// The same, on all threads of the rayon pool that it runs in: of the two, BLAKE3 can be split.
    pub fn update_together(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Blake3(state) => {
                state.update_rayon(bytes);
            }
            _ => self.update(bytes),
        }
    }

    pub fn finish(self) -> Checksum {
        match self {
            Hasher::Sha256(state) => state.finalize().into(),
            Hasher::Blake3(state) => state.finalize().into(),
            #[cfg(target_arch = "x86_64")]
            Hasher::Paired(state) => state.finish(),
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
            let mut pair = [algorithm.hasher_of_pair(), algorithm.hasher_of_pair()];
            for pieces in bytes.chunks(900).zip(bytes[..150_000].chunks(900).chain(std::iter::repeat(&[][..]))) {
                let [left, right] = &mut pair;
                Hasher::update_both(left, right, [pieces.0, pieces.1]);
            }
            assert_eq!(pair.map(Hasher::finish), [&bytes[..], &bytes[..150_000]].map(|bytes| algorithm.digest(bytes)));
        }
    }
}
