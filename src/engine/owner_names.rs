//! Gives records that lack a name the one that their e-mail address is made
//! of. It is evidence like any other, and never shown in a golden record.

use crate::normalise::email;
use crate::normalise::lexicon::Lexicon;
use crate::record::{ABSENT, Attribute, Code, Field, NormalColumn, Verdict};
use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

/// How often words are given and family names: what inferring reads of the
/// data as a whole, frozen with a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NameWords {
    /// Per folded word, by its hash, the records that have it in their given
    /// name and in their family name.
    pub counts: HashMap<u64, [u32; 2]>,
}

/// Fills missing given and family names from e-mail addresses. A name is known
/// where the lexicon or another record of the data has it; with `frozen`, where
/// the data that it was counted in had it. Returns what it went by; `None`
/// where the data have no such columns.
pub fn infer(
    columns: &mut [NormalColumn],
    lexicon: &Lexicon,
    frozen: Option<&NameWords>,
) -> Option<NameWords> {
    let place = |attribute| columns.iter().position(|column| column.field == Field::of(attribute));
    let (Some(given), Some(family), Some(address)) =
        (place(Attribute::GivenName), place(Attribute::FamilyName), place(Attribute::Email))
    else {
        return None;
    };
    let counted = match frozen {
        Some(_) => None,
        None => Some(NameWords { counts: word_counts(&columns[given], &columns[family]) }),
    };
    let words = frozen.or(counted.as_ref())?;
    let found = owners(columns, lexicon, words, [given, family, address]);
    for (record, owner) in found {
        fill(&mut columns[given], record, owner.given.as_deref());
        fill(&mut columns[family], record, owner.family.as_deref());
    }
    counted
}

/// Per record with an address, the names in it.
fn owners(
    columns: &[NormalColumn],
    lexicon: &Lexicon,
    words: &NameWords,
    [given, family, address]: [usize; 3],
) -> Vec<(usize, email::Owner)> {
    let given_share = |word: &str| {
        let [given, family] = words.counts.get(&xxh3_64(word.as_bytes())).copied().unwrap_or_default();
        let known = |known: bool| if known { LEXICON_COUNT } else { 0.0 };
        let as_given = given as f32 + known(lexicon.is_given_name(word));
        let as_family = family as f32 + known(lexicon.is_family_name(word));
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

/// How many records hold each word of the columns of given and family names.
fn word_counts(given: &NormalColumn, family: &NormalColumn) -> HashMap<u64, [u32; 2]> {
    let mut counts: HashMap<u64, [u32; 2]> = HashMap::new();
    for (place, column) in [given, family].into_iter().enumerate() {
        let mut per_value = vec![0u32; column.canonical.len() + 1];
        (0..column.codes.len()).for_each(|record| per_value[column.canonical_code(record) as usize] += 1);
        for (value, count) in column.canonical.iter().zip(&per_value[1..]) {
            for word in value.split(' ').filter(|word| word.len() > 1) {
                counts.entry(xxh3_64(word.as_bytes())).or_default()[place] += count;
            }
        }
    }
    counts
}

fn fill(column: &mut NormalColumn, record: usize, name: Option<&str>) {
    if let Some(name) = name.filter(|_| column.codes[record] == ABSENT) {
        let display = format!("{name} (from e-mail)");
        column.codes[record] = column.intern(&display, name, Verdict::Inferred);
    }
}
