//! Which two-digit directories an `objects` directory has: an object of another needs no looking for.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::OFlags;

use crate::object::{ObjectName, check_fan_out};
use crate::sys;

pub struct FanOut([bool; 256]);

impl FanOut {
    /// Those that are there now; all of them where the directory cannot be listed.
    pub fn read(objects: BorrowedFd) -> FanOut {
        let mut present = [false; 256];
        let mut buffer = [MaybeUninit::uninit(); 8 * 1024];
        let listed = sys::open_beneath(objects, "", OFlags::RDONLY | OFlags::DIRECTORY).and_then(|fd| {
            sys::list_names(fd.as_fd(), &mut buffer, |name| {
                if let Some(prefix) = name.to_str().ok().and_then(|text| check_fan_out(text).ok()) {
                    present[usize::from(prefix)] = true;
                }
            })
        });
        FanOut(if listed.is_ok() { present } else { [true; 256] })
    }

    /// False only where the object cannot have been there when this was read.
    pub fn may_have(&self, name: &ObjectName) -> bool {
        check_fan_out(&name.as_str()[..2]).map_or(true, |prefix| self.0[usize::from(prefix)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_there_and_trusts_nothing_it_cannot_list() {
        let temp = tempfile::tempdir().expect("tempdir");
        for name in ["07", "zz", "7", "0a0"] {
            std::fs::create_dir(temp.path().join(name)).expect("mkdir");
        }
        let objects = sys::open_directory(temp.path().to_str().expect("utf-8")).expect("opens");
        let fan_out = FanOut::read(objects.as_fd());
        assert!(fan_out.may_have(&ObjectName::new(&[7; 32], "file")));
        assert!(!fan_out.may_have(&ObjectName::new(&[0; 32], "file")));
        let file = tempfile::tempfile().expect("file");
        assert!(FanOut::read(file.as_fd()).may_have(&ObjectName::new(&[0; 32], "file")));
    }
}
