//! The columns that a comparison reads: comparison codes per record, in one
//! numbering across the slots of a field, so that equal codes are equal values.

use super::{ADDRESS_PARTS, text};
use crate::record::{ABSENT, Code, Dictionary, Field, NormalColumn, NormalRecords};
use std::borrow::Cow;

/// One slot of a field.
pub struct Column<'a> {
    /// Per record, a code in the numbering that all slots of the field share.
    codes: Cow<'a, [Code]>,
    values: Values<'a>,
}

/// The texts behind the codes.
enum Values<'a> {
    /// The column's own dictionary; the numbering is its own.
    Own(&'a Dictionary),
    /// The column's dictionary, with its own code per record beside the shared one.
    Shared(&'a Dictionary, Vec<Code>),
    /// Codes made up of several columns; there is no single text.
    Composed,
}

impl Column<'_> {
    /// The record's code in the shared numbering.
    pub fn code(&self, record: usize) -> Code {
        self.codes[record]
    }

    /// The record's code in the column's own dictionary.
    pub(super) fn local_code(&self, record: usize) -> Code {
        match &self.values {
            Values::Shared(_, own) => own[record],
            _ => self.codes[record],
        }
    }

    /// The record's comparison form.
    pub fn text(&self, record: usize) -> &str {
        match &self.values {
            Values::Own(values) | Values::Shared(values, _) => values.get(self.local_code(record)),
            Values::Composed => "",
        }
    }

    /// What each word of the column's values says.
    pub(super) fn words(&self) -> text::Words {
        match &self.values {
            Values::Own(values) | Values::Shared(values, _) => text::Words::new(values.iter()),
            Values::Composed => text::Words::default(),
        }
    }

    /// `parse` of each distinct value, indexed by the column's own code.
    pub(super) fn each<T: Default>(&self, parse: impl Fn(&str) -> T) -> Vec<T> {
        match &self.values {
            Values::Own(values) | Values::Shared(values, _) => {
                std::iter::once(T::default()).chain(values.iter().map(parse)).collect()
            }
            Values::Composed => Vec::new(),
        }
    }
}

/// The slots of the first of `fields` that the records have.
pub(super) fn slots<'a>(records: &'a NormalRecords, fields: &[Field]) -> Vec<Column<'a>> {
    let columns: Vec<&NormalColumn> =
        records.columns.iter().filter(|column| fields.contains(&column.field)).collect();
    if let [only] = columns.as_slice() {
        return vec![own(only)];
    }
    let mut shared = Dictionary::new();
    let numbering = |column: &NormalColumn, shared: &mut Dictionary| -> Vec<Code> {
        std::iter::once(ABSENT).chain(column.canonical.iter().map(|value| shared.intern(value))).collect()
    };
    columns
        .into_iter()
        .map(|column| {
            let renamed = numbering(column, &mut shared);
            let own: Vec<Code> = (0..column.codes.len()).map(|record| column.canonical_code(record)).collect();
            let codes = own.iter().map(|&code| renamed[code as usize]).collect();
            Column { codes: Cow::Owned(codes), values: Values::Shared(&column.canonical, own) }
        })
        .collect()
}

fn own(column: &NormalColumn) -> Column<'_> {
    let codes = (0..column.codes.len()).map(|record| column.canonical_code(record)).collect();
    Column { codes: Cow::Owned(codes), values: Values::Own(&column.canonical) }
}

/// The address of each record as one code, and its parts. With `place_only`
/// the code is of postcode, else city; otherwise of street, number and
/// postcode (city where there is no postcode), or of the place where the
/// street is missing.
pub(super) fn address(records: &NormalRecords, place_only: bool) -> (Vec<Column<'_>>, Vec<Option<Column<'_>>>) {
    let parts: Vec<Option<Column>> = ADDRESS_PARTS
        .iter()
        .map(|&attribute| records.columns.iter().find(|column| column.field == Field::of(attribute)).map(own))
        .collect();
    let code = |part: usize, record: usize| parts[part].as_ref().map_or(ABSENT, |column| column.code(record));
    let mut whole = hashbrown::HashMap::<[Code; 4], Code, _>::with_hasher(foldhash::fast::FixedState::with_seed(1));
    let codes = (0..records.len())
        .map(|record| {
            let (street, number) =
                if place_only { (ABSENT, ABSENT) } else { (code(0, record), code(1, record)) };
            let (postcode, city) = (code(2, record), code(3, record));
            let place = if postcode == ABSENT { [ABSENT, city] } else { [postcode, ABSENT] };
            if street == ABSENT && place == [ABSENT; 2] {
                return ABSENT;
            }
            let next = whole.len() as Code + 1;
            *whole.entry([street, number, place[0], place[1]]).or_insert(next)
        })
        .collect();
    (vec![Column { codes: Cow::Owned(codes), values: Values::Composed }], parts)
}

/// How many records hold each value over all slots, by shared code, and how
/// many hold any.
pub(super) fn count(slots: &[Column]) -> (Vec<u32>, u32) {
    let records = slots.first().map_or(0, |slot| slot.codes.len());
    let distinct = slots.iter().flat_map(|slot| slot.codes.iter().copied()).max().unwrap_or(0);
    let mut counts = vec![0u32; distinct as usize + 1];
    let mut filled = 0;
    for record in 0..records {
        let mut any = false;
        for (at, slot) in slots.iter().enumerate() {
            let code = slot.codes[record];
            let again = slots[..at].iter().any(|earlier| earlier.codes[record] == code);
            if code != ABSENT && !again {
                counts[code as usize] += 1;
                any = true;
            }
        }
        filled += u32::from(any);
    }
    counts[ABSENT as usize] = 0;
    (counts, filled)
}
