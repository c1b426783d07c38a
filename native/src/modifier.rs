//! Changes to owners and modes: those of `ops/commit/modifier.ts` but for labels.

use std::collections::HashMap;

use crate::header::Owner;
use crate::names::join;
use crate::sys::{is_regular, is_symlink};

const S_IFMT: u32 = 0o170000;
const PERMISSIONS: u32 = 0o7777;
const CANONICAL: u32 = 0o755;
const WRITE: u32 = 0o222;
const EXECUTE: u32 = 0o111;

#[derive(Debug, Clone, Copy, Default)]
pub struct Modifier {
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    /// Owner 0:0, permissions masked with 0755 but for symlinks.
    pub canonical: bool,
    /// No write bits on executable files.
    pub read_only_executables: bool,
}

/// What is said of one path.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathRule {
    pub skip: bool,
    /// Permission bits to add.
    pub add: Option<u32>,
    /// Permission bits to set, which do not count beside bits to add.
    pub set: Option<u32>,
}

impl PathRule {
    fn mode(self, mode: u32) -> u32 {
        match self {
            PathRule { add: Some(bits), .. } => mode | bits,
            PathRule { set: Some(bits), .. } => mode & S_IFMT | bits & PERMISSIONS,
            PathRule { .. } => mode,
        }
    }
}

/// By absolute path in the tree.
#[derive(Debug, Default)]
pub struct PathRules(HashMap<String, PathRule>);

impl PathRules {
    pub fn new(rules: impl IntoIterator<Item = (String, PathRule)>) -> PathRules {
        PathRules(rules.into_iter().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rule for an entry of a directory, or for the directory itself where the name is empty, and its path.
    pub fn of(&self, directory: &str, name: &str) -> Option<(&str, PathRule)> {
        if self.is_empty() {
            return None;
        }
        let (path, rule) = self.0.get_key_value(&format!("/{}", join(&[directory, name])))?;
        Some((path, *rule))
    }
}

impl Modifier {
    pub fn apply(&self, found: Owner, rule: PathRule) -> Owner {
        let mut mode = found.mode;
        if self.read_only_executables && is_regular(mode) && mode & EXECUTE != 0 {
            mode &= !WRITE;
        }
        mode = rule.mode(mode);
        if !self.canonical {
            return Owner { uid: self.uid.unwrap_or(found.uid), gid: self.gid.unwrap_or(found.gid), mode };
        }
        Owner { uid: 0, gid: 0, mode: if is_symlink(mode) { mode } else { mode & (S_IFMT | CANONICAL) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode_of(modifier: Modifier, mode: u32) -> u32 {
        modifier.apply(Owner { uid: 5, gid: 6, mode }, PathRule::default()).mode
    }

    #[test]
    fn each_change_does_what_it_says() {
        let canonical = Modifier { canonical: true, ..Modifier::default() };
        let apply = |modifier: Modifier, mode| modifier.apply(Owner { uid: 5, gid: 6, mode }, PathRule::default());
        assert_eq!(apply(canonical, 0o106777), Owner { uid: 0, gid: 0, mode: 0o100755 });
        assert_eq!([mode_of(canonical, 0o120777), mode_of(canonical, 0o41777)], [0o120777, 0o40755]);
        let read_only = Modifier { read_only_executables: true, ..Modifier::default() };
        assert_eq!([0o100755, 0o100644, 0o40755].map(|mode| mode_of(read_only, mode)), [0o100555, 0o100644, 0o40755]);
        let owned = Modifier { uid: Some(1), ..Modifier::default() };
        assert_eq!(apply(owned, 0o100600), Owner { uid: 1, gid: 6, mode: 0o100600 });
    }

    #[test]
    fn rules_change_the_entry_that_has_their_path() {
        let rule = |add, set| PathRule { skip: false, add, set };
        let rules = [
            ("/", rule(Some(0o1000), None)),
            ("/a/b", rule(None, Some(0o4711))),
            ("/c", rule(Some(0o2000), Some(0o1))),
        ];
        let rules = PathRules::new(rules.map(|(path, rule)| (path.to_owned(), rule)));
        let mode = |directory, name, mode| {
            let (_, rule) = rules.of(directory, name)?;
            Some(Modifier::default().apply(Owner { uid: 5, gid: 6, mode }, rule).mode)
        };
        assert_eq!(mode("", "", 0o40755), Some(0o41755));
        assert_eq!((mode("a", "b", 0o100644), mode("a/b", "", 0o40755)), (Some(0o104711), Some(0o44711)));
        assert_eq!((mode("", "c", 0o100644), mode("", "b", 0o100644)), (Some(0o102644), None));
        let canonical = Modifier { canonical: true, ..Modifier::default() };
        assert_eq!(canonical.apply(Owner { uid: 5, gid: 6, mode: 0o100644 }, rule(None, Some(0o4777))).mode, 0o100755);
    }
}
