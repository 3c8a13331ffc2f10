//! Puts a date of birth together whose year, month and day stand in three
//! columns, so that it is one piece of evidence and not three.

use super::normalise::intern;
use crate::record::{ABSENT, Attribute, Dictionary, Field, NormalColumn, Verdict};

/// Adds a `birth_date` column where the records have only its parts.
pub fn compose(columns: &mut Vec<NormalColumn>, records: usize) {
    let find = |attribute| columns.iter().find(|column| column.field == Field::of(attribute));
    let Some(year) = find(Attribute::BirthYear) else { return };
    if find(Attribute::BirthDate).is_some() {
        return;
    }
    let parts = [Some(year), find(Attribute::BirthMonth), find(Attribute::BirthDay)];
    let mut column = NormalColumn {
        field: Field::of(Attribute::BirthDate),
        codes: Vec::with_capacity(records),
        display: Dictionary::new(),
        canonical_of: Vec::new(),
        canonical: Dictionary::new(),
        verdicts: Vec::new(),
        hub: Vec::new(),
    };
    for record in 0..records {
        let text = parts.map(|part| part.map_or("", |part| part.canonical.get(part.canonical_code(record))));
        let date = match text {
            ["", ..] => String::new(),
            [year, "", _] | [year, _, ""] => year.to_owned(),
            [year, month, day] => format!("{year}-{month}-{day}"),
        };
        let code = if date.is_empty() { ABSENT } else { intern(&mut column, &date, &date, Verdict::Valid) };
        column.codes.push(code);
    }
    columns.push(column);
}
