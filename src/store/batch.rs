//! Changes on their way to disk: gathered row by row, then put in the order of
//! their keys, in which the database takes them in soonest. In that order they
//! can also be read, so that what comes next need not wait until they are
//! written. What the rows mean is not known here.

use super::family::Family;
use std::cmp::Ordering;

/// Changes that are made together or not at all.
#[derive(Default)]
pub struct Batch {
    /// Keys and values, one after the other.
    bytes: Vec<u8>,
    rows: Vec<Row>,
}

/// Where a row's key and value stand.
#[derive(Clone, Copy)]
struct Row {
    /// How the key begins: mostly enough to tell which of two comes first.
    beginning: u64,
    start: usize,
    key: u32,
    /// `None`: deleted.
    value: Option<u32>,
    family: Family,
}

/// Changes in the order of families and keys, each key once.
pub struct InFlight {
    batch: Batch,
    /// Per family, where its rows begin and end.
    places: [(usize, usize); Family::ALL.len()],
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn put(&mut self, family: Family, key: &[u8], value: Option<&[u8]>) {
        self.rows.push(Row {
            beginning: beginning(key),
            start: self.bytes.len(),
            key: length(key),
            value: value.map(length),
            family,
        });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
    }

    /// Adds what another batch changes, after what this one does.
    pub fn append(&mut self, other: Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.rows.extend(other.rows.into_iter().map(|row| Row { start: start + row.start, ..row }));
    }

    fn key(&self, row: &Row) -> &[u8] {
        let end = row.start + row.key as usize;
        self.bytes.get(row.start..end).unwrap_or_default()
    }

    fn value(&self, row: &Row) -> Option<&[u8]> {
        let start = row.start + row.key as usize;
        row.value.map(|length| self.bytes.get(start..start + length as usize).unwrap_or_default())
    }
}

/// The first eight bytes, as a number in the order of keys; zeros stand for what
/// a shorter one lacks.
fn beginning(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a row is shorter than four gigabytes")
}

impl InFlight {
    pub fn new(mut batch: Batch) -> Self {
        let mut rows = std::mem::take(&mut batch.rows);
        rows.sort_by(|a, b| {
            let beginnings = (a.family, a.beginning).cmp(&(b.family, b.beginning));
            beginnings.then_with(|| batch.key(a).cmp(batch.key(b)))
        });
        rows.dedup_by(|later, row| {
            let is_same = (later.family, later.beginning) == (row.family, row.beginning)
                && batch.key(later) == batch.key(row);
            // The last change of a key is the one that holds.
            if is_same {
                *row = *later;
            }
            is_same
        });
        let mut places = [(0, 0); Family::ALL.len()];
        for (family, place) in Family::ALL.into_iter().zip(&mut places) {
            *place = (
                rows.partition_point(|row| row.family < family),
                rows.partition_point(|row| row.family <= family),
            );
        }
        batch.rows = rows;
        Self { batch, places }
    }

    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Whether it changes what follows from the records.
    pub fn is_derived(&self) -> bool {
        Family::ALL.into_iter().any(|family| family.is_derived() && !self.of(family).is_empty())
    }

    /// Bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.batch.bytes.len()
    }

    /// The rows of a family in the order of their keys; `None`: deleted.
    pub fn rows(&self, family: Family) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.of(family).iter().map(|row| (self.batch.key(row), self.batch.value(row)))
    }

    /// What becomes of a row: `None`: nothing; `Some(None)`: it is deleted.
    pub fn find(&self, family: Family, key: &[u8]) -> Option<Option<&[u8]>> {
        self.find_from(family, key, &mut 0)
    }

    /// As [`InFlight::find`], of keys that come in order: `from` is how many rows
    /// of the family are before the last of them, at first 0.
    pub fn find_from(&self, family: Family, key: &[u8], from: &mut usize) -> Option<Option<&[u8]>> {
        let rows = self.of(family).get(*from..).unwrap_or_default();
        let is_before = self.is_before(key);
        // Keys in order are near each other: ever longer steps find the stretch.
        let mut step = 1;
        while rows.get(step).is_some_and(&is_before) {
            step *= 2;
        }
        let near = rows.get(step / 2..rows.len().min(step + 1)).unwrap_or_default();
        let place = step / 2 + near.partition_point(is_before);
        *from += place;
        let row = rows.get(place).filter(|row| self.batch.key(row) == key)?;
        Some(self.batch.value(row))
    }

    /// The rows of a family whose keys begin with `prefix` and are not before
    /// `from`, in order.
    pub fn range<'f>(
        &'f self,
        family: Family,
        prefix: &'f [u8],
        from: &[u8],
    ) -> impl Iterator<Item = (&'f [u8], Option<&'f [u8]>)> + use<'f> {
        let first = from.max(prefix);
        let rows = self.of(family);
        let start = rows.partition_point(self.is_before(first));
        let rows = rows.get(start..).unwrap_or_default().iter();
        rows.map(|row| (self.batch.key(row), self.batch.value(row)))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Tells whether a row's key comes before `key`.
    fn is_before<'f>(&'f self, key: &'f [u8]) -> impl Fn(&Row) -> bool + use<'f> {
        let begins = beginning(key);
        move |row| match row.beginning.cmp(&begins) {
            Ordering::Equal => self.batch.key(row) < key,
            order => order == Ordering::Less,
        }
    }

    fn of(&self, family: Family) -> &[Row] {
        let (start, end) = self.places[family as usize];
        self.batch.rows.get(start..end).unwrap_or_default()
    }
}

/// Which of a stored and a changed row comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Stored,
    /// It takes the place of the stored one where `replaces` says so.
    Changed {
        replaces: bool,
    },
}

/// Which row comes next where stored rows are read through changes; `None`:
/// neither.
pub fn next(stored: Option<&[u8]>, changed: Option<&[u8]>) -> Option<Next> {
    let order = match (stored, changed) {
        (None, None) => return None,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(stored), Some(changed)) => stored.cmp(changed),
    };
    Some(match order {
        Ordering::Less => Next::Stored,
        order => Next::Changed { replaces: order == Ordering::Equal },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Put = (bool, Vec<u8>, Option<Vec<u8>>);

    /// Some alike in the first bytes, some no more than their beginning.
    fn key() -> impl Strategy<Value = Vec<u8>> {
        let end = proptest::collection::vec(0u8..3, 0..4);
        (any::<bool>(), end)
            .prop_map(|(is_long, end)| if is_long { [&[1; 7], &end[..]].concat() } else { end })
    }

    fn puts() -> impl Strategy<Value = Vec<Put>> {
        let value = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3));
        proptest::collection::vec((any::<bool>(), key(), value), 0..40)
    }

    fn family(is_blocks: bool) -> Family {
        if is_blocks { Family::Blocks } else { Family::Crowds }
    }

    proptest! {
        #[test]
        fn what_was_put_last_is_found(
            puts in puts(), mut asked in proptest::collection::vec(key(), 0..20), prefix in key(), from in key(),
        ) {
            let mut batch = Batch::default();
            let mut known: BTreeMap<(bool, Vec<u8>), Option<Vec<u8>>> = BTreeMap::new();
            for (of, key, value) in puts {
                let mut one = Batch::default();
                let to = if of { &mut one } else { &mut batch };
                to.put(family(of), &key, value.as_deref());
                batch.append(one);
                known.insert((of, key), value);
            }
            let changes = InFlight::new(batch);
            asked.sort();
            for of in [false, true] {
                let mut before = 0;
                for key in &asked {
                    let expect = known.get(&(of, key.clone())).map(Option::as_deref);
                    prop_assert_eq!(changes.find(family(of), key), expect);
                    prop_assert_eq!(changes.find_from(family(of), key, &mut before), expect);
                }
                let expect: Vec<(&[u8], Option<&[u8]>)> = known
                    .iter()
                    .filter(|((is, key), _)| *is == of && key.starts_with(&prefix) && *key >= from)
                    .map(|((_, key), value)| (key.as_slice(), value.as_deref()))
                    .collect();
                prop_assert_eq!(changes.range(family(of), &prefix, &from).collect::<Vec<_>>(), expect);
            }
            prop_assert_eq!(changes.find(Family::Names, &[]), None);
        }
    }
}
