//! Batches that fill a store.

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::{Failure, ObjectSource, OutcomesResult, split, thrown, with_scratch};
use crate::crew::Crew;
use crate::fault::Outcome;
use crate::ingest_file::{Ingested, Manner};
use crate::target::{Put, Target, TargetSpec};
use crate::{import, ingest, ingest_bytes, object, publish, scan, store};

/// `INGEST` of the engine interface; `store` uses the same numbers.
const STORED: u8 = 0;
const EXISTED: u8 = 1;
const FAILED: u8 = 2;

#[napi(object)]
pub struct ScanBatch {
    pub root: String,
    pub directories: String,
    pub xattrs: bool,
}

/// All listings one after the other; TypeScript cuts them apart.
#[napi(object)]
pub struct ScanResult {
    pub names: Vec<String>,
    pub stats: Float64Array,
    /// End of each listing in `stats`.
    pub stat_ends: Uint32Array,
    pub own: Float64Array,
    pub xattrs: Uint8Array,
    /// End of each directory's list in `xattrs`.
    pub xattr_ends: Uint32Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn scan(batch: ScanBatch) -> napi::Result<ScanResult> {
    let listings = scan::scan(&batch.root, &batch.directories, batch.xattrs).map_err(thrown)?;
    let (listings, failures) = split(listings);
    let (mut names, mut stats, mut stat_ends) = (Vec::new(), Vec::new(), Vec::new());
    let (mut own, mut xattrs, mut xattr_ends) = (Vec::new(), Vec::new(), Vec::new());
    for listing in listings.into_iter().map(Option::unwrap_or_default) {
        names.push(listing.names);
        stats.extend_from_slice(&listing.stats);
        stat_ends.push(stats.len() as u32);
        own.extend_from_slice(&listing.own);
        xattrs.extend_from_slice(&listing.xattrs);
        xattr_ends.push(xattrs.len() as u32);
    }
    Ok(ScanResult {
        names,
        stats: Float64Array::new(stats),
        stat_ends: Uint32Array::new(stat_ends),
        own: Float64Array::new(own),
        xattrs: Uint8Array::new(xattrs),
        xattr_ends: Uint32Array::new(xattr_ends),
        failures,
    })
}

#[napi(object)]
pub struct StoreTarget {
    pub mode: String,
    pub algorithm: String,
    pub objects: Vec<String>,
    pub destination: String,
    pub visible: bool,
    pub tmp: String,
    pub zlib_level: u32,
    pub sync_each: bool,
}

impl StoreTarget {
    pub fn open(self) -> napi::Result<Target> {
        self.spec().and_then(Target::open).map_err(thrown)
    }

    fn spec(self) -> Outcome<TargetSpec> {
        Ok(TargetSpec {
            mode: object::StoreMode::parse(&self.mode)?,
            algorithm: object::parse_algorithm(&self.algorithm)?,
            objects: self.objects,
            destination: self.destination,
            visible: self.visible,
            tmp: self.tmp,
            zlib_level: self.zlib_level,
            sync_each: self.sync_each,
        })
    }
}

#[napi(object)]
pub struct IngestBatch {
    pub root: String,
    pub directories: String,
    pub directory_index: Uint32Array,
    pub names: String,
    pub attributes: Uint32Array,
    pub xattrs: String,
    pub action: String,
    pub consume: bool,
    pub witnesses: Option<Float64Array>,
    pub added_xattrs: Option<Uint8Array>,
    pub added_xattr_ends: Option<Uint32Array>,
    pub target: StoreTarget,
}

#[napi(object)]
pub struct IngestResult {
    pub checksums: Uint8Array,
    pub outcomes: Uint8Array,
    pub sizes: Float64Array,
    pub stored_sizes: Float64Array,
    pub settled: Uint8Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn ingest(batch: IngestBatch, threads: u32) -> napi::Result<IngestResult> {
    let target = batch.target.open()?;
    let plain = ingest::Ingest {
        root: &batch.root,
        directories: &batch.directories,
        directory_index: &batch.directory_index,
        names: &batch.names,
        attributes: &batch.attributes,
        manner: Manner {
            read_xattrs: batch.xattrs == "read",
            store: batch.action == "store",
            consume: batch.consume,
            crew: Crew::new(threads),
        },
        witnesses: batch.witnesses.as_deref().unwrap_or_default(),
        added_xattrs: batch.added_xattrs.as_deref().unwrap_or_default(),
        added_xattr_ends: batch.added_xattr_ends.as_deref().unwrap_or_default(),
    };
    Ok(ingest_result(with_scratch(|scratch| ingest::ingest(&plain, &target, scratch))?))
}

#[napi(object)]
pub struct IngestBytesBatch {
    pub attributes: Uint32Array,
    pub bytes: Uint8Array,
    pub ends: Uint32Array,
    pub xattrs: Uint8Array,
    pub xattr_ends: Uint32Array,
    pub names: String,
    pub spilled: String,
    pub target: StoreTarget,
}

#[napi(catch_unwind)]
pub fn ingest_bytes(batch: IngestBytesBatch) -> napi::Result<IngestResult> {
    let target = batch.target.open()?;
    let plain = ingest_bytes::IngestBytes {
        attributes: &batch.attributes,
        bytes: &batch.bytes,
        ends: &batch.ends,
        xattrs: &batch.xattrs,
        xattr_ends: &batch.xattr_ends,
        names: &batch.names,
        spilled: &batch.spilled,
    };
    Ok(ingest_result(with_scratch(|scratch| Ok(ingest_bytes::ingest_bytes(&plain, &target, scratch)))?))
}

fn ingest_result(files: Vec<Outcome<Ingested>>) -> IngestResult {
    let (files, failures) = split(files);
    let outcome = |file: &Option<Ingested>| file.map_or(FAILED, |file| if file.existed { EXISTED } else { STORED });
    let outcomes: Vec<u8> = files.iter().map(outcome).collect();
    let files: Vec<Ingested> = files.into_iter().map(Option::unwrap_or_default).collect();
    IngestResult {
        checksums: Uint8Array::new(files.iter().flat_map(|file| file.checksum).collect()),
        outcomes: Uint8Array::new(outcomes),
        sizes: Float64Array::new(files.iter().map(|file| file.size as f64).collect()),
        stored_sizes: Float64Array::new(files.iter().map(|file| file.stored_size as f64).collect()),
        settled: Uint8Array::new(files.iter().map(|file| u8::from(file.settled)).collect()),
        failures,
    }
}

#[napi(object)]
pub struct StoreBatch {
    pub target: StoreTarget,
    pub names: String,
    pub bytes: Uint8Array,
    pub ends: Uint32Array,
}

#[napi(catch_unwind)]
pub fn store(batch: StoreBatch) -> napi::Result<OutcomesResult> {
    let target = batch.target.open()?;
    let (objects, failures) = split(store::store(&target, &batch.names, &batch.bytes, &batch.ends));
    let outcome = |put: &Option<Put>| match put {
        Some(Put::Stored) => STORED,
        Some(Put::Existed) => EXISTED,
        None => FAILED,
    };
    Ok(OutcomesResult { outcomes: Uint8Array::new(objects.iter().map(outcome).collect()), failures })
}

/// `IMPORT` of the engine interface.
const LINKED: u8 = 0;
const COPIED: u8 = 1;
const IMPORT_EXISTED: u8 = 2;
const IMPORT_FAILED: u8 = 3;

#[napi(object)]
pub struct ImportBatch {
    pub source: ObjectSource,
    pub target: StoreTarget,
    pub checksums: Uint8Array,
    pub link: String,
    pub verify: bool,
    pub canonical_modes: bool,
}

#[napi(object)]
pub struct ImportResult {
    pub outcomes: Uint8Array,
    pub bytes_copied: f64,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn import_objects(batch: ImportBatch, threads: u32) -> napi::Result<ImportResult> {
    let (source, target) = (batch.source.open()?, batch.target.open()?);
    let manner = import::Manner {
        link: batch.link == "try",
        verify: batch.verify,
        canonical_modes: batch.canonical_modes,
        crew: Crew::new(threads),
    };
    let importer = import::Importer { manner, source: &source, target: &target };
    let (objects, failures) = split(with_scratch(|scratch| Ok(importer.import_all(&batch.checksums, scratch)))?);
    let outcome = |object: &Option<import::Imported>| match object {
        Some(import::Imported::Linked(_)) => LINKED,
        Some(import::Imported::Copied(_)) => COPIED,
        Some(import::Imported::Existed) => IMPORT_EXISTED,
        None => IMPORT_FAILED,
    };
    let bytes = |object: &Option<import::Imported>| match object {
        Some(import::Imported::Copied(bytes)) => *bytes as f64,
        _ => 0.0,
    };
    Ok(ImportResult {
        outcomes: Uint8Array::new(objects.iter().map(outcome).collect()),
        bytes_copied: objects.iter().map(bytes).sum(),
        failures,
    })
}

#[napi(object)]
pub struct PublishBatch {
    pub staging: String,
    pub objects: String,
    pub prefixes: String,
    pub sync: bool,
}

#[napi(catch_unwind)]
pub fn publish(batch: PublishBatch) -> napi::Result<Vec<Failure>> {
    let plain = publish::Publish {
        staging: &batch.staging,
        objects: &batch.objects,
        prefixes: &batch.prefixes,
        sync: batch.sync,
    };
    Ok(split(publish::publish(&plain).map_err(thrown)?).1)
}
