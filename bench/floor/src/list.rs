//! Lists of paths in a file, each ended by NUL.

use std::io;

/// Reads all paths of a list; they stay valid for the rest of this short-lived process.
pub fn read(path: &str) -> io::Result<Vec<&'static str>> {
    let text: &'static str = Box::leak(std::fs::read_to_string(path)?.into_boxed_str());
    Ok(text.split_terminator('\0').collect())
}

/// Directory (empty for the root) and name.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
