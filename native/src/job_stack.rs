//! Jobs of a tree shared out among threads, depth first, and the directories that wait for what is below them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::scratch::Scratch;

/// Jobs that may make more jobs. The newest goes first, so that the stack has the brothers of one path only.
pub struct JobStack<J> {
    jobs: Mutex<Jobs<J>>,
    wake: Condvar,
}

struct Jobs<J> {
    stack: Vec<J>,
    /// Threads that have a job.
    active: usize,
    waiting: usize,
    /// A thread has panicked: nothing more is done.
    broken: bool,
}

impl<J> Default for JobStack<J> {
    fn default() -> JobStack<J> {
        let jobs = Jobs { stack: Vec::new(), active: 0, waiting: 0, broken: false };
        JobStack { jobs: Mutex::new(jobs), wake: Condvar::new() }
    }
}

impl<J: Send> JobStack<J> {
    pub fn new(first: J) -> JobStack<J> {
        let stack = JobStack::default();
        stack.push([first]);
        stack
    }

    pub fn is_empty(&self) -> bool {
        self.lock().stack.is_empty()
    }

    /// Adds jobs, the last of which is done first.
    pub fn push(&self, jobs: impl IntoIterator<Item = J>) {
        let mut held = self.lock();
        held.stack.extend(jobs);
        if held.waiting > 0 {
            self.wake.notify_all();
        }
    }

    /// Does jobs on this thread and up to `threads - 1` others until none is left, or `enough` says so.
    pub fn run(
        &self,
        threads: usize,
        scratch: &mut Scratch,
        enough: impl Fn() -> bool + Sync,
        work: impl Fn(J, &mut Scratch) + Sync,
    ) {
        let each = |scratch: &mut Scratch| {
            while let Some(job) = self.take(&enough) {
                let place = Taken(self);
                work(job, scratch);
                drop(place);
            }
        };
        std::thread::scope(|scope| {
            let each = &each;
            for _ in 1..threads {
                // A thread that cannot be had is done without.
                let _ = std::thread::Builder::new().spawn_scoped(scope, || each(&mut Scratch::default()));
            }
            each(scratch);
        });
    }

    /// Waits for a job; none when there is nothing more to do.
    fn take(&self, enough: impl Fn() -> bool) -> Option<J> {
        loop {
            if enough() {
                return None;
            }
            let mut held = self.lock();
            if held.broken {
                return None;
            }
            if let Some(job) = held.stack.pop() {
                held.active += 1;
                return Some(job);
            }
            if held.active == 0 {
                return None;
            }
            held.waiting += 1;
            held = self.wake.wait(held).unwrap_or_else(PoisonError::into_inner);
            held.waiting -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Jobs<J>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread's having a job. Others wait for what comes of it, be it a panic.
struct Taken<'a, J: Send>(&'a JobStack<J>);

impl<J: Send> Drop for Taken<'_, J> {
    fn drop(&mut self) {
        let mut held = self.0.lock();
        held.active -= 1;
        held.broken |= std::thread::panicking();
        if held.waiting > 0 {
            self.0.wake.notify_all();
        }
    }
}

/// Directories that are not finished: each waits for a number of things, the first of which is itself.
pub struct Unfinished<T> {
    slots: Vec<Option<Slot<T>>>,
    free: Vec<usize>,
}

struct Slot<T> {
    parent: Option<usize>,
    missing: usize,
    value: T,
}

impl<T> Default for Unfinished<T> {
    fn default() -> Unfinished<T> {
        Unfinished { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Unfinished<T> {
    pub fn add(&mut self, parent: Option<usize>, value: T) -> usize {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[index] = Some(Slot { parent, missing: 1, value });
        index
    }

    /// Makes it wait for `more` things.
    pub fn await_more(&mut self, index: usize, more: usize) {
        if let Some(Some(slot)) = self.slots.get_mut(index) {
            slot.missing += more;
        }
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        self.slots.get(index)?.as_ref().map(|slot| &slot.value)
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.slots.get_mut(index)?.as_mut().map(|slot| &mut slot.value)
    }

    /// Some things are there; gives parent and value back when those were the last.
    pub fn settle(&mut self, index: usize, things: usize) -> Option<(Option<usize>, T)> {
        let slot = self.slots.get_mut(index)?;
        slot.as_mut()?.missing -= things;
        if slot.as_ref()?.missing > 0 {
            return None;
        }
        self.free.push(index);
        slot.take().map(|Slot { parent, value, .. }| (parent, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn jobs_that_make_jobs_are_all_done() {
        for threads in [1, 2, 8] {
            let (stack, done) = (JobStack::new(12u32), AtomicUsize::new(0));
            stack.run(
                threads,
                &mut Scratch::default(),
                || false,
                |depth, _| {
                    done.fetch_add(1, Ordering::Relaxed);
                    if depth > 0 {
                        stack.push([depth - 1, depth - 1]);
                    }
                },
            );
            assert_eq!(done.into_inner(), (1 << 13) - 1);
            assert!(stack.is_empty());
        }
    }

    #[test]
    fn what_is_enough_leaves_the_rest_for_later() {
        let (stack, done) = (JobStack::new(0), AtomicUsize::new(0));
        stack.push(1..100);
        let step = |limit| {
            let enough = || done.load(Ordering::Relaxed) >= limit;
            stack.run(2, &mut Scratch::default(), enough, |_, _| {
                done.fetch_add(1, Ordering::Relaxed);
            });
        };
        step(10);
        assert!(!stack.is_empty() && done.load(Ordering::Relaxed) >= 10);
        step(usize::MAX);
        assert_eq!(done.into_inner(), 100);
    }

    #[test]
    fn a_panic_ends_the_others_and_is_told() {
        let stack = JobStack::new(0);
        stack.push(1..50);
        let run = || stack.run(4, &mut Scratch::default(), || false, |job, _| assert_ne!(job, 25, "on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }

    #[test]
    fn a_directory_is_finished_once_when_nothing_is_missing() {
        let mut unfinished = Unfinished::default();
        let root = unfinished.add(None, "root");
        let child = unfinished.add(Some(root), "child");
        unfinished.await_more(root, 1);
        assert_eq!(unfinished.settle(root, 1), None);
        assert_eq!(unfinished.settle(child, 1), Some((Some(root), "child")));
        assert_eq!(unfinished.settle(root, 1), Some((None, "root")));
        assert_eq!(unfinished.settle(root, 1), None);
    }
}
