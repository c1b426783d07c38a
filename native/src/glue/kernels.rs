//! Bytes in memory.

use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use super::{thrown, with_scratch};
use crate::fault::Fault;
use crate::{chunk, deflate, object};

#[napi(catch_unwind)]
pub fn digest(algorithm: String, parts: Vec<&[u8]>) -> napi::Result<Uint8Array> {
    let mut hasher = object::parse_algorithm(&algorithm).map_err(thrown)?.hasher();
    parts.iter().for_each(|part| hasher.update(part));
    Ok(Uint8Array::new(hasher.finish().to_vec()))
}

#[napi(catch_unwind)]
pub fn digest_many(algorithm: String, bytes: &[u8], ends: &[u32]) -> napi::Result<Uint8Array> {
    let algorithm = object::parse_algorithm(&algorithm).map_err(thrown)?;
    let mut messages = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let message = bytes.get(start..*end as usize);
        messages.push(message.ok_or_else(|| thrown(Fault::told("USAGE", "message offsets are out of range")))?);
        start = *end as usize;
    }
    Ok(Uint8Array::new(algorithm.digest_all(&messages).concat()))
}

#[napi(catch_unwind)]
pub fn deflate_raw(bytes: &[u8], level: u32) -> napi::Result<Uint8Array> {
    let mut out = Vec::new();
    with_scratch(|scratch| scratch.deflater.compress(bytes, level, &mut out))?;
    out.shrink_to_fit();
    Ok(Uint8Array::new(out))
}

#[napi(catch_unwind)]
pub fn inflate_raw(bytes: &[u8], size: f64) -> napi::Result<Uint8Array> {
    let mut out = Vec::new();
    deflate::Inflater::new()
        .and_then(|mut inflater| inflater.inflate(bytes, size as usize, &mut out))
        .map_err(thrown)?;
    Ok(Uint8Array::new(out))
}

#[napi(object)]
pub struct ChunkBounds {
    pub minimum: u32,
    pub average: u32,
    pub maximum: u32,
}

#[napi(catch_unwind)]
pub fn chunk_ends(bytes: &[u8], bounds: ChunkBounds) -> napi::Result<Uint32Array> {
    let bounds = chunk::Bounds {
        minimum: bounds.minimum as usize,
        average: bounds.average as usize,
        maximum: bounds.maximum as usize,
    };
    chunk::chunk_ends(bytes, bounds).map(Uint32Array::new).map_err(thrown)
}
