//! Whole batches of files in one call from JavaScript.
//!
//! `glue` alone knows napi; the other modules are plain Rust.

pub mod chunk;
pub mod deflate;
pub mod digest;
pub mod directories;
pub mod fault;
pub mod glue;
pub mod header;
pub mod ingest;
pub mod ingest_large;
pub mod lock;
pub mod names;
pub mod object;
pub mod place;
pub mod place_copy;
pub mod place_name;
pub mod process;
pub mod publish;
pub mod scan;
pub mod scratch;
pub mod source;
pub mod store;
pub mod sys;
pub mod target;
pub mod verify;
pub mod xattr;
