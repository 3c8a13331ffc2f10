//! Gives records that lack a name the one that their e-mail address is made
//! of. It is evidence like any other, and never shown in a golden record.

use super::normalise::intern;
use crate::normalise::{email, lexicon};
use crate::record::{ABSENT, Attribute, Code, Field, NormalColumn, Verdict};
use hashbrown::HashMap;
use rayon::prelude::*;

/// Fills missing given and family names from e-mail addresses. A name is known
/// where the lexicon or another record of the data has it.
pub fn infer(columns: &mut [NormalColumn]) {
    let place = |attribute| columns.iter().position(|column| column.field == Field::of(attribute));
    let (Some(given), Some(family), Some(address)) =
        (place(Attribute::GivenName), place(Attribute::FamilyName), place(Attribute::Email))
    else {
        return;
    };
    let found = owners(columns, given, family, address);
    for (record, owner) in found {
        fill(&mut columns[given], record, owner.given.as_deref());
        fill(&mut columns[family], record, owner.family.as_deref());
    }
}

/// Per record with an address, the names in it.
fn owners(
    columns: &[NormalColumn],
    given: usize,
    family: usize,
    address: usize,
) -> Vec<(usize, email::Owner)> {
    let (givens, families) = (word_counts(&columns[given]), word_counts(&columns[family]));
    let given_share = |word: &str| {
        let count = |counts: &HashMap<&str, u32>| counts.get(word).map_or(0.0, |&count| count as f32);
        let known = |known: bool| if known { LEXICON_COUNT } else { 0.0 };
        let as_given = count(&givens) + known(lexicon::is_given_name(word));
        let as_family = count(&families) + known(lexicon::is_family_name(word));
        (as_given + as_family > 0.0).then(|| as_given / (as_given + as_family))
    };
    let addresses = &columns[address];
    let lacks =
        |record: usize| columns[given].codes[record] == ABSENT || columns[family].codes[record] == ABSENT;
    let asked: Vec<(usize, Code)> = addresses
        .codes
        .iter()
        .enumerate()
        .filter(|&(record, &code)| {
            code != ABSENT && addresses.canonical_code(record) != ABSENT && lacks(record)
        })
        .map(|(record, &code)| (record, code))
        .collect();
    asked
        .into_par_iter()
        .with_min_len(1024)
        .map(|(record, code)| (record, email::owner(addresses.display.get(code), given_share)))
        .collect()
}

/// A name in the lexicon counts as much as so many records that bear it.
const LEXICON_COUNT: f32 = 2.0;

/// How many records hold each word of a column of names.
fn word_counts(column: &NormalColumn) -> HashMap<&str, u32> {
    let mut per_value = vec![0u32; column.canonical.len() + 1];
    (0..column.codes.len()).for_each(|record| per_value[column.canonical_code(record) as usize] += 1);
    let mut counts = HashMap::new();
    for (value, count) in column.canonical.iter().zip(&per_value[1..]) {
        for word in value.split(' ').filter(|word| word.len() > 1) {
            *counts.entry(word).or_default() += count;
        }
    }
    counts
}

fn fill(column: &mut NormalColumn, record: usize, name: Option<&str>) {
    if let Some(name) = name.filter(|_| column.codes[record] == ABSENT) {
        let display = format!("{name} (from e-mail)");
        column.codes[record] = intern(column, &display, name, Verdict::Inferred);
    }
}
