//! Puts a date of birth together whose year, month and day stand in three
//! columns, so that it is one piece of evidence and not three.

use crate::record::{ABSENT, Attribute, Field, NormalColumn, Verdict};

/// Adds a `birth_date` column where the records have only its parts, and says
/// whether it did. With `frozen`, what was done to the data that a model was
/// learned from is done again.
pub fn compose(columns: &mut Vec<NormalColumn>, records: usize, frozen: Option<bool>) -> bool {
    let find = |attribute| columns.iter().position(|column| column.field == Field::of(attribute));
    let whole = find(Attribute::BirthDate);
    let year = find(Attribute::BirthYear);
    if !frozen.unwrap_or(whole.is_none()) {
        return false;
    }
    let Some(year) = year else { return frozen.unwrap_or(false) };
    let parts = [Some(year), find(Attribute::BirthMonth), find(Attribute::BirthDay)];
    let at = whole.unwrap_or_else(|| {
        columns.push(NormalColumn::empty(Field::of(Attribute::BirthDate), records));
        columns.len() - 1
    });
    for record in 0..records {
        let text = parts.map(|part| {
            part.map_or("", |part| columns[part].canonical.get(columns[part].canonical_code(record)))
        });
        let date = match text {
            ["", ..] => continue,
            [year, "", _] | [year, _, ""] => year.to_owned(),
            [year, month, day] => format!("{year}-{month}-{day}"),
        };
        let column = &mut columns[at];
        if column.codes[record] == ABSENT {
            column.codes[record] = column.intern(&date, &date, Verdict::Valid);
        }
    }
    true
}
