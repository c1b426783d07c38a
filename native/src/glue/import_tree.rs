//! Whole trees from another repository, in steps.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::store::StoreTarget;
use super::{Failure, ObjectSource, checksum, with_scratch};
use crate::import_tree::{self, Done, Limits, Settings};
use crate::place_tree::Trouble;

/// The fields of `importObjects` but its objects, and where metadata is.
#[napi(object)]
pub struct ImportTreeBatch {
    pub source: ObjectSource,
    pub metadata: ObjectSource,
    pub target: StoreTarget,
    pub link: String,
    pub verify: bool,
    pub canonical_modes: bool,
}

#[napi(object)]
pub struct ImportTreeStep {
    pub linked: u32,
    pub copied: u32,
    pub existed: u32,
    pub bytes_copied: f64,
    pub metadata_written: u32,
    pub complete: bool,
    /// At most one.
    pub failures: Vec<Failure>,
    /// ObjectType number of a metadata object that cannot be used; 0 for none.
    pub unreadable_type: u32,
    pub unreadable: Uint8Array,
}

/// An import under way, which keeps open what its steps share.
#[napi]
pub struct TreeImport {
    trees: import_tree::ImportTree,
}

#[napi(catch_unwind)]
pub fn import_tree(batch: ImportTreeBatch) -> napi::Result<TreeImport> {
    let settings = Settings { link: batch.link == "try", verify: batch.verify, canonical_modes: batch.canonical_modes };
    let (contents, metadata, target) = (batch.source.open()?, batch.metadata.open()?, batch.target.open()?);
    Ok(TreeImport { trees: import_tree::ImportTree::new(settings, contents, metadata, target) })
}

#[napi]
impl TreeImport {
    #[napi(catch_unwind)]
    pub fn add(&mut self, tree: Uint8Array, meta: Uint8Array) -> napi::Result<()> {
        self.trees.add(checksum(&tree)?, checksum(&meta)?);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn step(&mut self, objects: u32, bytes: f64, threads: u32) -> napi::Result<ImportTreeStep> {
        let limits = Limits { objects, bytes: bytes as u64, threads: threads as usize };
        let step = with_scratch(|scratch| Ok(self.trees.step(limits, scratch)))?;
        Ok(match step {
            Ok(done) => told(&done),
            Err(Trouble::Fault(fault)) => {
                ImportTreeStep { failures: vec![Failure::new(0, fault)], ..told(&Done::default()) }
            }
            Err(Trouble::Unreadable(object_type, checksum)) => ImportTreeStep {
                unreadable_type: object_type,
                unreadable: Uint8Array::from(checksum.as_slice()),
                ..told(&Done::default())
            },
        })
    }
}

fn told(done: &Done) -> ImportTreeStep {
    ImportTreeStep {
        linked: done.linked,
        copied: done.copied,
        existed: done.existed,
        bytes_copied: done.bytes_copied as f64,
        metadata_written: done.metadata_written,
        complete: done.complete,
        failures: Vec::new(),
        unreadable_type: 0,
        unreadable: Uint8Array::new(Vec::new()),
    }
}
