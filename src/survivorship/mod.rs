//! Chooses, for one customer, which record's value each field of the golden
//! record shows, and so keeps its lineage. Deterministic: what no preference
//! decides, the value's text and then the lower record do.

use crate::record::{Attribute, Verdict};
use crate::rules::{Preference, SurvivorshipRule};
use std::cmp::{Ordering, Reverse};

/// One value that a member of the customer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub record: u32,
    /// The slot of the field that it stands in.
    pub slot: u8,
    pub display: &'a str,
    /// Its comparison form; empty for values that are no evidence, which then
    /// count as different.
    pub canonical: &'a str,
    pub verdict: Verdict,
    /// 1 is trusted most; sources without a rank come last.
    pub source_priority: u32,
    /// Seconds since 1970.
    pub updated_at: Option<i64>,
}

/// The order in which preferences are tried for `field`.
pub fn order<'r>(rules: &'r [SurvivorshipRule], field: &str, attribute: Attribute) -> &'r [Preference] {
    const DEFAULT: &[Preference] = &[
        Preference::Verified,
        Preference::SourcePriority,
        Preference::MostFrequent,
        Preference::MostRecent,
        Preference::Longest,
    ];
    const CONSENT: &[Preference] = &[Preference::MostRestrictive, Preference::MostRecent];
    let named = rules.iter().find(|rule| rule.field.as_deref() == Some(field));
    let general = rules.iter().find(|rule| rule.field.is_none() && attribute != Attribute::Consent);
    match named.or(general) {
        Some(rule) => &rule.order,
        None if attribute == Attribute::Consent => CONSENT,
        None => DEFAULT,
    }
}

/// The place of the value to show among `candidates`; `None` where there is none.
pub fn choose(candidates: &[Candidate], order: &[Preference]) -> Option<usize> {
    if candidates.len() < 2 {
        return candidates.iter().position(|candidate| candidate.verdict.is_shown());
    }
    let shown = candidates.iter().filter(|candidate| candidate.verdict.is_shown());
    let best = shown.min_by(|a, b| compare(a, b, candidates, order))?;
    candidates.iter().position(|candidate| candidate == best)
}

fn compare(a: &Candidate, b: &Candidate, all: &[Candidate], order: &[Preference]) -> Ordering {
    let by_preference = order.iter().map(|preference| preferred(*preference, a, b, all));
    by_preference
        .fold(Ordering::Equal, Ordering::then)
        .then_with(|| looks(b.display).cmp(&looks(a.display)))
        .then_with(|| a.display.cmp(b.display))
        .then_with(|| (a.record, a.slot).cmp(&(b.record, b.slot)))
}

/// `Less` where `a` is to be shown rather than `b`.
fn preferred(preference: Preference, a: &Candidate, b: &Candidate, all: &[Candidate]) -> Ordering {
    match preference {
        Preference::Verified => a.verdict.cmp(&b.verdict),
        Preference::SourcePriority => a.source_priority.cmp(&b.source_priority),
        Preference::MostRecent => Reverse(a.updated_at).cmp(&Reverse(b.updated_at)),
        Preference::MostFrequent => holders(b, all).cmp(&holders(a, all)),
        Preference::Longest => b.display.chars().count().cmp(&a.display.chars().count()),
        Preference::MostRestrictive => refuses(b.display).cmp(&refuses(a.display)),
    }
}

/// How many candidates hold the same value.
fn holders(candidate: &Candidate, all: &[Candidate]) -> usize {
    let same = |other: &&Candidate| {
        other.canonical == candidate.canonical
            && (!candidate.canonical.is_empty() || other.display == candidate.display)
    };
    all.iter().filter(same).count()
}

/// Text in mixed case was typed with more care than text in one case.
fn looks(display: &str) -> bool {
    display.chars().any(char::is_uppercase) && display.chars().any(char::is_lowercase)
}

/// Whether a consent value refuses; what it does not clearly grant, it refuses.
fn refuses(display: &str) -> bool {
    const GRANTS: [&str; 14] = [
        "1",
        "ja",
        "j",
        "yes",
        "y",
        "true",
        "wahr",
        "granted",
        "opt-in",
        "optin",
        "erteilt",
        "zugestimmt",
        "x",
        "aktiv",
    ];
    !GRANTS.contains(&display.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(record: u32, display: &'static str, canonical: &'static str) -> Candidate<'static> {
        Candidate {
            record,
            slot: 0,
            display,
            canonical,
            verdict: Verdict::Valid,
            source_priority: u32::MAX,
            updated_at: Some(i64::from(record)),
        }
    }

    #[test]
    fn the_value_of_most_records_wins_in_its_best_form() {
        let candidates =
            [candidate(0, "MÜLLER", "1"), candidate(1, "Müller", "1"), candidate(2, "Möller", "2")];
        let order = order(&[], "family_name", Attribute::FamilyName);
        assert_eq!(choose(&candidates, order), Some(1));
    }

    #[test]
    fn preferences_are_tried_in_order() {
        let mut candidates = [candidate(0, "Alt", "1"), candidate(1, "Neu", "2")];
        assert_eq!(choose(&candidates, &[Preference::MostRecent]), Some(1));
        candidates[0].source_priority = 1;
        assert_eq!(choose(&candidates, &[Preference::SourcePriority, Preference::MostRecent]), Some(0));
        candidates[0].verdict = Verdict::Doubtful;
        assert_eq!(choose(&candidates, &[Preference::Verified]), Some(1));
    }

    #[test]
    fn one_refusal_withdraws_consent() {
        let candidates = [candidate(0, "ja", "1"), candidate(1, "nein", "2"), candidate(2, "ja", "1")];
        assert_eq!(choose(&candidates, order(&[], "consent", Attribute::Consent)), Some(1));
    }
}
