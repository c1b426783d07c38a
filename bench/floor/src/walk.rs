//! readdir and lstat of a whole tree, several directories at once: what a re-commit of an unchanged tree cannot avoid.

use crate::{Tally, directories};
use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Condvar, Mutex};

#[derive(Default)]
struct Queue {
    paths: Vec<String>,
    busy: usize,
}

/// Directories that wait to be read. A thread that finds none sleeps while another may still add some.
#[derive(Default)]
struct Waiting {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Waiting {
    fn take(&self) -> Option<String> {
        let mut queue = self.queue.lock().expect("no thread panics here");
        loop {
            if let Some(path) = queue.paths.pop() {
                queue.busy += 1;
                return Some(path);
            }
            if queue.busy == 0 {
                return None;
            }
            queue = self.changed.wait(queue).expect("no thread panics here");
        }
    }

    fn done(&self, found: Vec<String>) {
        let mut queue = self.queue.lock().expect("no thread panics here");
        queue.busy -= 1;
        queue.paths.extend(found);
        self.changed.notify_all();
    }
}

fn read_directory(root: BorrowedFd<'_>, path: &str, found: &mut Vec<String>) -> io::Result<Tally> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let start = if path.is_empty() { "." } else { path };
    let mut tally = Tally::default();
    let mut directory = Dir::new(fs::openat(root, start, flags, Mode::empty())?)?;
    while let Some(entry) = directory.read() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let stat = fs::statat(directory.fd()?, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => found.push(format!(
                "{path}{}{}",
                if path.is_empty() { "" } else { "/" },
                name.to_string_lossy()
            )),
            FileType::RegularFile => tally += Tally { files: 1, bytes: 0 },
            _ => {}
        }
    }
    Ok(tally)
}

fn walk_some(root: BorrowedFd<'_>, waiting: &Waiting) -> io::Result<Tally> {
    let mut tally = Tally::default();
    while let Some(path) = waiting.take() {
        let mut found = Vec::new();
        let read = read_directory(root, &path, &mut found);
        waiting.done(found);
        tally += read?;
    }
    Ok(tally)
}

/// Counts the regular files below `root`.
pub fn walk(root: &str, threads: usize) -> io::Result<Tally> {
    let root = directories::open(root)?;
    let waiting = Waiting {
        queue: Mutex::new(Queue {
            paths: vec![String::new()],
            busy: 0,
        }),
        ..Waiting::default()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| walk_some(root.as_fd(), &waiting)))
            .collect();
        let mut total = Tally::default();
        for one in all {
            total += one.join().expect("a floor thread panicked")?;
        }
        Ok(total)
    })
}
