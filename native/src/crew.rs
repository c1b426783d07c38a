//! The threads that one huge file may take.
//!
//! Main spreads batches over its threads. While all of them are at work a file has one thread, and more would only be in
//! each other's way; once some are idle, a huge file takes as many helpers as there is room for.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon_core::ThreadPoolBuilder;

/// Threads at work in this process: one for each running batch, and their helpers.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// Files smaller than this are done before a helper is up.
pub const HUGE: u64 = 16 * 1024 * 1024;

/// The place of a running batch among at most `limit` threads; given back when dropped.
#[derive(Debug)]
pub struct Crew {
    limit: usize,
}

impl Crew {
    pub fn new(limit: u32) -> Crew {
        BUSY.fetch_add(1, Ordering::Relaxed);
        Crew { limit: limit as usize }
    }

    /// Runs `work` where `rayon_core::join` spreads it over this thread's place and all idle ones; `None`, with nothing
    /// done, where there is no idle one.
    pub fn together<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Option<T> {
        let helpers = Helpers::take(self.limit)?;
        let pool = ThreadPoolBuilder::new().num_threads(helpers.count + 1).build().ok()?;
        Some(pool.install(work))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Helpers {
    count: usize,
}

impl Helpers {
    /// Takes every idle place, at once, so that two batches never take the same one.
    fn take(limit: usize) -> Option<Helpers> {
        let taken = BUSY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| (busy < limit).then_some(limit));
        taken.ok().map(|busy| Helpers { count: limit - busy })
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        BUSY.fetch_sub(self.count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, for the count is the process's; a few batches of other tests come and go meanwhile.
    #[test]
    fn helpers_are_the_idle_threads_and_go_back() {
        let alone = Crew::new(1);
        assert_eq!(alone.together(|| ()), None);
        let many = Crew::new(64);
        let inner = many.together(|| {
            let (left, right) = rayon_core::join(|| 1, || 2);
            let other = Crew::new(2);
            (left + right, rayon_core::current_num_threads() > 1, other.together(|| ()))
        });
        assert_eq!(inner, Some((3, true, None)));
        assert!(many.together(|| ()).is_some());
    }
}
