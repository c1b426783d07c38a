//! SHA-256, two messages at a time.
//!
//! Each round of SHA-256 needs the one before, and x86's instruction for two rounds takes four ticks but may begin every
//! second one: two messages that take turns are hashed in the time of one.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_loadu_si128, _mm_set_epi32, _mm_set_epi64x,
    _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
    _mm_shuffle_epi32,
};

use crate::digest::Checksum;

const BLOCK: usize = 64;

/// FIPS 180-4, 4.2.2: 32 bits of the cube roots of the first 64 primes, after the point.
#[rustfmt::skip]
const ROUNDS: [[u32; 4]; 16] = [
    [0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5], [0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
    [0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3], [0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
    [0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc], [0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
    [0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7], [0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
    [0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13], [0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
    [0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3], [0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
    [0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5], [0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
    [0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208], [0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
];

/// Whether this processor can do it.
pub fn is_here() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("ssse3") && is_x86_feature_detected!("sse4.1")
}

/// The digests of messages; only where `is_here`.
///
/// The longest come first, so that the shortest are left when there is no second message any more.
pub fn digest_all(messages: &[&[u8]]) -> Vec<Checksum> {
    assert!(is_here());
    // SAFETY: the processor has what the function needs.
    unsafe { digest_in_pairs(messages) }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
fn digest_in_pairs(messages: &[&[u8]]) -> Vec<Checksum> {
    let mut digests = vec![Checksum::default(); messages.len()];
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_unstable_by_key(|index| std::cmp::Reverse(messages[*index].len()));
    let mut queue = order.into_iter().map(|index| Lane::new(index, messages[index]));
    let mut lanes = [queue.next(), queue.next()];
    while let [Some(left), Some(right)] = &mut lanes {
        let blocks = left.blocks().min(right.blocks());
        let mut states = [left.state, right.state];
        compress(&mut states, [left.ahead(), right.ahead()], blocks);
        [left.state, right.state] = states;
        for place in &mut lanes {
            if let Some(lane) = place
                && lane.advance(blocks)
            {
                digests[lane.index] = digest_of(lane.state);
                *place = queue.next();
            }
        }
    }
    for lane in lanes.iter_mut().flatten() {
        lane.finish();
        digests[lane.index] = digest_of(lane.state);
    }
    digests
}

/// A message that is being hashed.
struct Lane<'a> {
    /// Which message it is.
    index: usize,
    /// The words A, B, E, F and C, D, G, H, the first in the highest place.
    state: [__m128i; 2],
    /// What is to come of its whole blocks.
    body: &'a [[u8; BLOCK]],
    /// Its end, padded.
    tail: [[u8; BLOCK]; 2],
    /// Where to go on in the tail.
    from: usize,
}

impl<'a> Lane<'a> {
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn new(index: usize, message: &'a [u8]) -> Lane<'a> {
        let (body, rest) = message.as_chunks::<BLOCK>();
        let (tail, from) = padded(rest, message.len() as u64);
        Lane { index, state: initial_state(), body, tail, from }
    }

    fn ahead(&self) -> &[[u8; BLOCK]] {
        if self.body.is_empty() { &self.tail[self.from..] } else { self.body }
    }

    /// How many blocks lie ahead in one piece.
    fn blocks(&self) -> usize {
        self.ahead().len()
    }

    /// Goes on behind blocks that are compressed; true at the end of the message.
    fn advance(&mut self, blocks: usize) -> bool {
        if self.body.is_empty() {
            self.from += blocks;
        } else {
            self.body = &self.body[blocks..];
        }
        self.from == self.tail.len()
    }

    /// Hashes the rest by itself.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn finish(&mut self) {
        loop {
            let blocks = self.blocks();
            let mut states = [self.state];
            compress(&mut states, [self.ahead()], blocks);
            [self.state] = states;
            if self.advance(blocks) {
                return;
            }
        }
    }
}

/// A message that comes in pieces.
#[derive(Clone)]
pub struct Stream {
    state: [__m128i; 2],
    /// The beginning of a block.
    carry: [u8; BLOCK],
    carried: usize,
    length: u64,
}

impl Stream {
    /// Only where `is_here`.
    pub fn new() -> Stream {
        assert!(is_here());
        // SAFETY: the processor has what the function needs.
        let state = unsafe { initial_state() };
        Stream { state, carry: [0; BLOCK], carried: 0, length: 0 }
    }

    pub fn update(&mut self, piece: &[u8]) {
        // SAFETY: there is a stream, so the processor has what the function needs.
        unsafe { self.take(piece) }
    }

    /// Goes on with two messages in the time that one takes.
    pub fn update_both(left: &mut Stream, right: &mut Stream, pieces: [&[u8]; 2]) {
        // SAFETY: as `update`.
        unsafe { take_both(left, right, pieces) }
    }

    pub fn finish(self) -> Checksum {
        // SAFETY: as `update`.
        unsafe { self.end() }
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn take(&mut self, piece: &[u8]) {
        let (blocks, rest) = self.begin(piece);
        self.hash(blocks);
        self.keep(rest);
    }

    /// Completes the block that has been begun; gives the whole blocks behind it, and what is left.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn begin<'p>(&mut self, piece: &'p [u8]) -> (&'p [[u8; BLOCK]], &'p [u8]) {
        self.length += piece.len() as u64;
        let missing = if self.carried == 0 { 0 } else { (BLOCK - self.carried).min(piece.len()) };
        let (first, others) = piece.split_at(missing);
        self.keep(first);
        if self.carried == BLOCK {
            let block = self.carry;
            self.hash(&[block]);
            self.carried = 0;
        }
        others.as_chunks::<BLOCK>()
    }

    fn keep(&mut self, rest: &[u8]) {
        self.carry[self.carried..][..rest.len()].copy_from_slice(rest);
        self.carried += rest.len();
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn hash(&mut self, blocks: &[[u8; BLOCK]]) {
        let mut states = [self.state];
        compress(&mut states, [blocks], blocks.len());
        [self.state] = states;
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn end(mut self) -> Checksum {
        let (tail, from) = padded(&self.carry[..self.carried], self.length);
        self.hash(&tail[from..]);
        digest_of(self.state)
    }
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
fn take_both(left: &mut Stream, right: &mut Stream, pieces: [&[u8]; 2]) {
    let (left_blocks, left_rest) = left.begin(pieces[0]);
    let (right_blocks, right_rest) = right.begin(pieces[1]);
    let both = left_blocks.len().min(right_blocks.len());
    let mut states = [left.state, right.state];
    compress(&mut states, [left_blocks, right_blocks], both);
    [left.state, right.state] = states;
    left.hash(&left_blocks[both..]);
    right.hash(&right_blocks[both..]);
    left.keep(left_rest);
    right.keep(right_rest);
}

/// FIPS 180-4, 5.3.3, in the order that the instructions want.
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn initial_state() -> [__m128i; 2] {
    [
        _mm_set_epi32(0x6a09e667, 0xbb67ae85_u32 as i32, 0x510e527f, 0x9b05688c_u32 as i32),
        _mm_set_epi32(0x3c6ef372, 0xa54ff53a_u32 as i32, 0x1f83d9ab, 0x5be0cd19),
    ]
}

/// The last blocks of a message of `length` bytes, which ends with `rest`; they begin at the one that is told.
fn padded(rest: &[u8], length: u64) -> ([[u8; BLOCK]; 2], usize) {
    let from = usize::from(rest.len() + 1 + 8 <= BLOCK);
    let mut tail = [[0; BLOCK]; 2];
    let end = tail[from..].as_flattened_mut();
    end[..rest.len()].copy_from_slice(rest);
    end[rest.len()] = 0x80;
    tail[1][BLOCK - 8..].copy_from_slice(&(length * 8).to_be_bytes());
    (tail, from)
}

#[target_feature(enable = "sha,ssse3,sse4.1")]
fn digest_of([abef, cdgh]: [__m128i; 2]) -> Checksum {
    let words = [
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(cdgh),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<1>(abef),
        _mm_extract_epi32::<0>(abef),
        _mm_extract_epi32::<1>(cdgh),
        _mm_extract_epi32::<0>(cdgh),
    ];
    let mut digest = Checksum::default();
    for (place, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *place = word.to_be_bytes();
    }
    digest
}

/// Hashes that many blocks of each message into its state. The loops over messages are what makes them take turns.
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn compress<const N: usize>(states: &mut [[__m128i; 2]; N], messages: [&[[u8; BLOCK]]; N], blocks: usize) {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    for at in 0..blocks {
        let before = *states;
        let mut schedule = [[_mm_setzero_si128(); 4]; N];
        for (words, block) in schedule.iter_mut().zip(messages.map(|message| &message[at])) {
            for (words, bytes) in words.iter_mut().zip(block.as_chunks::<16>().0) {
                *words = _mm_shuffle_epi8(load(bytes), swap);
            }
        }
        for (sweep, rounds) in ROUNDS.as_chunks::<4>().0.iter().enumerate() {
            for now in 0..4 {
                let mut words = [_mm_setzero_si128(); N];
                for lane in 0..N {
                    if sweep > 0 {
                        schedule[lane][now] = extend(&schedule[lane], now);
                    }
                    words[lane] = _mm_add_epi32(schedule[lane][now], load_words(&rounds[now]));
                }
                for lane in 0..N {
                    let [abef, cdgh] = states[lane];
                    states[lane][1] = _mm_sha256rnds2_epu32(cdgh, abef, words[lane]);
                }
                for lane in 0..N {
                    let [abef, cdgh] = states[lane];
                    states[lane][0] = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0x0e>(words[lane]));
                }
            }
        }
        for (state, before) in states.iter_mut().zip(before) {
            *state = [_mm_add_epi32(state[0], before[0]), _mm_add_epi32(state[1], before[1])];
        }
    }
}

/// The four words of the schedule that follow after 16, in the place of the oldest.
#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn extend(schedule: &[__m128i; 4], oldest: usize) -> __m128i {
    let at = |step: usize| schedule[(oldest + step) % 4];
    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(at(0), at(1)), _mm_alignr_epi8::<4>(at(3), at(2)));
    _mm_sha256msg2_epu32(sum, at(3))
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn load(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: 16 bytes are there, and the load asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "sha,ssse3,sse4.1")]
fn load_words(words: &[u32; 4]) -> __m128i {
    // SAFETY: as `load`.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest as _;

    #[test]
    fn messages_of_all_lengths_have_the_digests_that_sha2_gives() {
        if !is_here() {
            return;
        }
        let bytes: Vec<u8> = (0..70_000u32).map(|index| (index * 7 + index / 251) as u8).collect();
        let lengths = (0..300).chain([1000, 4096, 69_999, 65_536, 0, 55, 56, 63, 64]);
        let messages: Vec<&[u8]> = lengths.enumerate().map(|(from, length)| &bytes[from % 7..][..length]).collect();
        for count in [0, 1, 2, 3, messages.len()] {
            let messages = &messages[messages.len() - count..];
            let expected: Vec<Checksum> = messages.iter().map(|message| sha2::Sha256::digest(message).into()).collect();
            assert_eq!(digest_all(messages), expected);
        }
    }

    #[test]
    fn two_messages_in_pieces_of_all_lengths_have_the_digests_that_sha2_gives() {
        if !is_here() {
            return;
        }
        let bytes: Vec<u8> = (0..3000u32).map(|index| (index * 13 + index / 97) as u8).collect();
        for (left_piece, right_piece) in [(1, 64), (63, 65), (64, 64), (100, 7), (1000, 1000), (129, 3000)] {
            for (left_length, right_length) in [(0, 3000), (55, 56), (2999, 64), (1500, 1500)] {
                let (left, right) = (&bytes[..left_length], &bytes[bytes.len() - right_length..]);
                let (mut streams, mut at) = ([Stream::new(), Stream::new()], [0, 0]);
                while at[0] < left.len() || at[1] < right.len() {
                    let ends = [(at[0] + left_piece).min(left.len()), (at[1] + right_piece).min(right.len())];
                    let [one, two] = &mut streams;
                    Stream::update_both(one, two, [&left[at[0]..ends[0]], &right[at[1]..ends[1]]]);
                    at = ends;
                }
                let expected: [Checksum; 2] = [left, right].map(|message| sha2::Sha256::digest(message).into());
                assert_eq!(streams.map(Stream::finish), expected, "{left_piece} {right_piece}");
                let mut alone = Stream::new();
                right.chunks(left_piece).for_each(|piece| alone.update(piece));
                assert_eq!(alone.finish(), expected[1]);
            }
        }
    }
}
