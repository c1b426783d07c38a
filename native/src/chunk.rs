//! Content-defined chunking with a gear hash; every engine cuts at the same places.

use crate::fault::{Fault, Outcome};

/// Bytes that can still influence a 32-bit gear hash.
const WINDOW: usize = 32;

const GEAR: [u32; 256] = gear_table();

const fn gear_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut state: u32 = 0x9E37_79B9;
    let mut i = 0;
    while i < 256 {
        state = state.wrapping_add(0x9E37_79B9);
        let mut z = state;
        z = (z ^ (z >> 16)).wrapping_mul(0x85EB_CA6B);
        z = (z ^ (z >> 13)).wrapping_mul(0xC2B2_AE35);
        table[i] = z ^ (z >> 16);
        i += 1;
    }
    table
}

/// Bounds of a chunk in bytes; `average` is a power of two.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub minimum: usize,
    pub average: usize,
    pub maximum: usize,
}

impl Bounds {
    fn check(self) -> Outcome<u32> {
        let ordered = 0 < self.minimum && self.minimum <= self.maximum;
        if !ordered || !self.average.is_power_of_two() || self.average > 1 << 31 {
            return Err(Fault::told("USAGE", format!("impossible chunk bounds {self:?}")));
        }
        let bits = self.average.trailing_zeros();
        Ok(if bits == 0 { 0 } else { u32::MAX << (32 - bits) })
    }
}

/// End offsets of the chunks of `bytes`; the last one is its length.
pub fn chunk_ends(bytes: &[u8], bounds: Bounds) -> Outcome<Vec<u32>> {
    let mask = bounds.check()?;
    let mut ends = Vec::with_capacity(bytes.len() / bounds.average + 1);
    let mut start = 0;
    while start < bytes.len() {
        start += chunk_length(&bytes[start..], mask, bounds);
        ends.push(start as u32);
    }
    Ok(ends)
}

/// Length of the first chunk: the first place after `minimum` bytes where the masked hash is zero.
fn chunk_length(bytes: &[u8], mask: u32, bounds: Bounds) -> usize {
    let longest = bytes.len().min(bounds.maximum);
    if longest <= bounds.minimum {
        return longest;
    }
    // Older bytes have been shifted out of the hash by then.
    let mut hash = bytes[(bounds.minimum - 1).saturating_sub(WINDOW)..bounds.minimum - 1].iter().fold(0, step);
    for (offset, byte) in bytes[bounds.minimum - 1..longest].iter().enumerate() {
        hash = step(hash, byte);
        if hash & mask == 0 {
            return bounds.minimum + offset;
        }
    }
    longest
}

fn step(hash: u32, byte: &u8) -> u32 {
    (hash << 1).wrapping_add(GEAR[usize::from(*byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        (0..length).map(|_| next()).collect()
    }

    /// The rule as it is told, without the shortcut.
    fn plain_ends(bytes: &[u8], mask: u32, bounds: Bounds) -> Vec<u32> {
        let (mut ends, mut hash, mut count) = (Vec::new(), 0, 0);
        for (at, byte) in bytes.iter().enumerate() {
            hash = step(hash, byte);
            count += 1;
            if (count >= bounds.minimum && hash & mask == 0) || count == bounds.maximum || at + 1 == bytes.len() {
                ends.push(at as u32 + 1);
                (hash, count) = (0, 0);
            }
        }
        ends
    }

    #[test]
    fn cuts_are_where_the_plain_rule_puts_them() {
        for (minimum, average, maximum) in [(1, 1, 1), (1, 64, 1000), (40, 64, 300), (2048, 8192, 65536), (8, 8, 8)] {
            let bounds = Bounds { minimum, average, maximum };
            let mask = bounds.check().expect("good bounds");
            for length in [0, 1, 31, 32, 33, 64, 100_000] {
                let bytes = noise(length);
                assert_eq!(chunk_ends(&bytes, bounds).expect("cuts"), plain_ends(&bytes, mask, bounds), "{bounds:?}");
            }
        }
    }

    #[test]
    fn impossible_bounds_are_refused() {
        for (minimum, average, maximum) in [(0, 64, 100), (10, 63, 100), (200, 64, 100), (1, 0, 10)] {
            assert!(chunk_ends(b"x", Bounds { minimum, average, maximum }).is_err());
        }
    }
}
