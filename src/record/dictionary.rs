//! Interned text: every distinct value once, in one arena, named by a 32-bit
//! code. Columns hold codes, so equality is an integer comparison and each
//! distinct value is normalised once. Not a map from values to anything else.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Names an entry of a [`Dictionary`]; [`ABSENT`] names no value.
pub type Code = u32;

/// The code of a missing value. Real values begin at 1.
pub const ABSENT: Code = 0;

/// An append-only set of strings, each with a stable code from 1 upward.
#[derive(Clone, Default)]
pub struct Dictionary {
    arena: String,
    /// End of each entry in `arena`; entry `code` begins where `code - 1` ends.
    ends: Vec<usize>,
    /// With each code half of its text's hash, so that growing reads no text.
    index: HashTable<(u32, Code)>,
}

/// Fixed, so that one input gives one memory layout on every run.
const HASHER: FixedState = FixedState::with_seed(0x5eed_e1a6);

impl Dictionary {
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of distinct values.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Makes room for that many more values of so many bytes in all, so that
    /// growth does not copy what is there.
    pub fn reserve(&mut self, values: usize, bytes: usize) {
        self.arena.reserve_exact(bytes);
        self.ends.reserve_exact(values);
        self.index.reserve(values, |&(half, _)| spread(half));
    }

    /// The value's code, adding it where it is new. The empty string is
    /// [`ABSENT`] and never stored.
    pub fn intern(&mut self, value: &str) -> Code {
        if value.is_empty() {
            return ABSENT;
        }
        self.intern_hashed(value, half_hash(value))
    }

    /// Appends another entry of a text that has one already, for values that
    /// look alike and are not the same. [`Dictionary::find`] never finds it.
    pub fn append(&mut self, value: &str) -> Code {
        self.arena.push_str(value);
        self.ends.push(self.arena.len());
        u32::try_from(self.ends.len()).expect("a column holds at most 2^32 - 1 distinct values")
    }

    /// Interns one value after another, appending their codes.
    ///
    /// The same as [`Dictionary::intern`] on each, but in steps over batches,
    /// so that the waits for memory of a whole batch overlap: in a column of a
    /// million values nearly every look-up misses the cache three times.
    pub fn intern_all<'a>(&mut self, values: impl Iterator<Item = &'a str>, codes: &mut Vec<Code>) {
        const BATCH: usize = 32;
        let mut values = values.fuse();
        let mut batch = [Probe::default(); BATCH];
        loop {
            let mut filled = 0;
            for (probe, value) in batch.iter_mut().zip(values.by_ref().take(BATCH)) {
                *probe = Probe { value, half: half_hash(value), code: ABSENT, start: 0, end: 0 };
                filled += 1;
            }
            let batch = batch.get_mut(..filled).unwrap_or_default();
            for probe in batch.iter_mut() {
                let found = self.index.find(spread(probe.half), |&(half, _)| half == probe.half);
                probe.code = found.map_or(ABSENT, |&(_, code)| code);
            }
            for probe in batch.iter_mut().filter(|probe| probe.code != ABSENT) {
                (probe.start, probe.end) = bounds(&self.ends, probe.code);
            }
            for probe in batch.iter_mut() {
                let found = self.arena.as_bytes().get(probe.start..probe.end);
                if found != Some(probe.value.as_bytes()) {
                    probe.code = ABSENT;
                }
            }
            for probe in batch.iter().map(|probe| (probe.value, probe.half, probe.code)) {
                codes.push(match probe {
                    ("", ..) => ABSENT,
                    (value, half, ABSENT) => self.intern_hashed(value, half),
                    (.., code) => code,
                });
            }
            if filled < BATCH {
                return;
            }
        }
    }

    fn intern_hashed(&mut self, value: &str, half: u32) -> Code {
        let (arena, ends) = (&self.arena, &self.ends);
        let is_same = |&(other, code): &(u32, Code)| other == half && is_value(arena, ends, code, value);
        if let Some(&(_, code)) = self.index.find(spread(half), is_same) {
            return code;
        }
        self.arena.push_str(value);
        self.ends.push(self.arena.len());
        let code = u32::try_from(self.ends.len()).expect("a column holds at most 2^32 - 1 distinct values");
        self.index.insert_unique(spread(half), (half, code), |&(half, _)| spread(half));
        code
    }

    /// The value's code, or `None` where it was never interned.
    pub fn find(&self, value: &str) -> Option<Code> {
        let half = half_hash(value);
        let is_same = |&(other, code): &(u32, Code)| other == half && self.get(code) == value;
        self.index.find(spread(half), is_same).map(|&(_, code)| code)
    }

    /// The value that `code` names; [`ABSENT`] names the empty string.
    #[inline]
    pub fn get(&self, code: Code) -> &str {
        if code == ABSENT { "" } else { slice(&self.arena, &self.ends, code) }
    }

    /// All values in order of their codes, from code 1 on.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| slice(&self.arena, &self.ends, at as Code + 1))
    }

    /// Bytes of all values together.
    pub fn text_bytes(&self) -> usize {
        self.arena.len()
    }

    /// Bytes held, for the memory budget.
    pub fn bytes(&self) -> usize {
        self.arena.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.index.capacity() * (size_of::<(u32, Code)>() + 1)
    }

    /// Gives back the look-up index and spare capacity once nothing more will
    /// be interned; [`Dictionary::find`] then finds nothing.
    pub fn freeze(&mut self) {
        self.index = HashTable::new();
        self.arena.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// A value on its way through [`Dictionary::intern_all`], and the entry that
/// it may equal.
#[derive(Clone, Copy, Default)]
struct Probe<'a> {
    value: &'a str,
    half: u32,
    code: Code,
    start: usize,
    end: usize,
}

/// Half of a text's hash: enough to tell apart what stands in one place.
#[inline]
fn half_hash(value: &str) -> u32 {
    (HASHER.hash_one(value) >> 32) as u32
}

/// Half a hash as a whole one, of which the table uses both ends.
#[inline]
fn spread(half: u32) -> u64 {
    u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn bounds(ends: &[usize], code: Code) -> (usize, usize) {
    let at = code as usize - 1;
    (if at == 0 { 0 } else { ends[at - 1] }, ends[at])
}

#[inline]
fn slice<'a>(arena: &'a str, ends: &[usize], code: Code) -> &'a str {
    let (start, end) = bounds(ends, code);
    &arena[start..end]
}

/// Compares lengths before it touches the text.
fn is_value(arena: &str, ends: &[usize], code: Code, value: &str) -> bool {
    let (start, end) = bounds(ends, code);
    end - start == value.len() && &arena.as_bytes()[start..end] == value.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_the_empty_value_is_absent() {
        let mut dictionary = Dictionary::new();
        let first = dictionary.intern("Müller");
        assert_eq!(dictionary.intern(""), ABSENT);
        let second = dictionary.intern("Maier");
        assert_eq!((first, second), (1, 2));
        assert_eq!(dictionary.intern("Müller"), first);
        assert_eq!(dictionary.get(second), "Maier");
        assert_eq!(dictionary.find("Schulz"), None);
        assert_eq!(dictionary.iter().collect::<Vec<_>>(), ["Müller", "Maier"]);
    }

    #[test]
    fn interning_in_batches_changes_no_code() {
        let values: Vec<String> = (0..500).map(|at| format!("value {}", at * at % 97)).collect();
        let with_gaps = || values.iter().map(|value| if value.ends_with('7') { "" } else { value });
        let (mut one, mut all) = (Dictionary::new(), Dictionary::new());
        let want: Vec<Code> = with_gaps().map(|value| one.intern(value)).collect();
        let mut codes = Vec::new();
        all.intern_all(with_gaps(), &mut codes);
        assert_eq!(codes, want);
        assert!(one.iter().eq(all.iter()));
    }
}
