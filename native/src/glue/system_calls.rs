//! Single system calls.

use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::thrown;
use crate::{lock, share, sys, xattr};

#[napi(catch_unwind)]
pub fn read_xattrs(path: String) -> napi::Result<Uint8Array> {
    let read = xattr::read_path(&path).map_err(|fault| fault.at(|| path));
    read.map(Uint8Array::new).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn write_xattrs(path: String, xattrs: &[u8]) -> napi::Result<()> {
    xattr::write_path(&path, xattrs).map_err(|fault| thrown(fault.at(|| path)))
}

#[napi(catch_unwind)]
pub fn remove_xattrs(path: String, xattrs: &[u8]) -> napi::Result<()> {
    xattr::remove_path(&path, xattrs).map_err(|fault| thrown(fault.at(|| path)))
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
pub fn share_blocks(from: String, to: String) -> napi::Result<bool> {
    share::share_blocks(&from, &to).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn make_device(path: String, mode: u32, major: u32, minor: u32) -> napi::Result<()> {
    sys::make_device(&path, mode, major, minor).map_err(thrown)
}
