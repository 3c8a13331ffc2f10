//! Judgements that are asked again because a record that they judge says
//! something else by now: a judgement keeps what its records compared as when it
//! was made. It holds all the same until somebody judges anew.

use crate::error::Result;
use crate::store::{Family, NameRow, NormalRow, Number, Store};
use xxhash_rust::xxh3::xxh3_64;

/// What a record is compared as, in one number. How values are spelled, and
/// values that are no evidence, do not count.
pub fn evidence_hash(row: &NormalRow) -> u64 {
    let mut held: Vec<(u32, &str)> =
        row.values.iter().filter_map(|value| Some((value.field, value.canonical.as_deref()?))).collect();
    held.sort_unstable();
    held.dedup();
    let mut bytes = Vec::new();
    for (field, canonical) in held {
        bytes.extend_from_slice(&field.to_be_bytes());
        bytes.extend_from_slice(canonical.as_bytes());
        bytes.push(0);
    }
    xxh3_64(&bytes)
}

/// A judged pair whose records changed since.
pub struct Returned {
    pub a: Number,
    pub b: Number,
}

/// Every judgement in force whose records changed since it was made.
///
/// # Errors
/// The store cannot be read.
pub fn returned(store: &Store) -> Result<Vec<Returned>> {
    let mut found = Vec::new();
    for (a, b, _) in store.judged.pairs() {
        if let Some([a, b]) = changed(store, a, b)? {
            found.push(Returned { a, b });
        }
    }
    Ok(found)
}

/// The records of a judged pair (names as keys), where either changed since.
///
/// # Errors
/// The store cannot be read.
pub fn changed(store: &Store, a: &[u8], b: &[u8]) -> Result<Option<[Number; 2]>> {
    let Some(then) = store.judged.evidence(a, b) else { return Ok(None) };
    let mut numbers = [0; 2];
    let mut now = [0; 2];
    for (at, name) in [a, b].into_iter().enumerate() {
        let row = store.db.get(Family::Names, name)?.as_deref().map(NameRow::decode).transpose()?;
        let Some(number) = row.and_then(|row| row.number) else { return Ok(None) };
        let row = store.by_number(Family::Normals, &[number], NormalRow::decode)?.pop().flatten();
        let Some(row) = row else { return Ok(None) };
        (numbers[at], now[at]) = (number, evidence_hash(&row));
    }
    Ok((now != then).then_some(numbers))
}

#[cfg(test)]
mod tests {
    use super::evidence_hash;
    use crate::record::Verdict;
    use crate::store::{NormalRow, NormalValue};

    #[test]
    fn spelling_does_not_count_and_evidence_does() {
        let value = |field, display: &str, canonical: Option<&str>| NormalValue {
            field,
            display: display.into(),
            canonical: canonical.map(Into::into),
            verdict: Verdict::Valid,
            is_hub: false,
        };
        let row = |values| NormalRow { values, ..NormalRow::default() };
        let one = row(vec![value(1, "Müller", Some("mueller")), value(2, "n/a", None)]);
        let spelled = row(vec![value(1, "MÜLLER", Some("mueller"))]);
        let other = row(vec![value(1, "Möller", Some("moeller"))]);
        assert_eq!(evidence_hash(&one), evidence_hash(&spelled));
        assert_ne!(evidence_hash(&one), evidence_hash(&other));
    }
}
