//! What went wrong with one file, as data.

use rustix::io::Errno;

/// Why one file of a batch could not be done; becomes a `Failure` of the engine interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A name from the TypeScript `ErrorCode` union.
    pub code: &'static str,
    pub errno: Option<Errno>,
    pub syscall: &'static str,
    /// Full path; empty until `at` knows it.
    pub path: String,
    /// The reason in words where there is no errno; lower case, no full stop.
    pub message: String,
}

pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// A failed system call.
    pub fn system(syscall: &'static str, errno: Errno) -> Fault {
        let code = match errno {
            Errno::NOSPC | Errno::DQUOT => "NO_SPACE",
            _ => "SYSTEM",
        };
        Fault { code, errno: Some(errno), syscall, path: String::new(), message: String::new() }
    }

    /// A fault that no system call told.
    pub fn told(code: &'static str, message: impl Into<String>) -> Fault {
        Fault { code, errno: None, syscall: "", path: String::new(), message: message.into() }
    }

    pub fn format(message: impl Into<String>) -> Fault {
        Fault::told("FORMAT_INVALID", message)
    }

    /// Names the path unless a deeper level, which knows better, has done so.
    pub fn at(mut self, path: impl FnOnce() -> String) -> Fault {
        if self.path.is_empty() {
            self.path = path();
        }
        self
    }

    pub fn is(&self, errno: Errno) -> bool {
        self.errno == Some(errno)
    }

    /// The same system call failure under a more telling code.
    pub fn with_code(mut self, code: &'static str) -> Fault {
        self.code = code;
        self
    }

    /// `ENOENT` and the like; empty where there is none.
    pub fn errno_name(&self) -> String {
        self.errno.map(errno_name).unwrap_or_default()
    }
}

/// Gives the result of a system call the name of the call.
pub trait Named<T> {
    fn call(self, syscall: &'static str) -> Outcome<T>;
}

impl<T> Named<T> for rustix::io::Result<T> {
    fn call(self, syscall: &'static str) -> Outcome<T> {
        self.map_err(|errno| Fault::system(syscall, errno))
    }
}

const ERRNO_NAMES: &[(Errno, &str)] = &[
    (Errno::PERM, "EPERM"),
    (Errno::NOENT, "ENOENT"),
    (Errno::SRCH, "ESRCH"),
    (Errno::INTR, "EINTR"),
    (Errno::IO, "EIO"),
    (Errno::NXIO, "ENXIO"),
    (Errno::TOOBIG, "E2BIG"),
    (Errno::BADF, "EBADF"),
    (Errno::AGAIN, "EAGAIN"),
    (Errno::NOMEM, "ENOMEM"),
    (Errno::ACCESS, "EACCES"),
    (Errno::FAULT, "EFAULT"),
    (Errno::BUSY, "EBUSY"),
    (Errno::EXIST, "EEXIST"),
    (Errno::XDEV, "EXDEV"),
    (Errno::NODEV, "ENODEV"),
    (Errno::NOTDIR, "ENOTDIR"),
    (Errno::ISDIR, "EISDIR"),
    (Errno::INVAL, "EINVAL"),
    (Errno::NFILE, "ENFILE"),
    (Errno::MFILE, "EMFILE"),
    (Errno::NOTTY, "ENOTTY"),
    (Errno::TXTBSY, "ETXTBSY"),
    (Errno::FBIG, "EFBIG"),
    (Errno::NOSPC, "ENOSPC"),
    (Errno::SPIPE, "ESPIPE"),
    (Errno::ROFS, "EROFS"),
    (Errno::MLINK, "EMLINK"),
    (Errno::PIPE, "EPIPE"),
    (Errno::RANGE, "ERANGE"),
    (Errno::DEADLK, "EDEADLK"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG"),
    (Errno::NOLCK, "ENOLCK"),
    (Errno::NOSYS, "ENOSYS"),
    (Errno::NOTEMPTY, "ENOTEMPTY"),
    (Errno::LOOP, "ELOOP"),
    (Errno::NODATA, "ENODATA"),
    (Errno::OVERFLOW, "EOVERFLOW"),
    (Errno::ILSEQ, "EILSEQ"),
    (Errno::OPNOTSUPP, "EOPNOTSUPP"),
    (Errno::STALE, "ESTALE"),
    (Errno::DQUOT, "EDQUOT"),
    (Errno::TIMEDOUT, "ETIMEDOUT"),
    (Errno::CONNREFUSED, "ECONNREFUSED"),
    (Errno::NOTCONN, "ENOTCONN"),
    (Errno::HOSTDOWN, "EHOSTDOWN"),
    (Errno::REMOTEIO, "EREMOTEIO"),
    (Errno::KEYEXPIRED, "EKEYEXPIRED"),
    (Errno::NOKEY, "ENOKEY"),
];

/// The C name of an error number; `E<number>` for a rare one.
pub fn errno_name(errno: Errno) -> String {
    match ERRNO_NAMES.iter().find(|(known, _)| *known == errno) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("E{}", errno.raw_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_its_own_code() {
        assert_eq!(Fault::system("write", Errno::NOSPC).code, "NO_SPACE");
        assert_eq!(Fault::system("write", Errno::IO).code, "SYSTEM");
    }

    #[test]
    fn the_deepest_path_wins() {
        let fault = Fault::system("write", Errno::IO).at(|| "deep".into()).at(|| "shallow".into());
        assert_eq!(fault.path, "deep");
        assert_eq!(fault.errno_name(), "EIO");
    }
}
