//! "Did you mean": the known word nearest to one that is not known.

/// What other tools and people call things.
const SYNONYMS: &[(&str, &str)] = &[
    ("equal", "same"),
    ("equals", "same"),
    ("exact", "same"),
    ("identical", "same"),
    ("like", "similar"),
    ("fuzzy", "similar"),
    ("empty", "missing"),
    ("null", "missing"),
    ("unlike", "different"),
    ("match", "link"),
    ("merge", "link"),
    ("newest", "most_recent"),
    ("latest", "most_recent"),
    ("frequent", "most_frequent"),
    ("priority", "source_priority"),
    ("soundex", "cologne"),
    ("left", "prefix"),
    ("right", "suffix"),
    ("substr", "prefix"),
    ("first_name", "given_name"),
    ("last_name", "family_name"),
    ("surname", "family_name"),
    ("zip", "postcode"),
    ("plz", "postcode"),
    ("company", "organisation"),
    ("dob", "birth_date"),
    ("town", "city"),
    ("mail", "email"),
    ("telephone", "phone"),
    ("mobile", "phone"),
    ("sex", "gender"),
    ("threshold", "thresholds"),
    ("columns", "column"),
    ("rules", "rule"),
];

/// The candidate that `word` was probably meant to be.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace(['-', ' '], "_");
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == folded).map(|(_, known)| *known);
    if let Some(known) = candidates.iter().find(|candidate| Some(**candidate) == synonym) {
        return Some(known);
    }
    let slips_max = match folded.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// The words in backticks, parted by commas.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// ``did you mean `email`?``, or else the words there are.
pub(super) fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match closest(word, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => format!("use one of {}", list(candidates)),
    }
}
