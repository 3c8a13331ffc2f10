//! A text in 64 bits: which letters and digits it has, how long it is and how
//! it begins. Enough to see of most texts that they are not nearly equal without
//! a look at either, which would wait for memory. It never says so of texts that
//! the metrics call alike.

use super::metric::LENGTH_MAX;
use crate::record::Code;

/// Letters and digits present in the lowest 36 bits, then seven of the length,
/// then five each of the first four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Signature(u64);

const PRESENT: u64 = (1 << 36) - 1;
const LENGTH_AT: u32 = 36;
const PREFIX_AT: u32 = 43;
/// Rounding of the bound on a similarity.
const SLACK: f32 = 1e-3;

impl Signature {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..LENGTH_MAX).unwrap_or(bytes);
        let present = bytes.iter().fold(0, |present, byte| match byte {
            b'a'..=b'z' => present | 1 << (byte - b'a'),
            b'0'..=b'9' => present | 1 << (26 + byte - b'0'),
            _ => present,
        });
        let prefix = bytes.iter().take(4).rev().fold(0, |prefix, byte| prefix << 5 | u64::from(byte & 31));
        Self(present | (bytes.len() as u64) << LENGTH_AT | prefix << PREFIX_AT)
    }

    /// The two halves, to stand among codes.
    pub fn halves(self) -> [Code; 2] {
        [self.0 as u32, (self.0 >> 32) as u32]
    }

    pub fn from_halves(low: Code, high: Code) -> Self {
        Self(u64::from(high) << 32 | u64::from(low))
    }

    fn len(self) -> u32 {
        (self.0 >> LENGTH_AT) as u32 & 127
    }

    /// Whether the texts may be within `limit` edits of each other. An edit
    /// takes away or adds at most one kind of byte each, and one of length.
    pub fn may_be_edited(self, other: Self, limit: u32) -> bool {
        self.len().abs_diff(other.len()) <= limit && ((self.0 ^ other.0) & PRESENT).count_ones() <= 2 * limit
    }

    /// Whether the one may begin with the other, if both have three bytes.
    pub fn may_begin(self, other: Self) -> bool {
        const THREE: u64 = (1 << 15) - 1;
        (self.0 ^ other.0) >> PREFIX_AT & THREE == 0
    }

    /// Whether the Jaro–Winkler similarity of the texts may reach `similarity`:
    /// bytes that only one side has find no partner.
    pub fn may_resemble(self, other: Self, similarity: f32) -> bool {
        let (a, b) = (self.len(), other.len());
        let alone = |x: Self, y: Self| (x.0 & !y.0 & PRESENT).count_ones();
        let matches = (a - alone(self, other)).min(b - alone(other, self)) as f32;
        if a == 0 || b == 0 {
            return true;
        }
        let jaro = (matches / a as f32 + matches / b as f32 + 1.0) / 3.0;
        let prefix = ((self.0 ^ other.0) >> PREFIX_AT | 1 << 20).trailing_zeros() / 5;
        jaro + prefix as f32 * 0.1 * (1.0 - jaro) >= similarity - SLACK
    }
}

#[cfg(test)]
mod tests {
    use super::super::metric::{edits, jaro_winkler};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_the_metrics_call_alike_is_never_ruled_out(
            a in "[a-d0-2 .-]{0,70}", mut edited in "[a-d0-2 .-]{0,3}", at in 0usize..70, cut in 0usize..3,
        ) {
            let at = at.min(a.len());
            edited.push_str(&a[at + cut.min(a.len() - at)..]);
            let b = format!("{}{edited}", &a[..at]);
            let (x, y) = (Signature::new(&a), Signature::new(&b));
            for limit in 0..4 {
                prop_assert!(edits(&a, &b, limit).is_none() || x.may_be_edited(y, limit as u32), "{a} {b}");
            }
            for similarity in [0.5, 0.8, 0.9, 0.94, 1.0] {
                prop_assert!(jaro_winkler(&a, &b) < similarity || x.may_resemble(y, similarity), "{a} {b}");
            }
        }

        #[test]
        fn so_are_any_two_texts(a in "[a-c]{0,8}", b in "[a-c]{0,8}") {
            let (x, y) = (Signature::new(&a), Signature::new(&b));
            for similarity in [0.5, 0.8, 0.9, 0.94] {
                prop_assert!(jaro_winkler(&a, &b) < similarity || x.may_resemble(y, similarity));
            }
        }
    }

    #[test]
    fn strangers_are_ruled_out() {
        let (x, y) = (Signature::new("lehmann.leonora"), Signature::new("p.kowalczyk"));
        assert!(!x.may_be_edited(y, 2) && !x.may_resemble(y, 0.9));
        assert_eq!(Signature::from_halves(x.halves()[0], x.halves()[1]), x);
    }
}
