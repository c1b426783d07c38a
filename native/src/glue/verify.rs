//! The batch that compares objects with their names.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::{Failure, ObjectSource, with_scratch};
use crate::crew::Crew;
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
