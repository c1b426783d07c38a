//! The glue between JavaScript and the plain modules.
//!
//! Only plain objects, strings and typed arrays cross. A fault of one file is data; a fault of a whole batch is thrown
//! as an Error whose message is `COPPICE`, code, errno, system call, path and words, with NUL between them. A panic
//! becomes an Error too.

pub mod checkout;
pub mod checkout_tree;
pub mod commit_tree;
pub mod import_tree;
pub mod kernels;
pub mod process;
pub mod store;
pub mod sweep;
pub mod system_calls;
pub mod verify;

use std::cell::RefCell;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::digest::Checksum;
use crate::fault::{Fault, Outcome};
use crate::object;
use crate::scratch::Scratch;
use crate::source::{Source, SourceSpec};

thread_local! {
    /// Buffers that a thread keeps from batch to batch.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

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

fn checksum(bytes: &[u8]) -> napi::Result<Checksum> {
    bytes.try_into().map_err(|_| thrown(Fault::told("CHECKSUM_INVALID", "a checksum takes 32 bytes")))
}

/// One number per item.
#[napi(object)]
pub struct OutcomesResult {
    pub outcomes: Uint8Array,
    pub failures: Vec<Failure>,
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

/// Grows with the binding's shape, so that a stale addon is told apart.
#[napi(catch_unwind)]
pub fn binding_version() -> u32 {
    17
}
