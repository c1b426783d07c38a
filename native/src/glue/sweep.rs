//! Batches over whole stores: listing, reading metadata, removing.

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::{Failure, ObjectSource, split, thrown};
use crate::crew::Crew;
use crate::fault::Fault;
use crate::list::{self, EXTENSIONS};
use crate::read_metadata::{self, Read};
use crate::remove;

/// `VERIFY` of the engine interface.
const SOUND: u8 = 0;
const MISSING: u8 = 1;
const CORRUPT: u8 = 2;
const FAILED: u8 = 3;

/// `REMOVE` of the engine interface.
const REMOVED: u8 = 0;
const ABSENT: u8 = 1;
const REMOVE_FAILED: u8 = 2;

#[napi(object)]
pub struct ListBatch {
    pub objects: String,
    pub prefixes: String,
    pub archive: bool,
    pub sizes: bool,
    pub only: Option<u32>,
}

#[napi(object)]
pub struct ListResult {
    pub records: Uint8Array,
    pub sizes: Float64Array,
    /// End of each prefix, in records.
    pub ends: Uint32Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn list(batch: ListBatch, threads: u32) -> napi::Result<ListResult> {
    let ListBatch { objects, prefixes, archive, sizes, only } = batch;
    let batch = list::List { objects: &objects, prefixes: &prefixes, archive, sizes, only };
    let (listed, failures) = split(list::list(&batch, &Crew::new(threads)).map_err(thrown)?);
    let (mut records, mut sizes, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for prefix in listed.into_iter().map(Option::unwrap_or_default) {
        records.extend_from_slice(&prefix.records);
        sizes.extend_from_slice(&prefix.sizes);
        ends.push((records.len() / list::RECORD) as u32);
    }
    Ok(ListResult {
        records: Uint8Array::new(records),
        sizes: Float64Array::new(sizes),
        ends: Uint32Array::new(ends),
        failures,
    })
}

#[napi(object)]
pub struct ReadMetadataBatch {
    pub source: ObjectSource,
    pub object_type: u32,
    pub checksums: Uint8Array,
    pub limit_bytes: u32,
}

#[napi(object)]
pub struct ReadMetadataResult {
    pub outcomes: Uint8Array,
    pub bytes: Uint8Array,
    pub ends: Uint32Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn read_metadata(batch: ReadMetadataBatch) -> napi::Result<ReadMetadataResult> {
    let number = batch.object_type;
    let extension = match number {
        2..=4 => EXTENSIONS[number as usize - 1].0,
        _ => return Err(thrown(Fault::told("USAGE", format!("objects of type {number} are not read in batches")))),
    };
    let source = batch.source.open()?;
    let mut bytes = Vec::new();
    let limit = batch.limit_bytes as usize;
    let read = read_metadata::read_metadata(&source, &batch.checksums, extension, limit, &mut bytes);
    let (mut outcomes, mut ends, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (outcome, end)) in read.into_iter().enumerate() {
        let (number, fault) = match outcome {
            Ok(Read::Sound) => (SOUND, None),
            Ok(Read::Missing) => (MISSING, None),
            Ok(Read::Corrupt(fault)) => (CORRUPT, Some(fault)),
            Err(fault) => (FAILED, Some(fault)),
        };
        outcomes.push(number);
        ends.push(end as u32);
        failures.extend(fault.map(|fault| Failure::new(index, fault)));
    }
    Ok(ReadMetadataResult {
        outcomes: Uint8Array::new(outcomes),
        bytes: Uint8Array::new(bytes),
        ends: Uint32Array::new(ends),
        failures,
    })
}

#[napi(object)]
pub struct RemoveBatch {
    pub objects: String,
    pub records: Uint8Array,
    pub archive: bool,
    pub unlink: bool,
}

#[napi(object)]
pub struct RemoveResult {
    pub outcomes: Uint8Array,
    pub sizes: Float64Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn remove(batch: RemoveBatch, threads: u32) -> napi::Result<RemoveResult> {
    let RemoveBatch { objects, records, archive, unlink } = batch;
    let batch = remove::Remove { objects: &objects, records: &records, archive, unlink };
    let (mut outcomes, mut sizes, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (index, removed) in remove::remove(&batch, &Crew::new(threads)).map_err(thrown)?.into_iter().enumerate() {
        let (number, size, fault) = match removed {
            Ok(Some(size)) => (REMOVED, size, None),
            Ok(None) => (ABSENT, 0, None),
            Err(fault) => (REMOVE_FAILED, 0, Some(fault)),
        };
        outcomes.push(number);
        sizes.push(size as f64);
        failures.extend(fault.map(|fault| Failure::new(index, fault)));
    }
    Ok(RemoveResult { outcomes: Uint8Array::new(outcomes), sizes: Float64Array::new(sizes), failures })
}
