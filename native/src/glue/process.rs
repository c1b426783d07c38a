//! What holds for the whole process or a thread of it.

use napi_derive::napi;

use super::thrown;
use crate::fault::Fault;
use crate::{deflate, process};

/// Bounds what is held of one file, for all threads.
#[napi(catch_unwind)]
pub fn limit_memory(whole_file_bytes: f64) {
    deflate::set_whole_limit(whole_file_bytes as u64);
    process::return_freed_memory();
}

/// Sets the disk priority of one thread.
#[napi(catch_unwind)]
pub fn set_io_priority(thread: i32, io_class: String, level: u32) -> napi::Result<()> {
    let class = match io_class.as_str() {
        "idle" => process::IoClass::Idle,
        "best-effort" => process::IoClass::BestEffort,
        other => return Err(thrown(Fault::told("USAGE", format!("unknown class of disk priority \"{other}\"")))),
    };
    process::set_io_priority(thread, class, level).map_err(thrown)
}
