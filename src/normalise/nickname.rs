//! Which given names may be one person's: diminutives, short forms and
//! spellings in other languages. Spelling errors are no concern of it.

use super::Tables;
use super::text::fold;
use compact_str::CompactString;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

/// Names that go together.
#[derive(Default)]
pub struct Nicknames {
    groups: HashMap<CompactString, SmallVec<[u32; 4]>, FixedState>,
}

impl Nicknames {
    /// The names as they ship.
    pub fn table() -> &'static Self {
        &Tables::shipped().nicknames
    }

    /// The groups of a folded given name, ascending. Two names are forms of
    /// each other exactly when they share a group.
    ///
    /// Being forms is not transitive: Anja and Anke are both forms of Anna, and
    /// two women; so a group is a pair of names, or a name's forms that look
    /// alike (Kathi, Kathrin).
    pub fn groups(&self, folded: &str) -> &[u32] {
        self.groups.get(folded).map_or(&[], |groups| groups.as_slice())
    }

    /// Whether two folded given names may be one person's: equal, or forms of
    /// each other.
    pub fn same_person_name(&self, a: &str, b: &str) -> bool {
        a == b || share(self.groups(a), self.groups(b))
    }

    /// From names, each with its forms parted by blanks.
    pub(super) fn new<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut table = Self::default();
        let mut next = 0u32;
        for (name, forms) in names {
            let name = fold(name);
            let forms: SmallVec<[CompactString; 16]> =
                forms.split(' ').map(fold).filter(|form| !form.is_empty() && *form != name).collect();
            for (at, form) in forms.iter().enumerate() {
                table.join(&[&name, form], &mut next);
                for other in forms[at + 1..].iter().filter(|other| look_alike(form, other)) {
                    table.join(&[form, other], &mut next);
                }
            }
        }
        table
    }

    /// All names in it, folded.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(CompactString::as_str)
    }

    fn join(&mut self, names: &[&CompactString; 2], next: &mut u32) {
        // Groups are numbered upward, so they are sorted all along.
        if self.same_person_name(names[0], names[1]) {
            return;
        }
        for name in names {
            self.groups.entry((*name).clone()).or_default().push(*next);
        }
        *next += 1;
    }
}

/// One begins with the other, or they share their first four letters.
fn look_alike(a: &str, b: &str) -> bool {
    let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    shared >= 4 || shared >= 3 && (shared == a.len() || shared == b.len())
}

/// Whether two ascending lists have an element in common.
fn share(a: &[u32], b: &[u32]) -> bool {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(&&left), Some(&&right)) = (a.peek(), b.peek()) {
        match left.cmp(&right) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expect: bool) {
        assert_eq!(Nicknames::table().same_person_name(&fold(a), &fold(b)), expect, "{a} {b}");
        assert_eq!(Nicknames::table().same_person_name(&fold(b), &fold(a)), expect, "{b} {a}");
    }

    #[test]
    fn forms_of_one_name() {
        for (a, b) in [
            ("Hans", "Johannes"),
            ("Johann", "Johannes"),
            ("Sepp", "Josef"),
            ("Sascha", "Alexander"),
            ("Kathi", "Katharina"),
            ("Katja", "Katharina"),
            ("Stefan", "Stephan"),
            ("Fritz", "Friedrich"),
            ("Günter", "Günther"),
            ("Lisa", "Elisabeth"),
            ("Uli", "Ulrike"),
            ("Uli", "Ulrich"),
            ("Bob", "Robert"),
            ("Bill", "William"),
            ("Peggy", "Margaret"),
            ("Jürgen", "Georg"),
            ("Resi", "Theresia"),
            ("Nele", "Cornelia"),
            ("Karl", "Carl"),
            ("Bärbel", "Barbara"),
            ("Michi", "Michael"),
            ("Toni", "Antonia"),
            ("Jim", "James"),
        ] {
            check(a, b, true);
        }
    }

    #[test]
    fn different_names_stay_apart() {
        for (a, b) in [
            ("Anja", "Anke"),
            ("Hans", "Peter"),
            ("Ulrich", "Ulrike"),
            ("Maria", "Anna"),
            ("Christian", "Christoph"),
            ("Josef", "Johann"),
            ("Karl", "Kurt"),
        ] {
            check(a, b, false);
        }
    }

    #[test]
    fn groups_are_sorted() {
        assert!(Nicknames::table().groups.values().all(|groups| groups.is_sorted()));
    }
}
