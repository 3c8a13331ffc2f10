//! Text fit to be shown: without control and format characters, with single
//! spaces, composed, and with encoding accidents (`MÃ¼ller`) repaired.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Passes until nothing changes; each pass either ends it or shortens or
/// composes the text, and a text that needs more is no name.
const PASSES_MAX: usize = 8;

/// Cleans `raw` for display. Cleaning a clean text changes nothing.
pub fn clean(raw: &str) -> Cow<'_, str> {
    let mut text = clean_once(raw);
    // What one round takes away may leave quotes or references whole.
    for _ in 0..PASSES_MAX {
        if !text.bytes().any(|byte| matches!(byte, b'"' | b'&')) {
            break;
        }
        let next = clean_once(&text).into_owned();
        if next == text {
            break;
        }
        text = Cow::Owned(next);
    }
    text
}

fn clean_once(raw: &str) -> Cow<'_, str> {
    let raw = unquoted(raw);
    if raw.contains('&')
        && let Some(decoded) = without_entities(raw)
    {
        return Cow::Owned(clean_once(&decoded).into_owned());
    }
    if raw.is_ascii() {
        return clean_ascii(raw);
    }
    if is_plain(raw) {
        return Cow::Borrowed(raw);
    }
    let mut text = Cow::Borrowed(raw.trim());
    for _ in 0..PASSES_MAX {
        let Some(next) = pass(&text) else { break };
        text = Cow::Owned(next);
    }
    text
}

/// The text inside quotes that enclose all of it, as doubled CSV quoting
/// leaves them.
fn unquoted(raw: &str) -> &str {
    let mut text = raw;
    while let Some(inner) = text.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        if inner.contains('"') {
            break;
        }
        text = inner;
    }
    text
}

/// Character references of web forms (`M&uuml;ller`) written out.
fn without_entities(raw: &str) -> Option<String> {
    const ENTITIES: &[(&str, &str)] = &[
        ("&auml;", "ä"),
        ("&ouml;", "ö"),
        ("&uuml;", "ü"),
        ("&Auml;", "Ä"),
        ("&Ouml;", "Ö"),
        ("&Uuml;", "Ü"),
        ("&szlig;", "ß"),
        ("&eacute;", "é"),
        ("&egrave;", "è"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    let at = raw.find('&')?;
    raw[at..].find(';')?;
    let found = ENTITIES.iter().filter(|(entity, _)| raw.contains(entity));
    let mut out = None;
    for (entity, text) in found {
        out = Some(out.unwrap_or_else(|| raw.to_owned()).replace(entity, text));
    }
    out
}

/// Whether the text is ASCII words with single spaces and letters of Latin
/// alphabets, none of which can be part of an encoding accident: such text is
/// clean already.
fn is_plain(raw: &str) -> bool {
    let mut last_is_space = true;
    for ch in raw.chars() {
        let plain = match ch {
            ' ' => !last_is_space,
            '!'..='~' => true,
            // Without those that Windows-1252 has below 0xA0.
            'À'..='ő' | 'Ŕ'..='ş' | 'Ţ'..='ŷ' | 'Ź'..='ż' => true,
            _ => false,
        };
        if !plain {
            return false;
        }
        last_is_space = ch == ' ';
    }
    !last_is_space
}

fn clean_ascii(raw: &str) -> Cow<'_, str> {
    let text = raw.trim_matches(|ch: char| ch.is_ascii_whitespace() || ch.is_ascii_control());
    let bytes = text.as_bytes();
    let mut last_is_space = false;
    let mut tidy = true;
    for &byte in bytes {
        let space = byte == b' ';
        if byte < 0x20 || byte == 0x7f || space && last_is_space {
            tidy = false;
            break;
        }
        last_is_space = space;
    }
    if tidy {
        return Cow::Borrowed(text);
    }
    Cow::Owned(single_spaced(
        text.chars().map(|ch| if ch.is_ascii_whitespace() { ' ' } else { ch }).filter(is_shown),
    ))
}

/// One round over text beyond ASCII; `None` where nothing is to be done.
fn pass(text: &str) -> Option<String> {
    if let Some(repaired) = repair_mojibake(text) {
        return Some(repaired);
    }
    let composed = matches!(is_nfc_quick(text.chars()), IsNormalized::Yes);
    let compatible = text.chars().any(is_compatibility_form);
    let mut out = if compatible {
        single_spaced(text.nfkc().map(as_space).filter(is_shown))
    } else if composed {
        single_spaced(text.chars().map(as_space).filter(is_shown))
    } else {
        single_spaced(text.nfc().map(as_space).filter(is_shown))
    };
    if let Some(unmixed) = unmix_scripts(&out) {
        out = unmixed;
    }
    (out != text).then_some(out)
}

fn as_space(ch: char) -> char {
    if ch.is_whitespace() { ' ' } else { ch }
}

/// Neither a control nor an invisible format character, nor a private or
/// unassigned code that fonts show as a box.
fn is_shown(ch: &char) -> bool {
    !ch.is_control()
        && !matches!(ch,
            '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Ligatures, full-width and letter-like forms that stand for plain letters.
fn is_compatibility_form(ch: char) -> bool {
    matches!(ch, '\u{FB00}'..='\u{FB06}' | '\u{FF01}'..='\u{FFEE}' | '\u{2100}'..='\u{214F}' | '\u{1D400}'..='\u{1D7FF}' | '\u{2460}'..='\u{24FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

fn single_spaced(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for ch in chars {
        if ch == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(ch);
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// UTF-8 that was once read as Windows-1252, turned back, run by run.
fn repair_mojibake(text: &str) -> Option<String> {
    // Every such run begins with a lead byte of UTF-8, which Windows-1252
    // shows as one of these.
    if !text.chars().any(|ch| matches!(ch, 'Â'..='ß' | 'à'..='ô')) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(start) = rest.find(|ch: char| !ch.is_ascii()) {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let end = from.find(|ch: char| ch.is_ascii()).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        match repaired_run(run) {
            Some(repaired) => {
                changed = true;
                out.push_str(&repaired);
            }
            None => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn repaired_run(run: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = run.chars().map(windows_1252_byte).collect();
    let repaired = String::from_utf8(bytes?).ok()?;
    // A single character can't be the reading of a longer sequence.
    (repaired.chars().count() < run.chars().count()).then_some(repaired)
}

fn windows_1252_byte(ch: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    if let Ok(byte) = u8::try_from(ch) {
        return Some(byte);
    }
    HIGH.iter().position(|&high| high == ch).and_then(|at| u8::try_from(0x80 + at).ok())
}

/// Words that mix Latin with Cyrillic or Greek look-alikes, written in Latin.
fn unmix_scripts(text: &str) -> Option<String> {
    if !text.chars().any(|ch| matches!(ch, '\u{0370}'..='\u{03FF}' | '\u{0400}'..='\u{04FF}')) {
        return None;
    }
    let mixed = |word: &str| {
        word.chars().any(|ch| ch.is_ascii_alphabetic() || matches!(ch, 'À'..='ɏ'))
            && word.chars().any(|ch| latin_look_alike(ch).is_some())
    };
    let mut changed = false;
    let words: Vec<Cow<str>> = text
        .split_inclusive(|ch: char| !ch.is_alphabetic())
        .map(|word| {
            if mixed(word) {
                changed = true;
                Cow::Owned(word.chars().map(|ch| latin_look_alike(ch).unwrap_or(ch)).collect())
            } else {
                Cow::Borrowed(word)
            }
        })
        .collect();
    changed.then(|| words.concat())
}

fn latin_look_alike(ch: char) -> Option<char> {
    const CYRILLIC_GREEK: &str = "АВЕКМНОРСТУХЅІЈаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧον";
    const LATIN: &str = "ABEKMHOPCTYXSIJaeopcyxsijABEZHIKMNOPTYXov";
    CYRILLIC_GREEK.chars().zip(LATIN.chars()).find(|&(from, _)| from == ch).map(|(_, to)| to)
}

/// Gives text that is all capitals or all small the capitals of a name
/// (`MÜLLER-LÜDENSCHEIDT`, `hans`); text in mixed case stays as it is.
pub fn recase(text: &str) -> Cow<'_, str> {
    let mut upper = 0usize;
    let mut lower = 0usize;
    for ch in text.chars() {
        upper += usize::from(ch.is_uppercase());
        lower += usize::from(ch.is_lowercase());
        // Most texts show with their second letter that they are in mixed case.
        if upper > 0 && lower > 0 {
            return Cow::Borrowed(text);
        }
    }
    if upper + lower < 2 {
        return Cow::Borrowed(text);
    }
    // Initials and abbreviations (`J.R.`, `USA` of two letters) stay.
    if upper > 0 && upper < 3 && !text.chars().all(char::is_alphabetic) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    let mut word_start = 0;
    for ch in text.chars() {
        if begins {
            word_start = out.len();
            out.extend(ch.to_uppercase());
        } else {
            out.extend(ch.to_lowercase());
        }
        begins = !ch.is_alphanumeric() && !matches!(ch, '\u{0300}'..='\u{036F}');
        // A possessive s is no new word: `JOHN'S`.
        if matches!(ch, '\'' | '’') && out.len() - word_start > 3 {
            begins = false;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: &str) {
        assert_eq!(clean(raw), expect, "{raw:?}");
        assert_eq!(clean(expect), expect, "{raw:?} twice");
    }

    #[test]
    fn mojibake_is_repaired() {
        check("MÃ¼ller", "Müller");
        check("GroÃŸ", "Groß");
        check("MÃƒÂ¼ller", "Müller");
        check("Oâ€™Neal", "O’Neal");
        check("CafÃ© MÃ¼ller", "Café Müller");
        check("Müller", "Müller");
        check("Äöüß", "Äöüß");
    }

    #[test]
    fn invisible_characters_and_spaces_go() {
        check("  Hans\u{00a0} \tPeter\u{200b} ", "Hans Peter");
        check("Mu\u{0308}ller", "Müller");
        check("a\u{0000}b", "ab");
        check("R&amp\u{0000}; D", "R& D");
        check("Ｍüller", "Müller");
    }

    #[test]
    fn look_alikes_become_latin_in_mixed_words_only() {
        check("Мüller", "Müller");
        check("aУa", "aYa");
        check("Анна", "Анна");
    }

    #[test]
    fn shouting_is_recased() {
        assert_eq!(recase("MÜLLER-LÜDENSCHEIDT"), "Müller-Lüdenscheidt");
        assert_eq!(recase("o'neal"), "O'Neal");
        assert_eq!(recase("McDonald"), "McDonald");
        assert_eq!(recase("J."), "J.");
    }
}
