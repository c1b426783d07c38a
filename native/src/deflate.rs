//! Raw DEFLATE: libdeflate on whole buffers, zlib-rs on streams that shall not be held in memory.

use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use libdeflate_sys as ffi;
use libdeflater::{CompressionLvl, Compressor};

use crate::fault::{Fault, Outcome};
use crate::sys::{read_full, write_full};

/// Contents up to this size are compressed and inflated in one piece. One number for the process: its memory is one.
static WHOLE_LIMIT: AtomicU64 = AtomicU64::new(16 * 1024 * 1024);

pub fn whole_limit() -> u64 {
    WHOLE_LIMIT.load(Ordering::Relaxed)
}

pub fn set_whole_limit(bytes: u64) {
    WHOLE_LIMIT.store(bytes, Ordering::Relaxed);
}

const STREAM_BUFFER: usize = 256 * 1024;

/// Compresses whole buffers, keeping its tables from one to the next.
#[derive(Default)]
pub struct Deflater {
    /// By level: a store has one, and one more for text. Making one anew costs more than most files.
    made: Vec<(u32, Compressor)>,
}

impl Deflater {
    /// Appends the deflate stream of `bytes` to `out`; `level` is clamped to 1–9.
    pub fn compress(&mut self, bytes: &[u8], level: u32, out: &mut Vec<u8>) -> Outcome<()> {
        if bytes.is_empty() {
            // libdeflate writes a stored block of five bytes; zlib, and so libostree, writes these two.
            out.extend_from_slice(&[3, 0]);
            return Ok(());
        }
        let compressor = self.at_level(effort(bytes, level));
        let start = out.len();
        let bound = compressor.deflate_compress_bound(bytes.len());
        out.resize(start + bound, 0);
        let written = compressor
            .deflate_compress(bytes, &mut out[start..])
            .map_err(|_| Fault::told("INTERNAL", "deflate bound was too small"))?;
        out.truncate(start + written);
        Ok(())
    }

    fn at_level(&mut self, level: u32) -> &mut Compressor {
        let known = self.made.iter().position(|(made, _)| *made == level);
        let index = known.unwrap_or_else(|| {
            self.made.push((level, Compressor::new(CompressionLvl::new(level as i32).unwrap_or_default())));
            self.made.len() - 1
        });
        &mut self.made[index].1
    }
}

/// Bytes of a content that are looked at.
const SAMPLE: usize = 512;

/// The level of libdeflate that makes no larger archives than zlib does at `level`: on text it is one more (bench
/// `commit:archive`, corpus mix: 0.2 % larger without, 0.02 % smaller with, for 14 % more time).
fn effort(bytes: &[u8], level: u32) -> u32 {
    (level + u32::from(is_text(bytes))).clamp(1, 9)
}

/// Whether the middle of the content is ASCII, but for one byte in 32.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.len().saturating_sub(SAMPLE) / 2;
    let sample = &bytes[start..bytes.len().min(start + SAMPLE)];
    let plain = |byte: u8| (0x20..0x80).contains(&byte) || matches!(byte, b'\t' | b'\n' | b'\r');
    sample.iter().filter(|byte| !plain(**byte)).count() * 32 < sample.len()
}

/// Inflates whole buffers, keeping its tables from one to the next.
pub struct Inflater {
    raw: NonNull<ffi::libdeflate_decompressor>,
}

impl Inflater {
    pub fn new() -> Outcome<Inflater> {
        // SAFETY: no preconditions; a null pointer tells that memory ran out.
        let raw = unsafe { ffi::libdeflate_alloc_decompressor() };
        let raw = NonNull::new(raw).ok_or_else(|| Fault::told("INTERNAL", "no memory for a decompressor"))?;
        Ok(Inflater { raw })
    }

    /// Inflates `bytes` to exactly `size` bytes, replacing what `out` held; the stream must end where `bytes` ends.
    pub fn inflate(&mut self, bytes: &[u8], size: usize, out: &mut Vec<u8>) -> Outcome<()> {
        out.clear();
        out.try_reserve(size).map_err(|_| Fault::format("inflated size is beyond memory"))?;
        let (mut consumed, mut produced) = (0, 0);
        // SAFETY: `raw` is alive and borrowed mutably; the input is valid for `bytes.len()` bytes and the output for
        // the `size` bytes reserved above; libdeflate writes no further than it is told.
        let result = unsafe {
            ffi::libdeflate_deflate_decompress_ex(
                self.raw.as_ptr(),
                bytes.as_ptr().cast(),
                bytes.len(),
                out.as_mut_ptr().cast(),
                size,
                &mut consumed,
                &mut produced,
            )
        };
        if result != ffi::libdeflate_result_LIBDEFLATE_SUCCESS || produced != size || consumed != bytes.len() {
            return Err(broken(size as u64));
        }
        // SAFETY: libdeflate told that it filled all `size` bytes.
        unsafe { out.set_len(size) };
        Ok(())
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`, freed nowhere else.
        unsafe { ffi::libdeflate_free_decompressor(self.raw.as_ptr()) };
    }
}

fn broken(size: u64) -> Fault {
    Fault::format(format!("deflate stream does not inflate to exactly {size} bytes"))
}

/// Compresses pieces as they come, writing to a file.
pub struct StreamCompressor<'a> {
    state: Compress,
    to: BorrowedFd<'a>,
    buffer: Vec<u8>,
    written: u64,
}

impl<'a> StreamCompressor<'a> {
    pub fn new(to: BorrowedFd<'a>, level: u32) -> Self {
        let state = Compress::new(Compression::new(level.clamp(1, 9)), false);
        StreamCompressor { state, to, buffer: Vec::with_capacity(STREAM_BUFFER), written: 0 }
    }

    pub fn push(&mut self, mut bytes: &[u8]) -> Outcome<()> {
        while !bytes.is_empty() {
            let before = self.state.total_in();
            self.step(bytes, FlushCompress::None)?;
            bytes = &bytes[(self.state.total_in() - before) as usize..];
        }
        Ok(())
    }

    /// Ends the stream; how many bytes it has.
    pub fn finish(mut self) -> Outcome<u64> {
        while self.step(&[], FlushCompress::Finish)? != Status::StreamEnd {}
        Ok(self.written)
    }

    fn step(&mut self, bytes: &[u8], flush: FlushCompress) -> Outcome<Status> {
        self.buffer.clear();
        let status = self
            .state
            .compress_vec(bytes, &mut self.buffer, flush)
            .map_err(|error| Fault::told("INTERNAL", format!("deflate: {error}")))?;
        write_full(self.to, &self.buffer)?;
        self.written += self.buffer.len() as u64;
        Ok(status)
    }
}

/// Inflates what is left of `from`, handing out pieces; the stream must give `size` bytes and end with the file.
pub fn inflate_stream(from: BorrowedFd, size: u64, mut piece: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<()> {
    let mut state = Decompress::new(false);
    let mut input = vec![0; STREAM_BUFFER];
    let mut output = Vec::with_capacity(STREAM_BUFFER);
    let (mut filled, mut used, mut ended) = (0, 0, false);
    while !ended {
        if used == filled {
            (filled, used) = (read_full(from, &mut input)?, 0);
        }
        let (before_in, before_out) = (state.total_in(), state.total_out());
        output.clear();
        let status =
            state.decompress_vec(&input[used..filled], &mut output, FlushDecompress::None).map_err(|_| broken(size))?;
        used += (state.total_in() - before_in) as usize;
        ended = status == Status::StreamEnd;
        let stuck = state.total_in() == before_in && state.total_out() == before_out && !ended;
        if state.total_out() > size || stuck {
            return Err(broken(size));
        }
        piece(&output)?;
    }
    let trailing = used < filled || read_full(from, &mut input[..1])? > 0;
    if state.total_out() == size && !trailing { Ok(()) } else { Err(broken(size)) }
}

/// Whether a stored file can be inflated in one piece.
pub fn fits_whole(compressed: u64, size: u64) -> bool {
    size <= whole_limit() && compressed <= whole_limit() * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};
    use std::os::fd::AsFd;

    fn compress(bytes: &[u8], level: u32, out: &mut Vec<u8>) -> Outcome<()> {
        Deflater::default().compress(bytes, level, out)
    }

    fn inflate(bytes: &[u8], size: usize, out: &mut Vec<u8>) -> Outcome<()> {
        Inflater::new()?.inflate(bytes, size, out)
    }

    fn sample(length: usize) -> Vec<u8> {
        (0..length).map(|i| ((i * i / 7) % 61) as u8).collect()
    }

    const LENGTHS: [usize; 9] = [0, 1, 63, 64, 65, 65_535, 65_536, 262_145, 3_000_000];

    #[test]
    fn whole_buffers_survive_a_round_trip() {
        for length in LENGTHS {
            let (bytes, mut packed, mut out) = (sample(length), Vec::new(), Vec::new());
            compress(&bytes, 6, &mut packed).expect("compresses");
            inflate(&packed, length, &mut out).expect("inflates");
            assert!(out == bytes, "{length}");
        }
    }

    #[test]
    fn an_empty_file_is_two_bytes() {
        let mut packed = Vec::new();
        compress(&[], 6, &mut packed).expect("compresses");
        assert_eq!(packed, [3, 0]);
    }

    fn file_of(bytes: &[u8]) -> std::fs::File {
        let mut file = tempfile::tempfile().expect("tempfile");
        file.write_all(bytes).expect("write");
        file.rewind().expect("rewind");
        file
    }

    fn inflate_file(packed: &[u8], size: usize) -> Outcome<Vec<u8>> {
        let mut out = Vec::new();
        inflate_stream(file_of(packed).as_fd(), size as u64, |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(out)
    }

    #[test]
    fn streams_and_whole_buffers_read_each_other() {
        for length in LENGTHS {
            let bytes = sample(length);
            let file = tempfile::tempfile().expect("tempfile");
            let mut stream = StreamCompressor::new(file.as_fd(), 6);
            bytes.chunks(1000).for_each(|piece| stream.push(piece).expect("pushes"));
            let written = stream.finish().expect("finishes");
            let mut packed = vec![0; written as usize];
            std::os::unix::fs::FileExt::read_exact_at(&file, &mut packed, 0).expect("reads");
            let mut out = Vec::new();
            inflate(&packed, length, &mut out).expect("inflates");
            assert!(out == bytes && inflate_file(&packed, length).expect("streams") == bytes, "{length}");
        }
    }

    #[test]
    fn wrong_sizes_and_damage_are_refused() {
        let (bytes, mut packed, mut out) = (sample(5000), Vec::new(), Vec::new());
        compress(&bytes, 6, &mut packed).expect("compresses");
        for size in [0, 4999, 5001] {
            assert!(inflate(&packed, size, &mut out).is_err() && inflate_file(&packed, size).is_err(), "{size}");
        }
        let longer = [packed.as_slice(), b"x"].concat();
        assert!(inflate(&longer, 5000, &mut out).is_err() && inflate_file(&longer, 5000).is_err());
        let shorter = &packed[..packed.len() - 1];
        assert!(inflate(shorter, 5000, &mut out).is_err() && inflate_file(shorter, 5000).is_err());
    }
}
