//! Settings of the process and its threads that Rust's libraries have no name for.

use rustix::io::Errno;

use crate::fault::{Fault, Outcome};

/// `IOPRIO_CLASS_*` of linux/ioprio.h.
#[derive(Debug, Clone, Copy)]
pub enum IoClass {
    BestEffort = 2,
    Idle = 3,
}

const IOPRIO_WHO_PROCESS: libc::c_int = 1;
const IOPRIO_CLASS_SHIFT: u32 = 13;
const LAST_LEVEL: u32 = 7;

/// Sets the disk priority of the thread; 0 is the calling one.
pub fn set_io_priority(thread: i32, class: IoClass, level: u32) -> Outcome<()> {
    let level = if matches!(class, IoClass::Idle) { 0 } else { level.min(LAST_LEVEL) };
    let priority = ((class as u32) << IOPRIO_CLASS_SHIFT | level) as libc::c_int;
    // SAFETY: the call takes three numbers and touches no memory of ours.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, priority) };
    if done == 0 {
        return Ok(());
    }
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
    Err(Fault::system("ioprio_set", Errno::from_raw_os_error(errno)))
}

/// Blocks from this size on are mapped by themselves, so that freeing them gives them back to the system.
#[cfg(target_env = "gnu")]
const MAPPED_BYTES: libc::c_int = 256 * 1024;

/// Makes the C library give freed memory back at once. By itself it learns from the first large block that is freed to
/// keep blocks of that size, up to 32 MiB each.
#[cfg(target_env = "gnu")]
pub fn return_freed_memory() {
    // SAFETY: these only set numbers that the allocator reads.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, MAPPED_BYTES);
    }
}

#[cfg(not(target_env = "gnu"))]
pub fn return_freed_memory() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_can_stand_back_and_tells_when_there_is_none() {
        set_io_priority(0, IoClass::BestEffort, 7).expect("own thread");
        set_io_priority(0, IoClass::Idle, 3).expect("own thread");
        assert_eq!(set_io_priority(i32::MAX, IoClass::Idle, 0).expect_err("no such thread").errno_name(), "ESRCH");
    }
}
