//! Names of loose objects, and the modes a repository can be in.

use std::ffi::CStr;

use crate::digest::{Algorithm, Checksum};
use crate::fault::{Fault, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    Bare,
    BareUser,
    BareUserOnly,
    Archive,
    /// Read only: like `Bare`, with the xattrs in objects of their own.
    BareSplitXattrs,
}

impl StoreMode {
    pub fn parse(word: &str) -> Outcome<StoreMode> {
        Ok(match word {
            "bare" => StoreMode::Bare,
            "bare-user" => StoreMode::BareUser,
            "bare-user-only" => StoreMode::BareUserOnly,
            "archive" => StoreMode::Archive,
            "bare-split-xattrs" => StoreMode::BareSplitXattrs,
            _ => return Err(Fault::told("REPO_UNSUPPORTED", format!("unknown repository mode \"{word}\""))),
        })
    }

    pub fn content_extension(self) -> &'static str {
        if self == StoreMode::Archive { "filez" } else { "file" }
    }
}

pub fn parse_algorithm(word: &str) -> Outcome<Algorithm> {
    match word {
        "sha256" => Ok(Algorithm::Sha256),
        "blake3" => Ok(Algorithm::Blake3),
        _ => Err(Fault::told("USAGE", format!("unknown digest algorithm \"{word}\""))),
    }
}

/// The byte that a two-digit directory stands for.
pub fn check_fan_out(prefix: &str) -> Outcome<u8> {
    let bad = || Fault::told("PATH_INVALID", format!("\"{prefix}\" is no fan-out directory"));
    let good = prefix.len() == 2 && prefix.bytes().all(|byte| DIGITS.contains(&byte));
    if good { u8::from_str_radix(prefix, 16).map_err(|_| bad()) } else { Err(bad()) }
}

/// Room for `XX/`, 62 digits, `.`, the longest extension (`file-xattrs-link`, `tombstone-commit`) and NUL.
const CAPACITY: usize = 96;
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The path of a loose object below `objects`: `XX/<62 hex>.<extension>`.
#[derive(Clone, Copy)]
pub struct ObjectName {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl ObjectName {
    pub fn new(checksum: &Checksum, extension: &str) -> ObjectName {
        let mut name = ObjectName { bytes: [0; CAPACITY], length: 0 };
        for (index, byte) in checksum.iter().enumerate() {
            name.push(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            if index == 0 {
                name.push(b"/");
            }
        }
        name.push(b".");
        name.push(extension.as_bytes());
        name
    }

    /// Reads `<64 hex>.<extension>` as main names metadata objects.
    pub fn parse(text: &str) -> Outcome<ObjectName> {
        let bad = || Fault::told("CHECKSUM_INVALID", format!("invalid object name \"{text}\""));
        let (hex, extension) = text.split_once('.').ok_or_else(bad)?;
        let lower_hex = |byte: &u8| DIGITS.contains(byte);
        let word = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
        let good = hex.len() == 64 && hex.as_bytes().iter().all(lower_hex);
        if !good || extension.is_empty() || extension.len() > 20 || !extension.as_bytes().iter().all(word) {
            return Err(bad());
        }
        let mut name = ObjectName { bytes: [0; CAPACITY], length: 0 };
        for part in [&hex[..2], "/", &hex[2..], ".", extension] {
            name.push(part.as_bytes());
        }
        Ok(name)
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    pub fn path(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }

    /// The part behind the two-digit directory.
    pub fn file(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes[3..]).unwrap_or_default()
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// The two-digit directory.
    pub fn fan_out(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_becomes_a_path() {
        let mut checksum = [0; 32];
        (checksum[0], checksum[31]) = (0xab, 0x0f);
        let name = ObjectName::new(&checksum, "file-xattrs-link");
        assert_eq!(name.as_str(), format!("ab/{}0f.file-xattrs-link", "0".repeat(60)));
        assert_eq!(name.path().to_bytes(), name.as_str().as_bytes());
        assert_eq!(name.fan_out(), "ab");
        let parsed = ObjectName::parse(&format!("ab{}0f.file-xattrs-link", "0".repeat(60)));
        assert_eq!(parsed.expect("parses").as_str(), name.as_str());
    }

    #[test]
    fn names_that_are_not_objects_are_refused() {
        let zeros = "0".repeat(64);
        for bad in
            ["", "x.commit", &format!("{zeros}."), &format!("{zeros}.a/b"), &format!("{}F.commit", "0".repeat(63))]
        {
            assert!(ObjectName::parse(bad).is_err(), "{bad}");
        }
    }
}
