//! Customer ids of a batch run: a hash of the name of the customer's first
//! record, so that the same records give the same ids on any machine and in
//! any order, and the id reveals no value.

use crate::record::RecordKeys;
use xxhash_rust::xxh3::xxh3_128;

/// Letters and digits that cannot be mistaken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an id: 80 bits, so that ten million ids collide with a
/// probability below one in ten thousand million.
const LENGTH: usize = 16;
/// What an id looks like, as a regular expression for those who send ids.
pub const PATTERN: &str = "^[0-9a-hjkmnp-tv-z]{16}$";

/// Whether a text may be the id of a customer.
pub fn is_customer_id(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The id of the customer whose first record is `record`.
pub fn customer_id(keys: &RecordKeys, record: usize) -> String {
    id_of_name(keys.source(record), keys.id(record), 0)
}

/// The id of the customer whose first record has that name; `again` gives
/// further ids, for when the first is taken.
pub fn id_of_name(source: &str, id: &str, again: u32) -> String {
    let mut name = Vec::with_capacity(source.len() + id.len() + 1);
    name.extend_from_slice(source.as_bytes());
    name.push(0);
    name.extend_from_slice(id.as_bytes());
    if again > 0 {
        name.push(0);
        name.extend_from_slice(&again.to_le_bytes());
    }
    let mut bits = xxh3_128(&name);
    (0..LENGTH)
        .map(|_| {
            let letter = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
            char::from(letter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_other_texts() {
        assert!((0..50).all(|again| is_customer_id(&id_of_name("crm", "17", again))));
        for text in
            ["", "nonsense", "3mdyn89bcar92ks", "3mdyn89bcar92ksff", "3mdyn89bcar92ksu", "3mdyn89bcar92kß"]
        {
            assert!(!is_customer_id(text), "{text}");
        }
        let letters: Vec<u8> = (0..=127).filter(|byte| ALPHABET.contains(byte)).collect();
        assert_eq!(letters, b"0123456789abcdefghjkmnpqrstvwxyz", "which the pattern names by its ranges");
    }
}
