//! Shares a list among threads: each takes the next run of neighbours, so that it mostly stays in one directory.

use crate::Tally;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

const LONGEST_RUN: usize = 64;
const RUNS_PER_THREAD: usize = 32;

fn run_length(count: usize, threads: usize) -> usize {
    (count / (threads * RUNS_PER_THREAD)).clamp(1, LONGEST_RUN)
}

/// Calls `work` on runs of `0..count` until all are done; `start` makes each thread's own state. The first error ends its thread and is returned.
pub fn share<S>(
    count: usize,
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<usize>) -> io::Result<Tally> + Sync,
) -> io::Result<Tally> {
    let (next, step) = (AtomicUsize::new(0), run_length(count, threads));
    let one_thread = || -> io::Result<Tally> {
        let (mut state, mut tally) = (start(), Tally::default());
        loop {
            let from = next.fetch_add(step, Ordering::Relaxed);
            if from >= count {
                return Ok(tally);
            }
            tally += work(&mut state, from..std::cmp::min(from + step, count))?;
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one_thread)).collect();
        let mut total = one_thread()?;
        for other in others {
            total += other.join().expect("a floor thread panicked")?;
        }
        Ok(total)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_done_once() {
        for count in [0, 1, 63, 64, 65, 10_000] {
            let sum = share(
                count,
                3,
                || (),
                |(), range| {
                    Ok(Tally {
                        files: range.len() as u64,
                        bytes: range.map(|i| i as u64).sum(),
                    })
                },
            );
            let expected = (0..count as u64).sum();
            assert_eq!(
                sum.unwrap(),
                Tally {
                    files: count as u64,
                    bytes: expected
                }
            );
        }
    }
}
