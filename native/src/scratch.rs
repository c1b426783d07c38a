//! Memory that a thread keeps from batch to batch.

use crate::deflate::{Deflater, Inflater};
use crate::fault::Outcome;
use crate::together::Together;

/// Buffers above this size are given back after a file.
const KEEP: usize = 2 * 1024 * 1024;

#[derive(Default)]
pub struct Scratch {
    /// Header and content as they are hashed.
    pub content: Vec<u8>,
    /// An object as it is stored.
    pub stored: Vec<u8>,
    pub target: Vec<u8>,
    pub deflater: Deflater,
    /// Whoever begins to fill it clears it first.
    pub together: Together,
    inflater: Option<Inflater>,
}

impl Scratch {
    /// Empties the buffers, and frees those that one large file has blown up.
    pub fn reset(&mut self) {
        for buffer in [&mut self.content, &mut self.stored, &mut self.target] {
            buffer.clear();
            if buffer.capacity() > KEEP {
                buffer.shrink_to(0);
            }
        }
    }

    /// Inflates `stored[from..]` to exactly `size` bytes of `content`.
    pub fn inflate_stored(&mut self, from: usize, size: usize) -> Outcome<()> {
        let inflater = match &mut self.inflater {
            Some(inflater) => inflater,
            none => none.insert(Inflater::new()?),
        };
        inflater.inflate(self.stored.get(from..).unwrap_or_default(), size, &mut self.content)
    }
}
