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

/// The id of the customer whose first record is `record`.
pub fn customer_id(keys: &RecordKeys, record: usize) -> String {
    let (source, id) = (keys.source(record), keys.id(record));
    let mut name = Vec::with_capacity(source.len() + id.len() + 1);
    name.extend_from_slice(source.as_bytes());
    name.push(0);
    name.extend_from_slice(id.as_bytes());
    let mut bits = xxh3_128(&name);
    (0..LENGTH)
        .map(|_| {
            let letter = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
            char::from(letter)
        })
        .collect()
}
