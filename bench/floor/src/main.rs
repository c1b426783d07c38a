//! The syscall floor: what the machine needs for the work itself, with no format, no tree and no safety around it.
//!
//! Every mode runs on all cores (or `--threads=N`) over a list made beforehand, and prints `files bytes`.
//! `measure` is the odd one: it runs another program and reports its wall time, processor time and peak memory.

mod commit;
mod directories;
mod hash;
mod link;
mod list;
mod measure;
mod share;
mod walk;

use std::io;
use std::process::ExitCode;

const USAGE: &str = "usage: coppice-floor [--threads=N] MODE ...
  commit ROOT LIST OBJECTS           read, hash, create, write, link
  recommit ROOT LIST OBJECTS         walk and stat everything, then commit the files listed
  hash ROOT LIST                     read, hash
  link OBJECTS DEST DIRS PAIRS       make the directories, link each object to its place
  walk ROOT                          readdir and stat
  measure REPORT PROGRAM [ARG...]    run PROGRAM, write `wall_ns user_us system_us peak_kib` to REPORT";

/// What a mode did, for the bench to check.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub struct Tally {
    pub files: u64,
    pub bytes: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn run(threads: usize, words: &[String]) -> io::Result<Tally> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["commit", root, list, objects] => {
            commit::commit(root, &list::read(list)?, objects, threads)
        }
        ["recommit", root, list, objects] => {
            let mut tally = walk::walk(root, threads)?;
            let changed = commit::commit(root, &list::read(list)?, objects, threads)?;
            tally.bytes += changed.bytes;
            Ok(tally)
        }
        ["hash", root, list] => hash::hash(root, &list::read(list)?, threads),
        ["link", objects, destination, directories, pairs] => link::link(
            objects,
            destination,
            &list::read(directories)?,
            &list::read(pairs)?,
            threads,
        ),
        ["walk", root] => walk::walk(root, threads),
        _ => Err(invalid(USAGE)),
    }
}

fn threads_of(words: &mut Vec<String>) -> io::Result<usize> {
    let Some(value) = words
        .first()
        .and_then(|word| word.strip_prefix("--threads="))
    else {
        return Ok(std::thread::available_parallelism().map_or(1, |count| count.get()));
    };
    let threads = value
        .parse()
        .map_err(|_| invalid("--threads takes a number"))?;
    words.remove(0);
    Ok(std::cmp::max(1, threads))
}

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "measure") && words.len() > 2 {
        return measure::measure(&words[1], &words[2..]);
    }
    match threads_of(&mut words).and_then(|threads| run(threads, &words)) {
        Ok(tally) => {
            println!("{} {}", tally.files, tally.bytes);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
