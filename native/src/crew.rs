//! The threads that one huge file, or a batch that main does itself, may take.
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

    /// Threads that there may be at work.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Runs `work` where `rayon_core::join` spreads it over this thread's place and all idle ones; `None`, with nothing
    /// done, where there is no idle one.
    pub fn together<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Option<T> {
        let helpers = Helpers::take(self.limit)?;
        let pool = ThreadPoolBuilder::new().num_threads(helpers.count + 1).build().ok()?;
        Some(pool.install(work))
    }

    /// Does `work` on parts of `items`, in the order of which the results come back, on this thread and all idle ones.
    pub fn spread<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&[T]) -> Vec<R> + Sync) -> Vec<R> {
        let Some(helpers) = Helpers::take(self.limit) else { return work(items) };
        let part = items.len().div_ceil(helpers.count + 1).max(1);
        let (own, others) = items.split_at(part.min(items.len()));
        std::thread::scope(|scope| {
            let work = &work;
            let start = |items| match std::thread::Builder::new().spawn_scoped(scope, move || work(items)) {
                Ok(thread) => Ok(thread),
                Err(_) => Err(work(items)), // a thread that cannot be had is done without
            };
            let started: Vec<_> = others.chunks(part).map(start).collect();
            let mut results = work(own);
            for thread in started {
                results.extend(match thread {
                    Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    Err(done) => done,
                });
            }
            results
        })
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
        let items: Vec<u32> = (0..1000).collect();
        for length in [0, 1, 2, 63, 64, 65, 1000] {
            let doubled = many.spread(&items[..length], |part| part.iter().map(|item| item * 2).collect());
            assert_eq!(doubled, items[..length].iter().map(|item| item * 2).collect::<Vec<u32>>());
            assert_eq!(alone.spread(&items[..length], <[u32]>::to_vec), &items[..length]);
        }
        assert!(many.together(|| ()).is_some());
    }
}
