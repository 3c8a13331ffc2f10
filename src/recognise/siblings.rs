//! Settles what only the columns beside a column tell: whether `name` is a
//! family name, which number is a house number, which column repeats others.

use super::profile::{Profile, hash, ratio};
use super::{Draft, Layout, content, shape};
use crate::record::{Attribute, Table};

/// Settles the drafts of one layout among each other.
pub(super) fn settle(layout: &mut Layout, tables: &[Table]) {
    first_or_family(&mut layout.drafts);
    whole_names(&mut layout.drafts);
    paired_names(&mut layout.drafts);
    birth_parts(&mut layout.drafts);
    streets(&mut layout.drafts);
    one_header_wins(&mut layout.drafts);
    repeats_of_parts(layout, tables);
    repeats_of_one(layout, tables);
}

fn has(drafts: &[Draft], attribute: Attribute) -> bool {
    drafts.iter().any(|draft| draft.attribute == attribute)
}

/// `fname` is the family name beside `gname`, else the first name.
fn first_or_family(drafts: &mut [Draft]) {
    let given = has(drafts, Attribute::GivenName);
    let family = has(drafts, Attribute::FamilyName);
    for draft in drafts.iter_mut().filter(|draft| draft.open == Open::FirstOrFamily) {
        draft.attribute = match (given, family) {
            (true, false) => Attribute::FamilyName,
            (false, true) => Attribute::GivenName,
            _ if content::given_leaning(&draft.profile) < 0.4 => Attribute::FamilyName,
            _ => Attribute::GivenName,
        };
    }
}

/// What a header left open, for the neighbours to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    No,
    FirstOrFamily,
    WholeName,
}

/// `name` alone: an organisation, a whole personal name, the family name beside
/// a given name, or the given name beside a family name.
fn whole_names(drafts: &mut [Draft]) {
    let given = has(drafts, Attribute::GivenName);
    let family = has(drafts, Attribute::FamilyName);
    for draft in drafts.iter_mut().filter(|draft| draft.open == Open::WholeName) {
        let several = draft.profile.share(|value| shape::words(value) >= 2);
        let organisations = draft.profile.share(shape::is_organisation);
        let persons = content::whole_names(&draft.profile);
        draft.attribute = match () {
            () if organisations >= 0.08 && persons < 0.3 => Attribute::Organisation,
            () if given && !family && several < 0.6 => Attribute::FamilyName,
            () if family && !given && several < 0.6 => Attribute::GivenName,
            () => Attribute::FullName,
        };
    }
}

/// Settles which of the columns that only their values show to be names is
/// which. Names that no list knows are told by their company: beside people's
/// other traits, the most varied single words are their names.
fn paired_names(drafts: &mut [Draft]) {
    let by_header = |draft: &Draft| draft.by_header && NAMES.contains(&draft.attribute);
    if drafts.iter().any(by_header) || has(drafts, Attribute::Organisation) {
        return;
    }
    if !has(drafts, Attribute::FamilyName) && places(drafts, Attribute::GivenName).len() >= 2 {
        let weakest = places(drafts, Attribute::GivenName)
            .into_iter()
            .min_by(|&a, &b| leaning(&drafts[a]).total_cmp(&leaning(&drafts[b])));
        if let Some(at) = weakest.filter(|&at| leaning(&drafts[at]) < 0.8) {
            drafts[at].become_by_values(Attribute::FamilyName, "names, beside given names");
        }
    }
    let persons = [Attribute::BirthDate, Attribute::BirthYear, Attribute::Gender, Attribute::GivenName];
    if persons.iter().any(|attribute| has(drafts, *attribute)) {
        unknown_names(drafts);
    }
    middle_names(drafts);
}

const NAMES: [Attribute; 3] = [Attribute::GivenName, Attribute::FamilyName, Attribute::FullName];

fn places(drafts: &[Draft], attribute: Attribute) -> Vec<usize> {
    (0..drafts.len()).filter(|&at| drafts[at].attribute == attribute).collect()
}

fn leaning(draft: &Draft) -> f64 {
    content::given_leaning(&draft.profile)
}

/// Given and family names that no list knows.
fn unknown_names(drafts: &mut [Draft]) {
    let fullest = |attribute| {
        let filled = places(drafts, attribute).into_iter().map(|at| drafts[at].profile.filled);
        filled.max().unwrap_or(0)
    };
    let (given, family) = (fullest(Attribute::GivenName), fullest(Attribute::FamilyName));
    let mut varied: Vec<usize> = (0..drafts.len())
        .filter(|&at| {
            let draft = &drafts[at];
            let single = |value: &str| {
                shape::words(value) == 1 && shape::letters(value) >= 2 && shape::digits(value) == 0
            };
            draft.attribute == Attribute::Text
                && !draft.by_header
                && draft.profile.sample.len() >= 40
                && draft.profile.share(single) >= 0.75
        })
        .collect();
    varied.sort_by_key(|&at| std::cmp::Reverse(drafts[at].profile.sample.len()));
    varied.truncate(2);
    varied.sort_by(|&a, &b| leaning(&drafts[b]).total_cmp(&leaning(&drafts[a])).then(a.cmp(&b)));
    let what = "single words as varied as names, beside people's other traits";
    match *varied.as_slice() {
        [first, second] if family == 0 && given < drafts[first].profile.filled / 2 => {
            drafts[first].become_by_values(Attribute::GivenName, what);
            drafts[second].become_by_values(Attribute::FamilyName, what);
        }
        [first, ..] if family == 0 && given > 0 => {
            let most =
                varied.iter().copied().max_by_key(|&at| drafts[at].profile.sample.len()).unwrap_or(first);
            drafts[most].become_by_values(Attribute::FamilyName, what);
        }
        [first, ..] if family > 0 && given < drafts[first].profile.filled / 2 => {
            drafts[first].become_by_values(Attribute::GivenName, what);
        }
        _ => {}
    }
}

/// Beside a given name, a sparser column of given names, or one of single
/// letters, holds the middle names.
fn middle_names(drafts: &mut [Draft]) {
    if has(drafts, Attribute::MiddleName) {
        return;
    }
    let given = places(drafts, Attribute::GivenName);
    let Some(fullest) = given.iter().map(|&at| drafts[at].profile.filled).max() else { return };
    for at in given {
        if drafts[at].profile.filled < fullest / 2 && !drafts[at].by_header {
            drafts[at].become_by_values(Attribute::MiddleName, "given names, beside a fuller column of them");
            return;
        }
    }
    let initials = |draft: &&mut Draft| {
        let letter = |value: &str| value.trim_end_matches('.').len() == 1 && shape::letters(value) == 1;
        draft.attribute == Attribute::Text
            && draft.profile.sample.len() >= 15
            && draft.profile.share(letter) >= 0.8
    };
    if let Some(draft) = drafts.iter_mut().filter(|draft| !draft.by_header).find(initials) {
        draft.become_by_values(Attribute::MiddleName, "single letters, beside a given name");
    }
}

/// A year of birth brings its month and day along, whatever they are called.
fn birth_parts(drafts: &mut [Draft]) {
    if !has(drafts, Attribute::BirthYear) {
        return;
    }
    for (attribute, highest, what) in [
        (Attribute::BirthMonth, 12, "months, beside a birth year"),
        (Attribute::BirthDay, 31, "days, beside a birth year"),
    ] {
        if has(drafts, attribute) {
            continue;
        }
        let fits = |draft: &&mut Draft| {
            let within =
                |value: &str| value.parse::<u8>().is_ok_and(|number| (1..=highest).contains(&number));
            let distinct = draft.profile.sample.iter().filter(|sampled| within(sampled.value)).count();
            draft.is_plain_number()
                && draft.profile.share(within) >= 0.97
                && distinct >= usize::from(highest) - 3
        };
        if let Some(draft) = drafts.iter_mut().find(fits) {
            draft.become_by_values(attribute, what);
        }
    }
}

/// Street with number, street alone, and the number's own column.
fn streets(drafts: &mut [Draft]) {
    house_number(drafts);
    let number = has(drafts, Attribute::HouseNumber);
    let street = has(drafts, Attribute::Street);
    for draft in drafts.iter_mut().filter(|draft| !draft.told) {
        let numbered = draft.profile.share(shape::has_street_number);
        match draft.attribute {
            // A number may also stand inside, before postcode and city.
            Attribute::Address
                if draft.by_header
                    && numbered < 0.2
                    && draft.profile.share(|value| value.contains(|c: char| c.is_ascii_digit())) < 0.2
                    && !street =>
            {
                draft.attribute = Attribute::Street;
                draft.reason.push_str(", without numbers");
            }
            Attribute::Street if numbered >= 0.4 && !number => {
                draft.attribute = Attribute::Address;
                draft.reason.push_str(", with numbers");
            }
            _ => {}
        }
    }
    let lines = has(drafts, Attribute::Street) || has(drafts, Attribute::Address);
    if !lines
        && let Some(draft) =
            drafts.iter_mut().find(|draft| draft.attribute == Attribute::AddressExtra && !draft.told)
    {
        let numbered =
            draft.profile.share(|value| shape::has_street_number(value) && shape::is_street(value));
        if numbered >= 0.4 {
            draft.attribute = Attribute::Address;
        }
    }
}

/// Beside a street without numbers, the nearest column of small numbers holds
/// them; without a street, none does.
fn house_number(drafts: &mut [Draft]) {
    let streets: Vec<usize> = (0..drafts.len())
        .filter(|&at| matches!(drafts[at].attribute, Attribute::Street | Attribute::Address))
        .collect();
    if drafts.iter().any(|draft| draft.by_header && draft.attribute == Attribute::HouseNumber) {
        return;
    }
    let numberlike: Vec<usize> = (0..drafts.len())
        .filter(|&at| {
            let draft = &drafts[at];
            draft.is_plain_number()
                && draft.profile.share(shape::is_house_number) >= 0.9
                && draft.profile.sample.len() >= 15
        })
        .collect();
    let bare = streets.iter().filter(|&&at| drafts[at].profile.share(shape::has_street_number) < 0.3);
    let nearest = bare
        .flat_map(|&street| numberlike.iter().map(move |&at| (at.abs_diff(street), at)))
        .min()
        .filter(|(distance, _)| *distance <= 4);
    for (at, draft) in drafts.iter_mut().enumerate() {
        match nearest {
            Some((_, chosen)) if chosen == at => {
                draft.become_by_values(Attribute::HouseNumber, "numbers, beside a street");
            }
            _ if draft.attribute == Attribute::HouseNumber && !draft.told => {
                draft.become_by_values(Attribute::Text, "short numbers, away from any street");
            }
            _ => {}
        }
    }
    ages(drafts);
}

/// Beside people's other traits, small numbers as spread as ages are ages.
fn ages(drafts: &mut [Draft]) {
    let persons = [Attribute::BirthDate, Attribute::BirthYear, Attribute::Gender];
    if has(drafts, Attribute::Age) || !persons.iter().any(|attribute| has(drafts, *attribute)) {
        return;
    }
    let fits = |draft: &&mut Draft| {
        let age = |value: &str| value.parse::<u8>().is_ok_and(|age| age <= 110);
        let unclaimed = draft.attribute == Attribute::Carried && draft.is_plain_number();
        unclaimed && draft.profile.sample.len() >= 40 && draft.profile.share(age) >= 0.97
    };
    if let Some(draft) = drafts.iter_mut().find(fits) {
        draft.become_by_values(Attribute::Age, "numbers as spread as ages");
    }
}

/// Where a header names the one column of an attribute, another that only
/// looks alike (a guardian's name, a date of death) is text of its own.
fn one_header_wins(drafts: &mut [Draft]) {
    let named: Vec<Attribute> =
        drafts.iter().filter(|draft| draft.by_header).map(|draft| draft.attribute).collect();
    let organisations = named.contains(&Attribute::Organisation);
    let family = named.contains(&Attribute::FamilyName);
    for draft in drafts.iter_mut().filter(|draft| !draft.by_header) {
        let several = matches!(
            draft.attribute,
            Attribute::Email
                | Attribute::Phone
                | Attribute::Identifier
                | Attribute::Text
                | Attribute::Carried
                | Attribute::Website
                | Attribute::SocialHandle
                | Attribute::Iban
                | Attribute::Address
                | Attribute::FullName
        );
        let staff =
            organisations && !family && matches!(draft.attribute, Attribute::FullName | Attribute::GivenName);
        if staff || (!several && named.contains(&draft.attribute)) {
            let what = draft.attribute.name();
            draft
                .reason
                .push_str(&format!(", beside the column of {}", if staff { "organisations" } else { what }));
            draft.attribute = Attribute::Text;
        }
    }
}

/// Whole names and whole addresses that say only what their parts say.
fn repeats_of_parts(layout: &mut Layout, tables: &[Table]) {
    const WHOLES: [(Attribute, [Attribute; 2], &str); 2] = [
        (
            Attribute::FullName,
            [Attribute::GivenName, Attribute::FamilyName],
            "repeats given_name and family_name",
        ),
        (Attribute::Address, [Attribute::Street, Attribute::HouseNumber], "repeats street and house_number"),
    ];
    for (whole, parts, reason) in WHOLES {
        let place = |attribute| layout.drafts.iter().position(|draft| draft.attribute == attribute);
        let (Some(first), Some(second)) = (place(parts[0]), place(parts[1])) else { continue };
        let wholes: Vec<usize> =
            (0..layout.drafts.len()).filter(|&at| layout.drafts[at].attribute == whole).collect();
        for at in wholes {
            if contains_parts(layout, tables, at, [first, second]) >= 0.6 {
                layout.drafts[at].carry(reason);
            }
        }
    }
}

/// The share of rows (drawn by the whole's hash) in which every word of the
/// parts stands in the whole, one slip allowed.
///
/// A whole that often stands without its parts is not redundant: 0.
fn contains_parts(layout: &Layout, tables: &[Table], whole: usize, parts: [usize; 2]) -> f64 {
    let (mut hits, mut all, mut alone) = (0, 0, 0);
    let profile = &layout.drafts[whole].profile;
    for &table in &layout.tables {
        let Some(table) = tables.get(table) else { continue };
        let columns = (table.columns.get(whole), table.columns.get(parts[0]), table.columns.get(parts[1]));
        let (Some(whole), Some(first), Some(second)) = columns else { continue };
        for row in 0..table.rows() {
            let value = whole.get(row).trim();
            if value.is_empty() || hash(value) > profile.hash_max.min(u64::MAX / 2) {
                continue;
            }
            let (first, second) = (first.get(row), second.get(row));
            if first.is_empty() || second.is_empty() {
                alone += usize::from(first.is_empty());
                continue;
            }
            let folded = shape::fold(value);
            let wanted = format!("{} {}", shape::fold(first), shape::fold(second));
            all += 1;
            hits +=
                usize::from(wanted.split(' ').all(|word| folded.split(' ').any(|other| alike(word, other))));
        }
    }
    if all < 5 || alone * 5 > all { 0.0 } else { ratio(hits, all) }
}

fn alike(a: &str, b: &str) -> bool {
    a == b || (a.len() >= 4 && b.len() >= 4 && strsim::osa_distance(a, b) <= 1)
}

/// A column whose values stand one to one for another's, such as a country's
/// name beside its code, is evidence only once.
fn repeats_of_one(layout: &mut Layout, tables: &[Table]) {
    for at in 1..layout.drafts.len() {
        for before in 0..at {
            let (one, other) = (&layout.drafts[before], &layout.drafts[at]);
            let comparable = one.attribute.is_evidence()
                && other.attribute.is_evidence()
                && (one.attribute == other.attribute
                    || !one.by_header && one.attribute == Attribute::Text
                    || !other.by_header && other.attribute == Attribute::Text);
            if !comparable || !repeats_enough(&one.profile) || !one_to_one(layout, tables, before, at) {
                continue;
            }
            let (keep, drop) = if other.by_header && !one.by_header { (at, before) } else { (before, at) };
            let reason = format!("repeats `{}`", layout.drafts[keep].name);
            layout.drafts[drop].carry(&reason);
        }
    }
}

/// Only values that stand in several rows can show that two columns go together.
fn repeats_enough(profile: &Profile) -> bool {
    let repeated: Vec<usize> =
        profile.sample.iter().map(|sampled| sampled.count).filter(|count| *count > 1).collect();
    let rows: usize = profile.sample.iter().map(|sampled| sampled.count).sum();
    repeated.len() >= 2 && repeated.iter().sum::<usize>() * 2 >= rows && rows >= 40
}

fn one_to_one(layout: &Layout, tables: &[Table], a: usize, b: usize) -> bool {
    layout.tables.iter().filter_map(|&table| tables.get(table)).all(|table| {
        let (Some(left), Some(right)) = (table.columns.get(a), table.columns.get(b)) else { return false };
        if left.values.len() != right.values.len() {
            return false;
        }
        let mut there = vec![None; left.values.len() + 1];
        let mut back = vec![None; right.values.len() + 1];
        left.codes.iter().zip(&right.codes).all(|(&left, &right)| {
            let (Some(there), Some(back)) = (there.get_mut(left as usize), back.get_mut(right as usize))
            else {
                return false;
            };
            *there.get_or_insert(right) == right && *back.get_or_insert(left) == left
        })
    })
}
