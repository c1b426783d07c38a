//! The stat index of a source, read as `src/repo/stat-index/index-file.ts` does, which has the layout.

use std::fs::File;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use crate::digest::{Algorithm, Checksum};
use crate::tree_record::Record;

const MAGIC: &[u8] = b"coppice-index-5\n";
const DIGEST: usize = 16;
const TOLD: usize = MAGIC.len() + 64;
const HEADER: usize = TOLD + DIGEST;
const LENGTH_AT: usize = DIGEST;
const RECORD_HEAD: usize = LENGTH_AT + 4 + DIGEST;
const ENTRY: usize = DIGEST + 8;
const FOOTER: usize = 6 + 4;
const LONGEST_RECORD: usize = 256 * 1024 * 1024;
const LIKELY_RECORD: u64 = 4096;

/// An index file that is open and sound.
pub struct TreeIndex {
    file: File,
    table: Vec<u8>,
    records_end: u64,
}

fn digest(bytes: &[u8]) -> [u8; DIGEST] {
    let whole: Checksum = Algorithm::Sha256.digest(bytes);
    whole.first_chunk().copied().unwrap_or_default()
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn read(file: &File, at: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

impl TreeIndex {
    /// Opens the file if it is the one whose digest is known; for anything else the commit reads its files.
    pub fn open(path: &str, known: &[u8]) -> Option<TreeIndex> {
        let file = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path).ok()?;
        let stat = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let footer_at = stat.len().checked_sub(FOOTER as u64)?;
        let footer = read(&file, footer_at, FOOTER)?;
        let (table_at, count) = (little_endian(&footer[..6]), little_endian(&footer[6..10]));
        if table_at < HEADER as u64 || table_at.checked_add(count * ENTRY as u64)? != footer_at {
            return None;
        }
        let table = read(&file, table_at, count as usize * ENTRY)?;
        let header = read(&file, 0, HEADER)?;
        let (told, its_digest) = header.split_at(TOLD);
        let sound = header.starts_with(MAGIC) && digest(&[told, table.as_slice()].concat()) == *its_digest;
        (sound && its_digest == known).then_some(TreeIndex { file, table, records_end: table_at })
    }

    /// What is remembered of the directory; nothing where that is damaged.
    pub fn lookup(&self, path: &str) -> Option<Record> {
        let at = self.offset(&digest(path.as_bytes()))?;
        let mut bytes = read(&self.file, at, self.likely_length(at)?)?;
        let length = little_endian(bytes.get(LENGTH_AT..LENGTH_AT + 4)?) as usize;
        let end = at.checked_add((RECORD_HEAD + length) as u64)?;
        if length > LONGEST_RECORD || end > self.records_end {
            return None;
        }
        if bytes.len() < RECORD_HEAD + length {
            bytes = read(&self.file, at, RECORD_HEAD + length)?;
        }
        let payload = bytes.get(RECORD_HEAD..RECORD_HEAD + length)?;
        if digest(payload) != bytes[LENGTH_AT + 4..RECORD_HEAD] { None } else { Record::parse(payload.to_vec(), at) }
    }

    /// Most records are no longer than this.
    fn likely_length(&self, at: u64) -> Option<usize> {
        self.records_end.checked_sub(at).map(|rest| rest.min(LIKELY_RECORD) as usize)
    }

    fn offset(&self, key: &[u8; DIGEST]) -> Option<u64> {
        let (entries, _) = self.table.as_chunks::<ENTRY>();
        let found = entries.binary_search_by(|entry| entry[..DIGEST].cmp(key)).ok()?;
        Some(little_endian(&entries[found][DIGEST..DIGEST + 6]))
    }
}

/// A whole record, as `IndexWriter.append` takes it.
pub fn stored_record(path: &str, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32;
    [digest(path.as_bytes()).as_slice(), &length.to_le_bytes(), &digest(payload), payload].concat()
}
