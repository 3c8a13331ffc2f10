//! What an address line writes around a name: `z. Hd.`, `An Frau`, `c/o Huber`.

use super::title::is_title_word;
use crate::normalise::{Tables, text::fold};

/// Words that address what follows, in small letters.
const OPENERS: &[&str] = &[
    "z. hd. von ",
    "z.hd. von ",
    "z. hd. ",
    "z.hd. ",
    "z.hd.",
    "z. hdn. ",
    "zhd. ",
    "zhd ",
    "zu händen von ",
    "zu händen ",
    "zu haenden ",
    "zu handen ",
    "zu hd. ",
    "attn. ",
    "attn: ",
    "attn ",
    "sehr geehrte ",
    "sehr geehrter ",
    "an die ",
    "an den ",
    "an ",
];

/// The name without what addresses it and whoever it lives with.
pub fn name_itself<'n>(clean: &'n str, tables: &Tables) -> &'n str {
    without_host(without_opener(clean, tables))
}

fn without_opener<'n>(clean: &'n str, tables: &Tables) -> &'n str {
    if !clean.starts_with(['z', 'Z', 'a', 'A', 's', 'S']) {
        return clean;
    }
    let lower = clean.to_lowercase();
    // Small letters may be longer than the capitals they stand for.
    let Some(opener) = OPENERS.iter().find(|opener| lower.starts_with(**opener)) else { return clean };
    let Some(rest) = clean.get(opener.len()..).map(str::trim_start) else { return clean };
    let first = fold(rest.split(' ').next().unwrap_or(""));
    let sure = !opener.starts_with("an ") || is_title_word(&first, tables);
    if sure && rest.chars().any(char::is_alphabetic) { rest } else { clean }
}

/// `Eva Maier, c/o Huber` → `Eva Maier`.
fn without_host(name: &str) -> &str {
    let Some(at) = ["c/o", "C/O", "C/o", "c / o"].iter().find_map(|mark| name.find(mark)) else {
        return name;
    };
    let before = name[..at].trim_end_matches([' ', ',', ';', '-']);
    if before.chars().any(char::is_alphabetic) && before.len() < at { before } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_address_lines() {
        for (line, expect) in [
            ("z. Hd. Frau Eva Maier", "Frau Eva Maier"),
            ("zu Händen Hans Müller", "Hans Müller"),
            ("An Frau Eva Müller", "Frau Eva Müller"),
            ("An Nguyen", "An Nguyen"),
            ("Eva Maier, c/o Huber", "Eva Maier"),
            ("c/o Huber", "c/o Huber"),
            ("Attila Huber", "Attila Huber"),
        ] {
            assert_eq!(name_itself(line, Tables::shipped()), expect, "{line}");
        }
    }
}
