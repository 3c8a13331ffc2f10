//! Puts a date of birth together whose year, month and day stand in three
//! columns, so that it is one piece of evidence and not three.

use crate::record::{ABSENT, Attribute, Field, NormalColumn, NormalRecords, Verdict};

/// Adds a `birth_date` column where the records have only its parts, and says
/// whether it did. With `frozen`, what was done to the data that a model was
/// learned from is done again.
pub fn compose(records: &mut NormalRecords, frozen: Option<bool>) -> bool {
    let find = |attribute| records.columns.iter().position(|column| column.field == Field::of(attribute));
    let whole = find(Attribute::BirthDate);
    let year = find(Attribute::BirthYear);
    if !frozen.unwrap_or(whole.is_none()) {
        return false;
    }
    let Some(year) = year else { return frozen.unwrap_or(false) };
    let parts = [Some(year), find(Attribute::BirthMonth), find(Attribute::BirthDay)];
    let size = records.len();
    let at = whole.unwrap_or_else(|| {
        records.columns.push(NormalColumn::empty(Field::of(Attribute::BirthDate), size));
        records.columns.len() - 1
    });
    for record in 0..size {
        let text = parts.map(|part| {
            part.map_or("", |part| {
                let column = &records.columns[part];
                column.canonical.get(column.canonical_code(record))
            })
        });
        let date = match text {
            ["", ..] => continue,
            [year, "", _] | [year, _, ""] => year.to_owned(),
            [year, month, day] => format!("{year}-{month}-{day}"),
        };
        let column = &mut records.columns[at];
        if column.codes[record] == ABSENT {
            column.codes[record] = column.intern(&date, &date, Verdict::Valid);
        }
    }
    true
}
