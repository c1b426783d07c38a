//! A whole commit, in steps.

use napi::bindgen_prelude::{Float64Array, Uint8Array};
use napi_derive::napi;

use super::store::StoreTarget;
use super::{Failure, ObjectSource, with_scratch};
use crate::ingest_tree::{self, Done, Limits, Memory, Settings, Trouble};
use crate::modifier::{Modifier, PathRule, PathRules};
use crate::tree_index::TreeIndex;

#[napi(object)]
pub struct TreeMemory {
    pub path: String,
    pub digest: Uint8Array,
    pub stored: Option<ObjectSource>,
    pub listed_at_milliseconds: f64,
    pub trusted_file_systems: Float64Array,
}

impl TreeMemory {
    fn open(self) -> napi::Result<Memory> {
        Ok(Memory {
            index: if self.digest.is_empty() { None } else { TreeIndex::open(&self.path, &self.digest) },
            stored: self.stored.map(ObjectSource::open).transpose()?,
            listed_at: self.listed_at_milliseconds,
            trusted: self.trusted_file_systems.to_vec(),
        })
    }
}

#[napi(object)]
pub struct CommitRule {
    pub path: String,
    pub skip: bool,
    pub add: Option<u32>,
    pub set: Option<u32>,
}

#[napi(object)]
pub struct IngestTreeBatch {
    pub root: String,
    pub target: StoreTarget,
    pub xattrs: String,
    pub owner_uid: Option<u32>,
    pub owner_gid: Option<u32>,
    pub canonical_permissions: bool,
    pub read_only_executables: bool,
    pub rules: Vec<CommitRule>,
    pub consume: bool,
    pub memory: Option<TreeMemory>,
    pub hardlinks: Vec<String>,
}

#[napi(object)]
pub struct IngestTreeStep {
    pub files: u32,
    pub known: u32,
    pub hardlinks: u32,
    pub read: u32,
    pub bytes_read: f64,
    pub written: u32,
    pub bytes_written: f64,
    pub metadata: u32,
    pub metadata_written: u32,
    pub bytes_charged: f64,
    /// 0 unless there was no room for so many bytes.
    pub bytes_lacking: f64,
    pub records: Uint8Array,
    pub kept_records: Float64Array,
    /// Packed.
    pub met_rules: String,
    /// Empty until everything is done.
    pub tree: Uint8Array,
    pub meta: Uint8Array,
    /// At most one, and the bytes that were to be written when it came.
    pub failures: Vec<Failure>,
    pub failure_bytes: f64,
}

/// A commit under way, which keeps open what its steps share.
#[napi]
pub struct TreeIngestion {
    tree: ingest_tree::IngestTree,
}

#[napi(catch_unwind)]
pub fn ingest_tree(batch: IngestTreeBatch) -> napi::Result<TreeIngestion> {
    let settings = Settings {
        root: batch.root,
        modifier: Modifier {
            uid: batch.owner_uid,
            gid: batch.owner_gid,
            canonical: batch.canonical_permissions,
            read_only_executables: batch.read_only_executables,
        },
        rules: rules_of(batch.rules),
        consume: batch.consume,
        read_xattrs: batch.xattrs == "read",
        memory: batch.memory.map(TreeMemory::open).transpose()?,
        hardlinks: batch.hardlinks,
    };
    let target = batch.target.open()?;
    Ok(TreeIngestion { tree: ingest_tree::IngestTree::new(settings, target).map_err(super::thrown)? })
}

fn rules_of(rules: Vec<CommitRule>) -> PathRules {
    PathRules::new(rules.into_iter().map(|CommitRule { path, skip, add, set }| (path, PathRule { skip, add, set })))
}

#[napi]
impl TreeIngestion {
    #[napi(catch_unwind)]
    pub fn step(&mut self, files: u32, bytes: f64, room: f64, threads: u32) -> napi::Result<IngestTreeStep> {
        // An infinite room becomes the largest number.
        let limits = Limits { files, bytes: bytes as u64, room: room as u64, threads: threads as usize };
        let (done, trouble) = with_scratch(|scratch| Ok(self.tree.step(limits, scratch)))?;
        let mut step = told(done);
        match trouble {
            Some(Trouble::NoRoom(lacking)) => step.bytes_lacking = lacking as f64,
            Some(Trouble::Fault(fault, bytes)) => {
                step.failures.push(Failure::new(0, fault));
                step.failure_bytes = bytes as f64;
            }
            None => {}
        }
        Ok(step)
    }
}

fn told(done: Done) -> IngestTreeStep {
    let root = |ids: &[u8]| Uint8Array::new(ids.to_vec());
    IngestTreeStep {
        files: done.files,
        known: done.known,
        hardlinks: done.hardlinks,
        read: done.read,
        bytes_read: done.bytes_read as f64,
        written: done.written,
        bytes_written: done.bytes_written as f64,
        metadata: done.metadata,
        metadata_written: done.metadata_written,
        bytes_charged: done.charged as f64,
        bytes_lacking: 0.0,
        records: Uint8Array::new(done.records),
        kept_records: Float64Array::new(done.kept_records),
        met_rules: done.met.iter().map(|path| format!("{path}\0")).collect(),
        tree: root(done.root.as_ref().map_or(&[], |ids| &ids.tree)),
        meta: root(done.root.as_ref().map_or(&[], |ids| &ids.meta)),
        failures: Vec::new(),
        failure_bytes: 0.0,
    }
}
