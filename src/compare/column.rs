//! The values that a comparison reads, in one numbering across the slots of a
//! field, so that equal codes are equal values.

use super::signature::Signature;
use super::{ADDRESS_PARTS, text};
use crate::record::{ABSENT, Code, Dictionary, Field, NormalColumn, NormalRecords};

/// The codes of one comparison, still column by column, and what they stand for.
pub(super) struct Gathered<'a> {
    /// Per slot, a code per record.
    pub slots: Vec<Vec<Code>>,
    pub values: Values<'a>,
}

/// The texts behind the codes.
pub(super) enum Values<'a> {
    /// The column's own dictionary.
    Own(&'a Dictionary),
    /// One dictionary for the columns of several slots.
    Shared(Dictionary),
    /// Codes made up of several columns; there is no single text.
    Composed,
}

impl Values<'_> {
    /// The comparison form that `code` stands for.
    pub fn get(&self, code: Code) -> &str {
        match self {
            Values::Own(values) => values.get(code),
            Values::Shared(values) => values.get(code),
            Values::Composed => "",
        }
    }

    /// `parse` of each distinct value, indexed by code.
    pub fn each<T: Default>(&self, parse: impl Fn(&str) -> T) -> Vec<T> {
        match self.dictionary() {
            Some(values) => std::iter::once(T::default()).chain(values.iter().map(parse)).collect(),
            None => Vec::new(),
        }
    }

    /// What each word of the values says.
    pub fn words(&self) -> text::Words {
        self.dictionary().map(|values| text::Words::new(values.iter())).unwrap_or_default()
    }

    /// Bytes of the texts that are its own.
    pub fn bytes(&self) -> usize {
        match self {
            Values::Shared(values) => values.bytes(),
            Values::Own(_) | Values::Composed => 0,
        }
    }

    fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Values::Own(values) => Some(values),
            Values::Shared(values) => Some(values),
            Values::Composed => None,
        }
    }
}

/// The slots of `fields` that the records have.
pub(super) fn gather<'a>(records: &'a NormalRecords, fields: &[Field]) -> Gathered<'a> {
    let columns: Vec<&NormalColumn> =
        records.columns.iter().filter(|column| fields.contains(&column.field)).collect();
    if let [only] = columns.as_slice() {
        return Gathered { slots: vec![codes(only)], values: Values::Own(&only.canonical) };
    }
    let mut shared = Dictionary::new();
    let slots = columns
        .into_iter()
        .map(|column| {
            let renamed: Vec<Code> = std::iter::once(ABSENT)
                .chain(column.canonical.iter().map(|value| shared.intern(value)))
                .collect();
            codes(column).into_iter().map(|code| renamed[code as usize]).collect()
        })
        .collect();
    Gathered { slots, values: Values::Shared(shared) }
}

fn codes(column: &NormalColumn) -> Vec<Code> {
    (0..column.codes.len()).map(|record| column.canonical_code(record)).collect()
}

/// One part of addresses.
pub(super) struct Part<'a> {
    pub codes: Vec<Code>,
    pub values: &'a Dictionary,
}

/// The parts of addresses that the records have, in the order of [`ADDRESS_PARTS`].
pub(super) fn parts(records: &NormalRecords) -> [Option<Part<'_>>; 4] {
    ADDRESS_PARTS.map(|attribute| {
        let column = records.columns.iter().find(|column| column.field == Field::of(attribute))?;
        Some(Part { codes: codes(column), values: &column.canonical })
    })
}

/// The address of each record as one code: of street, number and postcode
/// (city where there is no postcode), or of the place where the street is
/// missing; with `place_only` always of the place.
pub(super) fn compose(parts: &[Option<Part>; 4], records: usize, place_only: bool) -> Vec<Code> {
    let code = |part: usize, record: usize| parts[part].as_ref().map_or(ABSENT, |part| part.codes[record]);
    let hasher = foldhash::fast::FixedState::with_seed(1);
    let mut whole = hashbrown::HashMap::<[Code; 4], Code, _>::with_hasher(hasher);
    let compose = |record: usize| {
        let (street, number) = if place_only { (ABSENT, ABSENT) } else { (code(0, record), code(1, record)) };
        let (postcode, city) = (code(2, record), code(3, record));
        let place = if postcode == ABSENT { [ABSENT, city] } else { [postcode, ABSENT] };
        if street == ABSENT && place == [ABSENT; 2] {
            return ABSENT;
        }
        let next = whole.len() as Code + 1;
        *whole.entry([street, number, place[0], place[1]]).or_insert(next)
    };
    (0..records).map(compose).collect()
}

/// How many records hold each value over all slots, by code, and how many hold
/// any.
pub(super) fn count(slots: &[Vec<Code>]) -> (Vec<u32>, u32) {
    let records = slots.first().map_or(0, Vec::len);
    let distinct = slots.iter().flat_map(|slot| slot.iter().copied()).max().unwrap_or(0);
    let mut counts = vec![0u32; distinct as usize + 1];
    let mut filled = 0;
    for record in 0..records {
        let mut any = false;
        for (at, slot) in slots.iter().enumerate() {
            let code = slot[record];
            if code != ABSENT && !slots[..at].iter().any(|earlier| earlier[record] == code) {
                counts[code as usize] += 1;
                any = true;
            }
        }
        filled += u32::from(any);
    }
    (counts, filled)
}

/// Adds for each of the `slots` the two halves of its values' signatures, given
/// by code; says where they stand.
pub(super) fn sign(
    columns: &mut Vec<Vec<Code>>,
    slots: std::ops::Range<usize>,
    of_values: &[Signature],
) -> usize {
    let start = columns.len();
    for slot in slots {
        for half in 0..2 {
            let of_record =
                |&code: &Code| of_values.get(code as usize).map_or(ABSENT, |of| of.halves()[half]);
            let halves = columns[slot].iter().map(of_record).collect();
            columns.push(halves);
        }
    }
    start
}

/// Records in the order of the last of the columns, then of the one before it,
/// then of their numbers (counting sort, since codes are dense).
pub(super) fn order<'a>(records: usize, columns: impl Iterator<Item = &'a [Code]>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..records as u32).collect();
    let mut sorted = vec![0; records];
    for column in columns {
        let distinct = column.iter().copied().max().unwrap_or(0) as usize + 1;
        let mut next = vec![0u32; distinct + 1];
        column.iter().for_each(|&code| next[code as usize + 1] += 1);
        for code in 0..distinct {
            next[code + 1] += next[code];
        }
        for &record in &order {
            let place = &mut next[column[record as usize] as usize];
            sorted[*place as usize] = record;
            *place += 1;
        }
        std::mem::swap(&mut order, &mut sorted);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_codes_stand_together() {
        let (given, family) = ([3, 1, 2, 1, 3], [7, 5, 7, 5, 0]);
        assert_eq!(order(5, [given.as_slice(), family.as_slice()].into_iter()), [4, 1, 3, 2, 0]);
    }
}
