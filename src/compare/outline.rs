//! A name in two words: enough to see of most unequal names that they have
//! nothing in common, without a look at either, which would wait for memory. It
//! never says so of names that comparing them calls anything but different.

use super::name;
use super::signature::Signature;

/// Of a name of one word of two letters or more; of any other it says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outline {
    signature: Signature,
    /// A bit for each group of names that are forms of each other.
    groups: u64,
}

impl Outline {
    /// `groups` are those that the name belongs to.
    pub fn new(name: &str, groups: &[u32]) -> Self {
        if name.len() < 2 || name.contains(' ') {
            return Self::default();
        }
        let bit = |group: &u32| 1 << (group.wrapping_mul(0x9e37_79b1) >> 26);
        Self { signature: Signature::new(name), groups: groups.iter().map(bit).fold(0, |all, bit| all | bit) }
    }

    /// Whether unequal names of these outlines are sure to be different.
    #[inline]
    pub fn are_strangers(self, other: Self) -> bool {
        let (x, y) = (self.signature, other.signature);
        let known = x != Signature::default() && y != Signature::default();
        known
            && self.groups & other.groups == 0
            && !x.may_be_edited(y, name::SLIPS_MAX)
            && !x.may_begin(y)
            && !x.may_resemble(y, name::SIMILAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::nickname::Nicknames;
    use crate::rules::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strangers_are_different_by_comparing_too(a in "[a-e ]{1,9}", b in "[a-h]{1,9}") {
            let (x, y) = (Outline::new(&a, &[]), Outline::new(&b, &[]));
            if a != b && x.are_strangers(y) {
                prop_assert_eq!(name::family(&a, &b), Level::Different);
                prop_assert_eq!(name::given(&a, &b, |_, _| false), Level::Different);
            }
        }
    }

    #[test]
    fn forms_of_a_name_are_no_strangers() {
        let table = Nicknames::table();
        let outline = |name| Outline::new(name, table.groups(name));
        for (a, b) in [("william", "bill"), ("elisabeth", "lisa"), ("johannes", "hans")] {
            assert!(table.same_person_name(a, b) && !outline(a).are_strangers(outline(b)), "{a} {b}");
        }
        // Groups share bits, so not all that have nothing in common are ruled out.
        let pairs = [("bill", "hans"), ("ralf", "ute"), ("marek", "gudrun"), ("detlef", "chiara")];
        let ruled_out = pairs.iter().filter(|(a, b)| outline(a).are_strangers(outline(b))).count();
        assert!(ruled_out >= 2, "{ruled_out}");
    }
}
