//! Packed name lists and the checks a name must pass before it reaches the kernel.

use crate::fault::{Fault, Outcome};

/// The names of a list in which each one ends in NUL.
pub fn unpack(packed: &str) -> impl Iterator<Item = &str> {
    packed.split_terminator('\0')
}

/// Refuses what cannot be one component of a path.
pub fn check_name(name: &str) -> Outcome<()> {
    let fault = match name {
        "" => "empty file name",
        "." | ".." => "file name stands for a directory of the path",
        _ if name.contains('/') => "file name contains a slash",
        _ => return Ok(()),
    };
    Err(Fault::told("PATH_INVALID", fault))
}

/// Refuses a relative path that is absolute or has an empty, `.` or `..` component; the empty path is the root.
pub fn check_relative(path: &str) -> Outcome<()> {
    if path.is_empty() {
        return Ok(());
    }
    path.split('/').try_for_each(check_name)
}

/// Joins path parts, leaving out empty ones.
pub fn join(parts: &[&str]) -> String {
    let mut path = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !path.is_empty() && !path.ends_with('/') {
            path.push('/');
        }
        path.push_str(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_has_no_names() {
        assert_eq!(unpack("").count(), 0);
        assert_eq!(unpack("a\0\0b\0").collect::<Vec<_>>(), ["a", "", "b"]);
    }

    #[test]
    fn paths_that_leave_the_root_are_refused() {
        for bad in ["..", "a/..", "/a", "a//b", "a/", "./a"] {
            assert!(check_relative(bad).is_err(), "{bad}");
        }
        assert!(check_relative("a/b..c/.d").is_ok());
    }

    #[test]
    fn joining_leaves_out_empty_parts() {
        assert_eq!(join(&["/", "", "a"]), "/a");
        assert_eq!(join(&["/r", "d/e", "a"]), "/r/d/e/a");
    }
}
