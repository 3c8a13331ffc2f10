//! Legal forms of companies and clubs in Europe and North America, as rows of
//! folded words, and taking them off a name.

use crate::normalise::table::Table;

/// The folded name without the legal forms it ends in; a name that is nothing
/// but a legal form is kept whole.
pub fn without<'n>(folded: &'n str, forms: &Table) -> &'n str {
    let mut kept = in_being(folded, forms);
    while let Some(start) = trailing(kept, forms) {
        kept = &kept[..start];
    }
    // What binds a form to the name goes with it: `Müller und [Co. KG]`.
    let bound = kept.strip_suffix(" und").or_else(|| kept.strip_suffix(" and"));
    bound.unwrap_or(kept)
}

/// `Huber GmbH i. L.`: without what says that the company is being founded or
/// wound up, which only a legal form can be.
fn in_being<'n>(folded: &'n str, forms: &Table) -> &'n str {
    const STATES: [&str; 6] = [" i g", " i l", " in grundung", " in liquidation", " in liqu", " i liqu"];
    let bare = STATES.iter().find_map(|state| folded.strip_suffix(state));
    bare.filter(|bare| trailing(bare, forms).is_some()).unwrap_or(folded)
}

/// Marks in the middle of a name with a second name or a profession behind.
const MARKS: [&str; 4] = ["dba ", "d b a ", "attorney at law", "and subsidiaries"];

/// Where a second name begins behind the first: `kaleo inc [dba cleos]`.
pub fn second_name(folded: &str) -> Option<usize> {
    let mut spaces = folded.bytes().enumerate().filter(|(_, byte)| *byte == b' ').map(|(at, _)| at);
    spaces.find(|at| {
        let rest = folded.get(at + 1..).unwrap_or("");
        // Few words begin like one of the marks.
        rest.starts_with(['d', 'a']) && MARKS.iter().any(|mark| rest.starts_with(mark))
    })
}

/// Where the name ends before the longest legal form that closes it; at least
/// one word stays.
fn trailing(folded: &str, forms: &Table) -> Option<usize> {
    const WORDS_MAX: usize = 8;
    let mut longest = None;
    for (space, _) in folded.rmatch_indices(' ').take(WORDS_MAX) {
        if forms.contains(&folded[space + 1..]) {
            longest = Some(space);
        }
    }
    longest
}
