//! Batches that write a checkout.

use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use super::{Failure, ObjectSource, OutcomesResult, split, thrown, with_scratch};
use crate::directories::Finishing;
use crate::fault::Fault;
use crate::place::{LinkPolicy, Placed, Policy};
use crate::place_name::Overwrite;
use crate::{directories, place};

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

pub(super) fn link_policy(word: &str) -> napi::Result<LinkPolicy> {
    match word {
        "never" => Ok(LinkPolicy::Never),
        "try" => Ok(LinkPolicy::Try),
        "require" => Ok(LinkPolicy::Require),
        _ => Err(thrown(Fault::told("USAGE", format!("unknown link policy \"{word}\"")))),
    }
}

pub(super) fn overwrite_policy(word: &str) -> napi::Result<Overwrite> {
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
        policy: Policy {
            user_mode: batch.user_mode,
            link: link_policy(&batch.link)?,
            overwrite: overwrite_policy(&batch.overwrite)?,
            copy_zero_sized: batch.copy_zero_sized,
            sync_each: batch.sync_each,
            cache: batch.cache,
        },
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
        finish: Finishing { user_mode: batch.user_mode, reset_mtime: batch.reset_mtime, sync: batch.sync },
    };
    Ok(split(directories::finish_directories(&plain).map_err(thrown)?).1)
}
