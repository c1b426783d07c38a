//! Changes to owners and modes that hold for a whole tree: those of `ops/commit/modifier.ts` that name no path.

use crate::header::Owner;
use crate::sys::{is_regular, is_symlink};

const S_IFMT: u32 = 0o170000;
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

impl Modifier {
    pub fn apply(&self, found: Owner) -> Owner {
        let mut mode = found.mode;
        if self.read_only_executables && is_regular(mode) && mode & EXECUTE != 0 {
            mode &= !WRITE;
        }
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
        modifier.apply(Owner { uid: 5, gid: 6, mode }).mode
    }

    #[test]
    fn each_change_does_what_it_says() {
        let canonical = Modifier { canonical: true, ..Modifier::default() };
        assert_eq!(canonical.apply(Owner { uid: 5, gid: 6, mode: 0o106777 }), Owner { uid: 0, gid: 0, mode: 0o100755 });
        assert_eq!([mode_of(canonical, 0o120777), mode_of(canonical, 0o41777)], [0o120777, 0o40755]);
        let read_only = Modifier { read_only_executables: true, ..Modifier::default() };
        assert_eq!([0o100755, 0o100644, 0o40755].map(|mode| mode_of(read_only, mode)), [0o100555, 0o100644, 0o40755]);
        let owned = Modifier { uid: Some(1), ..Modifier::default() };
        assert_eq!(owned.apply(Owner { uid: 5, gid: 6, mode: 0o100600 }), Owner { uid: 1, gid: 6, mode: 0o100600 });
    }
}
