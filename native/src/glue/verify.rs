//! The batches that read objects whole.

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::{Failure, ObjectSource, split, with_scratch};
use crate::crew::Crew;
use crate::unpack::{self, Unpacked};
use crate::verify::{self, Verified};

/// `VERIFY` of the engine interface.
const VERIFIED: u8 = 0;
const MISSING: u8 = 1;
const CORRUPT: u8 = 2;
const VERIFY_FAILED: u8 = 3;

#[napi(object)]
pub struct VerifyBatch {
    pub source: ObjectSource,
    pub checksums: Uint8Array,
    pub types: Uint8Array,
}

#[napi(object)]
pub struct VerifyResult {
    pub outcomes: Uint8Array,
    pub actual: Uint8Array,
    pub bytes_read: f64,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn verify(batch: VerifyBatch, threads: u32) -> napi::Result<VerifyResult> {
    let source = batch.source.open()?;
    let crew = Crew::new(threads);
    let objects = with_scratch(|scratch| Ok(verify::verify(&source, &batch.checksums, &batch.types, scratch, &crew)))?;
    let mut result = (Vec::new(), Vec::new(), 0, Vec::new());
    for (index, (object, name)) in objects.into_iter().zip(batch.checksums.as_chunks::<32>().0).enumerate() {
        let (outcome, actual, fault) = match object {
            Ok(Verified::Read { actual, bytes }) => {
                result.2 += bytes;
                (if actual == *name { VERIFIED } else { CORRUPT }, actual, None)
            }
            Ok(Verified::Missing) => (MISSING, [0; 32], None),
            Ok(Verified::Corrupt(fault)) => (CORRUPT, [0; 32], Some(fault)),
            Err(fault) => (VERIFY_FAILED, [0; 32], Some(fault)),
        };
        result.0.push(outcome);
        result.1.extend_from_slice(&actual);
        result.3.extend(fault.map(|fault| Failure::new(index, fault)));
    }
    Ok(VerifyResult {
        outcomes: Uint8Array::new(result.0),
        actual: Uint8Array::new(result.1),
        bytes_read: result.2 as f64,
        failures: result.3,
    })
}

#[napi(object)]
pub struct UnpackBatch {
    pub source: ObjectSource,
    pub checksums: Uint8Array,
    /// Written to.
    pub into: Uint8Array,
}

#[napi(object)]
pub struct UnpackResult {
    pub attributes: Uint32Array,
    pub sizes: Float64Array,
    pub ends: Uint32Array,
    pub fits: Uint8Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn unpack(mut batch: UnpackBatch) -> napi::Result<UnpackResult> {
    let source = batch.source.open()?;
    // The caller lends the buffer to this call alone and reads it only afterwards.
    let into = unsafe { batch.into.as_mut() };
    let objects = with_scratch(|scratch| Ok(unpack::unpack(&source, &batch.checksums, into, scratch)))?;
    let (objects, failures) = split(objects);
    let nothing = Unpacked { owner: Default::default(), size: 0, end: 0, fits: false };
    let objects: Vec<Unpacked> = objects.into_iter().map(|object| object.unwrap_or(nothing)).collect();
    let attributes = objects.iter().flat_map(|object| [object.owner.uid, object.owner.gid, object.owner.mode]);
    Ok(UnpackResult {
        attributes: Uint32Array::new(attributes.collect()),
        sizes: Float64Array::new(objects.iter().map(|object| object.size as f64).collect()),
        ends: Uint32Array::new(objects.iter().map(|object| object.end as u32).collect()),
        fits: Uint8Array::new(objects.iter().map(|object| u8::from(object.fits)).collect()),
        failures,
    })
}
