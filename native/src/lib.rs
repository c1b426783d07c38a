//! Whole batches of files in one call from JavaScript.
//!
//! `glue` alone knows napi; the other modules are plain Rust.

pub mod chunk;
pub mod crew;
pub mod deflate;
pub mod devino;
mod digest;
pub mod directories;
pub mod dirtree;
mod fan_out;
pub mod fault;
pub mod glue;
pub mod header;
pub mod import;
pub mod import_tree;
pub mod ingest;
pub mod ingest_bytes;
pub mod ingest_file;
pub mod ingest_large;
pub mod ingest_pair;
pub mod ingest_tree;
pub mod job_stack;
pub mod list;
pub mod lock;
pub mod modifier;
pub mod names;
pub mod object;
pub mod place;
pub mod place_copy;
pub mod place_name;
pub mod place_tree;
pub mod process;
pub mod publish;
pub mod read_metadata;
pub mod remove;
pub mod scan;
pub mod scratch;
#[cfg(target_arch = "x86_64")]
mod sha256_pair;
pub mod share;
pub mod source;
pub mod store;
pub mod store_content;
pub mod sys;
pub mod target;
pub mod together;
pub mod tree_index;
pub mod tree_record;
pub mod unpack;
pub mod verify;
pub mod wide;
pub mod witness;
pub mod xattr;
