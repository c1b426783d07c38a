//! A whole checkout, in steps.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::checkout::{link_policy, overwrite_policy};
use super::{Failure, ObjectSource, checksum, thrown, with_scratch};
use crate::directories::Finishing;
use crate::place::Policy;
use crate::place_tree::{self, Done, Limits, Trouble};

/// The fields of `place` but its files, and what the directories need.
#[napi(object)]
pub struct PlaceTreeBatch {
    pub source: ObjectSource,
    pub metadata: ObjectSource,
    pub root: String,
    pub tree: Uint8Array,
    pub meta: Uint8Array,
    pub user_mode: bool,
    pub link: String,
    pub overwrite: String,
    pub copy_zero_sized: bool,
    pub sync_each: bool,
    pub cache: String,
    pub permissions: u32,
    pub skip: Vec<String>,
    pub reset_mtime: bool,
}

#[napi(object)]
pub struct PlaceTreeStep {
    pub linked: u32,
    pub copied: u32,
    pub kept: u32,
    pub directories: u32,
    pub bytes_copied: f64,
    pub complete: bool,
    /// At most one.
    pub failures: Vec<Failure>,
    /// ObjectType number of a metadata object that cannot be used; 0 for none.
    pub unreadable_type: u32,
    pub unreadable: Uint8Array,
}

/// A checkout under way, which keeps open what its steps share.
#[napi]
pub struct TreePlacement {
    tree: place_tree::PlaceTree,
}

fn settings(batch: &PlaceTreeBatch) -> napi::Result<place_tree::Settings> {
    Ok(place_tree::Settings {
        root: batch.root.clone(),
        policy: Policy {
            user_mode: batch.user_mode,
            link: link_policy(&batch.link)?,
            overwrite: overwrite_policy(&batch.overwrite)?,
            copy_zero_sized: batch.copy_zero_sized,
            sync_each: batch.sync_each,
            cache: batch.cache.clone(),
        },
        finish: Finishing { user_mode: batch.user_mode, reset_mtime: batch.reset_mtime, sync: batch.sync_each },
        permissions: batch.permissions,
        skip: batch.skip.iter().cloned().collect(),
    })
}

#[napi(catch_unwind)]
pub fn place_tree(batch: PlaceTreeBatch) -> napi::Result<TreePlacement> {
    let settings = settings(&batch)?;
    let meta = if batch.meta.is_empty() { None } else { Some(checksum(&batch.meta)?) };
    let tree = place_tree::Tree { tree: checksum(&batch.tree)?, meta };
    let (contents, metadata) = (batch.source.open()?, batch.metadata.open()?);
    let tree = place_tree::PlaceTree::new(settings, contents, metadata, tree).map_err(thrown)?;
    Ok(TreePlacement { tree })
}

#[napi]
impl TreePlacement {
    #[napi(catch_unwind)]
    pub fn step(&mut self, files: u32, bytes: f64, threads: u32) -> napi::Result<PlaceTreeStep> {
        let limits = Limits { files, bytes: bytes as u64, threads: threads as usize };
        let step = with_scratch(|scratch| Ok(self.tree.step(limits, scratch)))?;
        Ok(match step {
            Ok(done) => told(&done),
            Err(Trouble::Fault(fault)) => {
                PlaceTreeStep { failures: vec![Failure::new(0, fault)], ..told(&Done::default()) }
            }
            Err(Trouble::Unreadable(object_type, checksum)) => PlaceTreeStep {
                unreadable_type: object_type,
                unreadable: Uint8Array::from(checksum.as_slice()),
                ..told(&Done::default())
            },
        })
    }
}

fn told(done: &Done) -> PlaceTreeStep {
    PlaceTreeStep {
        linked: done.linked,
        copied: done.copied,
        kept: done.kept,
        directories: done.directories,
        bytes_copied: done.bytes_copied as f64,
        complete: done.complete,
        failures: Vec::new(),
        unreadable_type: 0,
        unreadable: Uint8Array::new(Vec::new()),
    }
}
