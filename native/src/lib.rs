//! The glue between JavaScript and the plain modules below, which know no napi.
//!
//! Only plain objects, strings and typed arrays cross. A fault of one file is data; a fault of a whole batch is thrown
//! as an Error whose message is `COPPICE`, code, errno, system call, path and words, with NUL between them.

pub mod chunk;
pub mod deflate;
pub mod digest;
pub mod directories;
pub mod fault;
pub mod header;
pub mod ingest;
pub mod ingest_large;
pub mod lock;
pub mod names;
pub mod object;
pub mod place;
pub mod place_copy;
pub mod place_name;
pub mod publish;
pub mod scan;
pub mod scratch;
pub mod source;
pub mod store;
pub mod sys;
pub mod target;
pub mod verify;
pub mod xattr;

use std::cell::RefCell;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::fault::{Fault, Outcome};
use crate::place::{LinkPolicy, Placed};
use crate::place_name::Overwrite;
use crate::scratch::Scratch;
use crate::source::{Source, SourceSpec};
use crate::target::{Put, Target, TargetSpec};
use crate::verify::Verified;

thread_local! {
    /// Buffers that a thread keeps from batch to batch.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

/// `INGEST` of the engine interface; `store` uses the same numbers.
const STORED: u8 = 0;
const EXISTED: u8 = 1;
const FAILED: u8 = 2;

/// `VERIFY` of the engine interface.
const VERIFIED: u8 = 0;
const MISSING: u8 = 1;
const CORRUPT: u8 = 2;
const VERIFY_FAILED: u8 = 3;

fn thrown(fault: Fault) -> napi::Error {
    let fields = ["COPPICE", fault.code, &fault.errno_name(), fault.syscall, &fault.path, &fault.message];
    napi::Error::from_reason(fields.join("\0"))
}

fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> Outcome<T>) -> napi::Result<T> {
    SCRATCH.with_borrow_mut(|scratch| {
        let done = work(scratch);
        scratch.reset();
        done.map_err(thrown)
    })
}

#[napi(object)]
pub struct Failure {
    pub index: u32,
    pub code: String,
    pub errno: String,
    pub syscall: String,
    pub path: String,
    pub message: String,
}

impl Failure {
    fn new(index: usize, fault: Fault) -> Failure {
        Failure {
            index: index as u32,
            code: fault.code.to_owned(),
            errno: fault.errno_name(),
            syscall: fault.syscall.to_owned(),
            path: fault.path,
            message: fault.message,
        }
    }
}

/// Splits results into what was done and what failed; `None` stands where a failure is told.
fn split<T>(results: Vec<Outcome<T>>) -> (Vec<Option<T>>, Vec<Failure>) {
    let mut failures = Vec::new();
    let keep = |(index, result): (usize, Outcome<T>)| match result {
        Ok(done) => Some(done),
        Err(fault) => {
            failures.push(Failure::new(index, fault));
            None
        }
    };
    (results.into_iter().enumerate().map(keep).collect(), failures)
}

/// Grows with the binding's shape, so that a stale addon is told apart.
#[napi(catch_unwind)]
pub fn binding_version() -> u32 {
    1
}

// Kernels.

#[napi(catch_unwind)]
pub fn digest(algorithm: String, parts: Vec<&[u8]>) -> napi::Result<Uint8Array> {
    let mut hasher = object::parse_algorithm(&algorithm).map_err(thrown)?.hasher();
    parts.iter().for_each(|part| hasher.update(part));
    Ok(Uint8Array::new(hasher.finish().to_vec()))
}

#[napi(catch_unwind)]
pub fn digest_many(algorithm: String, bytes: &[u8], ends: &[u32]) -> napi::Result<Uint8Array> {
    let algorithm = object::parse_algorithm(&algorithm).map_err(thrown)?;
    let mut out = Vec::with_capacity(ends.len() * 32);
    let mut start = 0;
    for end in ends {
        let message = bytes.get(start..*end as usize);
        let message = message.ok_or_else(|| thrown(Fault::told("USAGE", "message offsets are out of range")))?;
        out.extend_from_slice(&algorithm.digest(message));
        start = *end as usize;
    }
    Ok(Uint8Array::new(out))
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

// Batches.

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
    fn open(self) -> napi::Result<Target> {
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
    pub target: StoreTarget,
}

#[napi(object)]
pub struct IngestResult {
    pub checksums: Uint8Array,
    pub outcomes: Uint8Array,
    pub sizes: Float64Array,
    pub stored_sizes: Float64Array,
    pub failures: Vec<Failure>,
}

#[napi(catch_unwind)]
pub fn ingest(batch: IngestBatch) -> napi::Result<IngestResult> {
    let target = batch.target.open()?;
    let plain = ingest::Ingest {
        root: &batch.root,
        directories: &batch.directories,
        directory_index: &batch.directory_index,
        names: &batch.names,
        attributes: &batch.attributes,
        read_xattrs: batch.xattrs == "read",
        store: batch.action == "store",
        consume: batch.consume,
    };
    let (files, failures) = split(with_scratch(|scratch| ingest::ingest(&plain, &target, scratch))?);
    let outcome =
        |file: &Option<ingest::Ingested>| file.map_or(FAILED, |file| if file.existed { EXISTED } else { STORED });
    let outcomes: Vec<u8> = files.iter().map(outcome).collect();
    let files: Vec<ingest::Ingested> = files.into_iter().map(Option::unwrap_or_default).collect();
    Ok(IngestResult {
        checksums: Uint8Array::new(files.iter().flat_map(|file| file.checksum).collect()),
        outcomes: Uint8Array::new(outcomes),
        sizes: Float64Array::new(files.iter().map(|file| file.size as f64).collect()),
        stored_sizes: Float64Array::new(files.iter().map(|file| file.stored_size as f64).collect()),
        failures,
    })
}

#[napi(object)]
pub struct StoreBatch {
    pub target: StoreTarget,
    pub names: String,
    pub bytes: Uint8Array,
    pub ends: Uint32Array,
}

/// Outcomes of `store`, `place`, `verify` and the like: one number per item.
#[napi(object)]
pub struct OutcomesResult {
    pub outcomes: Uint8Array,
    pub failures: Vec<Failure>,
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

#[napi(object)]
pub struct ObjectSource {
    pub mode: String,
    pub algorithm: String,
    pub objects: Vec<String>,
}

impl ObjectSource {
    fn open(self) -> napi::Result<Source> {
        self.spec().and_then(Source::open).map_err(thrown)
    }

    fn spec(self) -> Outcome<SourceSpec> {
        let mode = object::StoreMode::parse(&self.mode)?;
        Ok(SourceSpec { mode, algorithm: object::parse_algorithm(&self.algorithm)?, objects: self.objects })
    }
}

#[napi(object)]
pub struct PlaceBatch {
    pub source: ObjectSource,
    pub root: String,
    pub directories: String,
    pub directory_index: Uint32Array,
    pub names: String,
    pub checksums: Uint8Array,
    pub user_mode: bool,
    pub link: String,
    pub overwrite: String,
    pub copy_zero_sized: bool,
    pub sync_each: bool,
    pub cache: String,
}

#[napi(object)]
pub struct PlaceResult {
    pub outcomes: Uint8Array,
    pub bytes_copied: f64,
    pub failures: Vec<Failure>,
}

fn link_policy(word: &str) -> napi::Result<LinkPolicy> {
    match word {
        "never" => Ok(LinkPolicy::Never),
        "try" => Ok(LinkPolicy::Try),
        "require" => Ok(LinkPolicy::Require),
        _ => Err(thrown(Fault::told("USAGE", format!("unknown link policy \"{word}\"")))),
    }
}

fn overwrite_policy(word: &str) -> napi::Result<Overwrite> {
    match word {
        "none" => Ok(Overwrite::None),
        "union" => Ok(Overwrite::Union),
        "add" => Ok(Overwrite::Add),
        "identical" => Ok(Overwrite::Identical),
        _ => Err(thrown(Fault::told("USAGE", format!("unknown overwrite policy \"{word}\"")))),
    }
}

#[napi(catch_unwind)]
pub fn place(batch: PlaceBatch) -> napi::Result<PlaceResult> {
    let source = batch.source.open()?;
    let plain = place::Place {
        root: &batch.root,
        directories: &batch.directories,
        directory_index: &batch.directory_index,
        names: &batch.names,
        checksums: &batch.checksums,
        user_mode: batch.user_mode,
        link: link_policy(&batch.link)?,
        overwrite: overwrite_policy(&batch.overwrite)?,
        copy_zero_sized: batch.copy_zero_sized,
        sync_each: batch.sync_each,
        cache: &batch.cache,
    };
    let (files, failures) = split(with_scratch(|scratch| place::place(&plain, &source, scratch))?);
    let mut bytes_copied = 0;
    let mut outcome = |file: &Option<Placed>| match file {
        Some(Placed::Linked) => 0,
        Some(Placed::Copied(bytes)) => {
            bytes_copied += bytes;
            1
        }
        Some(Placed::Kept) => 2,
        None => 3,
    };
    let outcomes: Vec<u8> = files.iter().map(&mut outcome).collect();
    Ok(PlaceResult { outcomes: Uint8Array::new(outcomes), bytes_copied: bytes_copied as f64, failures })
}

#[napi(catch_unwind)]
pub fn make_directories(root: String, directories: String, may_exist: bool) -> napi::Result<OutcomesResult> {
    let (made, failures) = split(directories::make_directories(&root, &directories, may_exist));
    let outcomes = made.iter().map(|made| u8::from(*made == Some(true))).collect();
    Ok(OutcomesResult { outcomes: Uint8Array::new(outcomes), failures })
}

#[napi(object)]
pub struct FinishDirectoriesBatch {
    pub root: String,
    pub directories: String,
    pub attributes: Uint32Array,
    pub xattrs: Vec<Uint8Array>,
    pub user_mode: bool,
    pub reset_mtime: bool,
    pub sync: bool,
}

#[napi(catch_unwind)]
pub fn finish_directories(batch: FinishDirectoriesBatch) -> napi::Result<Vec<Failure>> {
    let xattrs: Vec<&[u8]> = batch.xattrs.iter().map(|list| list.as_ref()).collect();
    let plain = directories::Finish {
        root: &batch.root,
        directories: &batch.directories,
        attributes: &batch.attributes,
        xattrs: &xattrs,
        user_mode: batch.user_mode,
        reset_mtime: batch.reset_mtime,
        sync: batch.sync,
    };
    Ok(split(directories::finish_directories(&plain).map_err(thrown)?).1)
}

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
pub fn verify(batch: VerifyBatch) -> napi::Result<VerifyResult> {
    let source = batch.source.open()?;
    let objects = with_scratch(|scratch| Ok(verify::verify(&source, &batch.checksums, &batch.types, scratch)))?;
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

// Single system calls.

#[napi(catch_unwind)]
pub fn read_xattrs(path: String) -> napi::Result<Uint8Array> {
    let read = xattr::read_path(&path).map_err(|fault| fault.at(|| path));
    read.map(Uint8Array::new).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn write_xattrs(path: String, xattrs: &[u8]) -> napi::Result<()> {
    xattr::write_path(&path, xattrs).map_err(|fault| thrown(fault.at(|| path)))
}

/// The descriptor that holds the lock; null while another holder is in the way.
#[napi(catch_unwind)]
pub fn try_lock(path: String, exclusive: bool) -> napi::Result<Option<i32>> {
    let kind = if exclusive { lock::Kind::Exclusive } else { lock::Kind::Shared };
    Ok(lock::try_lock(&path, kind).map_err(thrown)?.map(IntoRawFd::into_raw_fd))
}

/// Closes a descriptor that `try_lock` gave out; the TypeScript side calls this once for each.
#[napi(catch_unwind)]
pub fn unlock(descriptor: i32) {
    if descriptor >= 0 {
        // SAFETY: `try_lock` gave the descriptor away, and native-engine.ts lets it come back only once.
        drop(unsafe { OwnedFd::from_raw_fd(descriptor) });
    }
}

#[napi(catch_unwind)]
pub fn sync_file_system(path: String) -> napi::Result<()> {
    sys::sync_file_system(&path).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn make_device(path: String, mode: u32, major: u32, minor: u32) -> napi::Result<()> {
    sys::make_device(&path, mode, major, minor).map_err(thrown)
}
