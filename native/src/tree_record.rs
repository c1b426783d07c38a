//! What a commit learns about one directory of its source. The layout is that of
//! `src/repo/stat-index/directory-record.ts`, the rules are those of `src/ops/commit/observation.ts`.

use crate::digest::Checksum;
use crate::names::unpack;
use crate::scan::{Listing, STAT_FIELDS};
use crate::sys::is_directory;

const HEADER: usize = 32;
const CHECKSUM: usize = size_of::<Checksum>();
const ROW: usize = STAT_FIELDS * size_of::<f64>();
const MODE: usize = 0;
const CTIME_SECONDS: usize = 9;
const CTIME_NANOS: usize = 10;
/// A change within one tick of the kernel's clock would leave the same ctime; the rest is a margin.
const RACY_MILLISECONDS: f64 = 100.0;

/// A record as it is stored, taken apart where it is asked.
pub struct Record {
    /// Where in the index file it was found.
    pub at: u64,
    bytes: Vec<u8>,
    count: usize,
    names_at: usize,
}

/// The checksums that a directory has been given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ids {
    pub tree: Checksum,
    pub meta: Checksum,
}

fn number(bytes: &[u8], at: usize) -> f64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(f64::NAN, |chunk| f64::from_le_bytes(*chunk))
}

fn count(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn is_row(bytes: &[u8], row: &[f64]) -> bool {
    bytes.len() == size_of_val(row) && bytes.as_chunks().0.iter().zip(row).all(|(a, b)| *a == b.to_le_bytes())
}

/// Infinity for whole seconds: a file system that keeps no finer times, or an image made reproducibly.
fn change(seconds: f64, nanos: f64) -> f64 {
    if nanos == 0.0 { f64::INFINITY } else { seconds * 1000.0 + nanos / 1e6 }
}

/// The newest ctime among stats, in milliseconds since 1970.
fn newest_change(stats: &[f64]) -> f64 {
    let changes = stats.chunks_exact(STAT_FIELDS).map(|row| change(row[CTIME_SECONDS], row[CTIME_NANOS]));
    changes.fold(0.0, f64::max)
}

impl Record {
    /// `None` for bytes that are no record.
    pub fn parse(bytes: Vec<u8>, at: u64) -> Option<Record> {
        let (entries, name_bytes, directories) = (count(&bytes, 16)?, count(&bytes, 20)?, count(&bytes, 24)?);
        let names_at = HEADER + ROW + entries * (ROW + CHECKSUM) + 2 * CHECKSUM + directories * CHECKSUM;
        let record = Record { at, count: entries, names_at, bytes };
        let names = record.bytes.get(names_at..).filter(|names| names.len() == name_bytes)?;
        let good = std::str::from_utf8(names).is_ok_and(|names| unpack(names).count() == entries);
        let found = (0..entries).filter(|row| record.is_directory(*row)).count();
        (good && found >= directories).then_some(record) // of what the commit left out nothing is known
    }

    fn listed_at(&self) -> f64 {
        number(&self.bytes, 0)
    }

    fn changed_at(&self) -> f64 {
        number(&self.bytes, 8)
    }

    pub fn names(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.names_at..]).unwrap_or_default()
    }

    fn own(&self) -> &[u8] {
        &self.bytes[HEADER..HEADER + ROW]
    }

    fn stats(&self) -> &[u8] {
        let start = HEADER + ROW;
        &self.bytes[start..start + self.count * ROW]
    }

    fn row(&self, row: usize) -> &[u8] {
        &self.stats()[row * ROW..(row + 1) * ROW]
    }

    fn is_directory(&self, row: usize) -> bool {
        is_directory(number(self.row(row), MODE * size_of::<f64>()) as u32)
    }

    fn ids_at(&self) -> usize {
        HEADER + ROW + self.count * ROW
    }

    fn checksum_at(&self, at: usize) -> Checksum {
        self.bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
    }

    pub fn ids(&self) -> Ids {
        let at = self.ids_at();
        Ids { tree: self.checksum_at(at), meta: self.checksum_at(at + CHECKSUM) }
    }

    /// Of the content of a file or the dirtree of a directory; zeros where the commit was not sure.
    pub fn checksum(&self, row: usize) -> Checksum {
        self.checksum_at(self.ids_at() + (2 + row) * CHECKSUM)
    }

    /// Of the dirmeta of subdirectory number `index`.
    pub fn meta(&self, index: usize) -> Checksum {
        self.checksum_at(self.ids_at() + (2 + self.count + index) * CHECKSUM)
    }

    /// Whether neither the directory nor anything directly in it has changed since.
    pub fn is_unchanged(&self, listing: &Listing) -> bool {
        self.changed_at() + RACY_MILLISECONDS < self.listed_at()
            && listing.names == self.names()
            && is_row(self.stats(), &listing.stats)
            && is_row(self.own(), &listing.own)
    }

    /// The content of `row`, if a file with this stat has it still.
    pub fn vouched(&self, row: usize, stat: &[f64]) -> Option<Checksum> {
        let old = self.row(row);
        let field = |column: usize| number(old, column * size_of::<f64>());
        let changed_at = change(field(CTIME_SECONDS), field(CTIME_NANOS));
        let holds = changed_at + RACY_MILLISECONDS < self.listed_at() && is_row(old, stat);
        let checksum = self.checksum(row);
        (holds && checksum != [0; CHECKSUM]).then_some(checksum)
    }
}

/// What becomes a record.
pub struct Learned<'a> {
    pub listing: &'a Listing,
    pub listed_at: f64,
    /// Per name, zeros for what is not to be remembered.
    pub checksums: &'a [Checksum],
    /// Per subdirectory.
    pub metas: &'a [Checksum],
    pub own: Ids,
    /// Every file was what the walk saw.
    pub settled: bool,
}

impl Learned<'_> {
    pub fn encode(&self) -> Vec<u8> {
        let Listing { names, stats, own, .. } = self.listing;
        let changed_at = if self.settled { newest_change(stats).max(newest_change(own)) } else { f64::INFINITY };
        encode(Parts { learned: self, times: [self.listed_at, changed_at], own, stats, names })
    }

    /// The same for a directory that is what `old` says but for what lies below it.
    pub fn encode_over(&self, old: &Record) -> Vec<u8> {
        let Listing { names, stats, own, .. } = self.listing;
        encode(Parts { learned: self, times: [old.listed_at(), old.changed_at()], own, stats, names })
    }
}

struct Parts<'a> {
    learned: &'a Learned<'a>,
    times: [f64; 2],
    own: &'a [f64],
    stats: &'a [f64],
    names: &'a str,
}

fn encode(Parts { learned: Learned { checksums, metas, own: ids, .. }, times, own, stats, names }: Parts) -> Vec<u8> {
    let numbers = times.len() + own.len() + stats.len();
    let sums = 2 + checksums.len() + metas.len();
    let mut out = Vec::with_capacity(16 + numbers * size_of::<f64>() + sums * CHECKSUM + names.len());
    let push_numbers = |out: &mut Vec<u8>, numbers: &[f64]| {
        numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    };
    push_numbers(&mut out, &times);
    for count in [checksums.len(), names.len(), metas.len(), 0] {
        out.extend_from_slice(&(count as u32).to_le_bytes());
    }
    push_numbers(&mut out, own);
    push_numbers(&mut out, stats);
    out.extend_from_slice(&ids.tree);
    out.extend_from_slice(&ids.meta);
    checksums.iter().chain(*metas).for_each(|checksum| out.extend_from_slice(checksum));
    out.extend_from_slice(names.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory `d`, then the file `f`, last changed at `seconds` and 1 ms.
    fn listing(seconds: f64) -> Listing {
        let row = |mode: f64| {
            let mut row = [0.0; STAT_FIELDS];
            (row[MODE], row[CTIME_SECONDS], row[CTIME_NANOS]) = (mode, seconds, 1e6);
            row
        };
        let stats = [row(f64::from(0o40755)), row(f64::from(0o100644))].concat();
        Listing { names: "d\0f\0".into(), stats, own: row(f64::from(0o40755)), xattrs: Vec::new() }
    }

    fn record(listing: &Listing, listed_at: f64, settled: bool) -> Record {
        let own = Ids { tree: [1; 32], meta: [2; 32] };
        let learned = Learned { listing, listed_at, checksums: &[[3; 32], [4; 32]], metas: &[[5; 32]], own, settled };
        Record::parse(learned.encode(), 0).expect("a record")
    }

    #[test]
    fn what_is_encoded_is_read() {
        let found = record(&listing(10.0), 20_000.0, true);
        assert_eq!(found.ids(), Ids { tree: [1; 32], meta: [2; 32] });
        assert_eq!([found.checksum(0), found.checksum(1), found.meta(0)], [[3; 32], [4; 32], [5; 32]]);
        assert_eq!((found.count, found.names()), (2, "d\0f\0"));
        assert_eq!([found.is_directory(0), found.is_directory(1)], [true, false]);
    }

    #[test]
    fn an_old_change_vouches_and_a_young_one_does_not() {
        let now = listing(10.0);
        let stat = &now.stats[STAT_FIELDS..];
        assert!(record(&now, 20_000.0, true).is_unchanged(&now));
        assert_eq!(record(&now, 20_000.0, true).vouched(1, stat), Some([4; 32]));
        assert!(!record(&now, 10_101.0, true).is_unchanged(&now));
        assert_eq!(record(&now, 10_101.0, true).vouched(1, stat), None);
        assert!(!record(&now, 20_000.0, false).is_unchanged(&now));
        assert!(!record(&now, 20_000.0, true).is_unchanged(&listing(11.0)));
        assert_eq!(record(&now, 20_000.0, true).vouched(1, &listing(11.0).stats[STAT_FIELDS..]), None);
    }

    #[test]
    fn whole_seconds_vouch_for_nothing() {
        let mut now = listing(10.0);
        now.stats[STAT_FIELDS + CTIME_NANOS] = 0.0;
        assert!(!record(&now, 20_000.0, true).is_unchanged(&now));
        assert_eq!(record(&now, 20_000.0, true).vouched(1, &now.stats[STAT_FIELDS..]), None);
    }

    #[test]
    fn bytes_that_are_no_record_are_refused() {
        let whole = record(&listing(10.0), 20_000.0, true).bytes;
        for length in 0..whole.len() {
            assert!(Record::parse(whole[..length].to_vec(), 0).is_none(), "{length}");
        }
        for at in 16..28 {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(Record::parse(changed, 0).is_none(), "{at}");
        }
    }
}
