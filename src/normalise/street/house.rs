//! House numbers: finding them in a street line and writing them one way.

use crate::normalise::{Tables, address, text};
use compact_str::CompactString;
use smallvec::SmallVec;
use std::borrow::Cow;

/// A street line taken apart, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    pub street: &'a str,
    pub number: Option<&'a str>,
    /// What follows the number: floor, door, building.
    pub extra: Option<&'a str>,
}

/// A word of the line with its place in it.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    /// A comma stands right after it.
    comma: bool,
}

type Tokens<'a> = SmallVec<[Token<'a>; 8]>;

fn tokens(line: &str) -> Tokens<'_> {
    let mut tokens = Tokens::new();
    let mut start: Option<usize> = None;
    for (at, ch) in line.char_indices() {
        // `12/Top 7`: a slash before a word parts it from the number.
        let parts =
            ch == '/' && start.is_some_and(|begin| is_number_before_word(&line[begin..at], &line[at + 1..]));
        let gap = ch == ' ' || ch == ',' || ch == ';' || parts;
        match start {
            None if !gap => start = Some(at),
            Some(begin) if gap => {
                tokens.push(Token { text: &line[begin..at], start: begin, end: at, comma: ch != ' ' });
                start = None;
            }
            None if ch != ' ' => {
                if let Some(last) = tokens.last_mut() {
                    last.comma = true;
                }
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        tokens.push(Token { text: &line[begin..], start: begin, end: line.len(), comma: false });
    }
    tokens
}

fn is_number_before_word(before: &str, after: &str) -> bool {
    before.starts_with(|ch: char| ch.is_ascii_digit())
        && after.bytes().take(2).filter(u8::is_ascii_alphabetic).count() == 2
}

/// Splits the house number off a street line, at either end.
pub fn split_number<'a>(line: &'a str, tables: &Tables) -> Split<'a> {
    let whole = Split { street: line, number: None, extra: None };
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return whole;
    }
    let tokens = tokens(line);
    if tokens.len() < 2 {
        return split_glued(line).unwrap_or(whole);
    }
    leading(line, &tokens, tables).or_else(|| trailing(line, &tokens, tables)).unwrap_or(whole)
}

/// `Hauptstr.12a`: no space at all.
fn split_glued(line: &str) -> Option<Split<'_>> {
    let at = line.find(|ch: char| ch.is_ascii_digit())?;
    let (street, number) = line.split_at(at);
    let letters = street.chars().filter(|ch| ch.is_alphabetic()).count();
    (letters >= 4 && is_house_number(number)).then(|| Split {
        street: street.trim_end_matches([' ', ',']),
        number: Some(number),
        extra: None,
    })
}

/// `123 Main St`, `12 bis, rue Victor Hugo`.
fn leading<'a>(line: &'a str, tokens: &[Token<'a>], tables: &Tables) -> Option<Split<'a>> {
    let first = tokens[0];
    let grid = tokens.iter().take_while(|token| is_grid_number(token.text)).count();
    if grid > 0 && tokens.len() >= grid + 2 && (grid > 1 || line.is_ascii()) {
        let (street, extra) = split_extra(&line[tokens[grid].start..], tables);
        return Some(Split { street, number: Some(&line[first.start..tokens[grid - 1].end]), extra });
    }
    // `17. Juni` and `2nd Street` begin with an ordinal.
    if !is_house_number(first.text) || first.text.ends_with('.') {
        return None;
    }
    let mut count = 1;
    while count < tokens.len() - 1
        && (is_letter_suffix(tokens[count].text) && tokens[count].text.len() > 1
            || is_fraction(tokens[count].text))
    {
        count += 1;
    }
    // `12 A Street` is ambiguous; a single letter belongs to the number only
    // before a comma.
    if count == 1 && tokens.len() > 2 && is_letter_suffix(tokens[1].text) && tokens[1].comma {
        count = 2;
    }
    let rest = tokens.get(count)?;
    let street = &line[rest.start..];
    if !street.chars().any(char::is_alphabetic) || is_house_number(rest.text) {
        return None;
    }
    // `184 street` is a street that has only a number for its name.
    if tokens.len() == count + 1
        && super::is_kind_word(&text::fold(rest.text), tables)
        && !rest.text.eq_ignore_ascii_case("broadway")
    {
        return None;
    }
    let number = &line[first.start..tokens[count - 1].end];
    let (street, extra) = split_extra(street, tables);
    Some(Split { street, number: Some(number), extra })
}

/// `Main St Apt 4`: the unit behind an English street line.
fn split_extra<'a>(street: &'a str, tables: &Tables) -> (&'a str, Option<&'a str>) {
    let tokens = tokens(street);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let next = tokens.get(at + 1);
        let named =
            address::is_unit_word(token.text, tables) && next.is_some_and(|next| next.text.len() <= 6);
        let hash = token.text.starts_with('#');
        let ordinal = next.is_some_and(|next| address::is_unit_word(next.text, tables))
            && address::is_ordinal(token.text);
        if named || hash || ordinal {
            return (street[..token.start].trim_end_matches([' ', ',', '-']), Some(&street[token.start..]));
        }
        if tokens[at - 1].comma && address::mentions_unit(&street[token.start..], tables) {
            return (street[..tokens[at - 1].end].trim_end_matches([' ', ',']), Some(&street[token.start..]));
        }
    }
    (street.trim_end_matches([' ', ',']), None)
}

/// `Hauptstr. 12 a, 3. OG`.
fn trailing<'a>(line: &'a str, tokens: &[Token<'a>], tables: &Tables) -> Option<Split<'a>> {
    for at in 1..tokens.len() {
        let token = tokens[at];
        if !is_house_number(token.text) {
            continue;
        }
        // `Q 5, 14`: blocks of Mannheim bear letter and number.
        let block = at == 1 && tokens[0].text.len() == 1;
        if block {
            continue;
        }
        // `Straße 12 Nr. 5` and `Allee 3 12`: the later number is the house's.
        if is_number_label(tokens.get(at + 1).map_or("", |next| next.text)) {
            continue;
        }
        let mut end = at + 1;
        while end < tokens.len() && !tokens[end - 1].comma && continues_number(tokens, end) {
            end += 1;
        }
        let rest = tokens.get(end);
        let fits = match rest {
            None => true,
            Some(next) => {
                tokens[end - 1].comma
                    || is_storey(next.text)
                    || address::mentions_unit(&line[next.start..], tables)
            }
        };
        if !fits {
            continue;
        }
        if is_numbered_way(tokens, at) {
            continue;
        }
        let label = usize::from(at > 1 && is_number_label(tokens[at - 1].text));
        let street = line[..tokens[at - 1 - label].end].trim_end_matches([' ', ',', '-', '/']);
        if !street.chars().any(char::is_alphabetic) {
            continue;
        }
        let number = &line[token.start..tokens[end - 1].end];
        let extra = rest.map(|next| line[next.start..].trim_start_matches(['/', '-', ' ']));
        return Some(Split { street, number: Some(number), extra: extra.filter(|extra| !extra.is_empty()) });
    }
    None
}

/// `US Hwy 50`, `County Road 12`: the number is the way's own name.
fn is_numbered_way(tokens: &[Token], at: usize) -> bool {
    let lower = |index: usize| tokens[index].text.trim_end_matches('.').to_ascii_lowercase();
    let before = lower(at - 1);
    let kind = matches!(
        before.as_str(),
        "hwy"
            | "highway"
            | "rte"
            | "route"
            | "interstate"
            | "fm"
            | "us"
            | "u.s"
            | "sr"
            | "cr"
            | "pr"
            | "business"
            | "bundesstrasse"
            | "bundesstraße"
            | "b"
            | "m"
            | "a"
    );
    kind || matches!(before.as_str(), "road" | "rd")
        && at > 1
        && matches!(lower(at - 2).as_str(), "county" | "country" | "state" | "co" | "cnty")
}

/// `III`: a storey in Roman numerals.
fn is_storey(text: &str) -> bool {
    matches!(text, "II" | "III" | "IV" | "VI" | "VII")
}

fn is_number_label(text: &str) -> bool {
    const LABELS: &[&str] =
        &["nr", "no", "num", "nummer", "hausnummer", "hausnr", "haus-nr", "hnr", "n°", "nº", "№", "#"];
    let bare = text.trim_end_matches('.');
    !bare.is_empty()
        && !bare.as_bytes()[0].is_ascii_digit()
        && LABELS.iter().any(|label| bare.eq_ignore_ascii_case(label))
}

fn continues_number(tokens: &[Token], at: usize) -> bool {
    let text = tokens[at].text;
    let joins = |text: &str| matches!(text, "-" | "–" | "/" | "+" | "bis" | "&" | "u." | "und");
    if joins(text) {
        return tokens
            .get(at + 1)
            .is_some_and(|next| is_house_number(next.text) || is_letter_suffix(next.text));
    }
    if joins(tokens[at - 1].text) {
        return is_house_number(text) || is_letter_suffix(text);
    }
    is_fraction(text)
        || is_letter_suffix(text)
        || (text.starts_with(['-', '/', '–'])
            && text.len() > 1
            && is_house_number(&text[text.char_indices().nth(1).map_or(1, |(at, _)| at)..]))
}

/// `N165`, `W2123`: numbers of Wisconsin's grid.
pub fn is_grid_number(word: &str) -> bool {
    match word.as_bytes() {
        [b'N' | b'S' | b'E' | b'W', digits @ ..] => {
            digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn is_fraction(text: &str) -> bool {
    matches!(text, "1/2" | "1/4" | "3/4" | "½" | "¼" | "¾")
}

/// `a`, `B`, `A-C`, `bis`, `ter` after a number.
fn is_letter_suffix(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [only] if only.is_ascii_alphabetic())
        || matches!(bytes, [first, b'-', last] if first.is_ascii_alphabetic() && last.is_ascii_alphabetic())
        || ["bis", "ter", "quater"].iter().any(|suffix| text.eq_ignore_ascii_case(suffix))
}

/// Whether `text` has the shape of a house number: `12`, `12a`, `12-14`,
/// `12/3/7`, `12½`.
pub fn is_house_number(text: &str) -> bool {
    let text = text.trim_matches([',', ';']).trim_start_matches('#');
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) || text.len() > 16 {
        return false;
    }
    // Every group is digits with at most two letters: no `17.`, no `96th`.
    text.split(['-', '/', '–', '+', '\\']).all(|group| {
        let digits = group.bytes().take_while(u8::is_ascii_digit).count();
        let tail = &group[digits..];
        digits <= 6
            && (digits > 0 && is_tail(tail)
                || digits == 0 && group.len() == 1 && group.bytes().all(|byte| byte.is_ascii_alphabetic()))
    })
}

fn is_tail(tail: &str) -> bool {
    tail.is_empty()
        || tail.len() == 1 && tail.bytes().all(|byte| byte.is_ascii_alphabetic())
        || matches!(tail, "½" | "¼" | "¾" | "bis" | "ter")
}

/// The comparison form of a house number: lower case, no spaces or label.
pub fn canonical(clean: &str) -> CompactString {
    let mut out = CompactString::default();
    let body = bound(without_label(clean));
    for ch in body.chars() {
        match ch {
            '0'..='9' => out.push(ch),
            'a'..='z' => out.push(ch),
            'A'..='Z' => out.push(ch.to_ascii_lowercase()),
            '-' | '/' => out.push(ch),
            '–' | '—' | '‐' | '‑' => out.push('-'),
            '\\' => out.push('/'),
            '½' => out.push_str("1/2"),
            '¼' => out.push_str("1/4"),
            '¾' => out.push_str("3/4"),
            '+' | '&' | ',' => out.push('-'),
            _ if ch.is_ascii() => {}
            _ => out.extend(
                any_ascii::any_ascii_char(ch)
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|ch| ch.to_ascii_lowercase()),
            ),
        }
    }
    let trimmed = out.trim_matches(['-', '/']);
    // A spreadsheet's or a register's leading zeros.
    let digits = trimmed.trim_start_matches('0');
    if digits.len() < trimmed.len() && digits.starts_with(|ch: char| ch.is_ascii_digit()) {
        return digits.into();
    }
    if trimmed.len() == out.len() { out } else { trimmed.into() }
}

/// Fit to be shown: no label, no space before the letter.
pub fn shown(clean: &str) -> CompactString {
    let body = bound(without_label(clean));
    let mut out = CompactString::default();
    let mut chars = body.chars().peekable();
    while let Some(ch) = chars.next() {
        let letter_follows =
            chars.peek().is_some_and(|next| next.is_alphabetic() || matches!(next, '-' | '/' | '–'));
        let after_join = out.ends_with(['-', '/', '–']);
        if ch == ' ' && (letter_follows || after_join) {
            continue;
        }
        out.push(ch);
    }
    out
}

/// `5 und 7` as `5-7`.
fn bound(number: &str) -> Cow<'_, str> {
    if !number.contains(" u") {
        return number.into();
    }
    number.replace(" und ", "-").replace(" u. ", "-").replace(" u ", "-").into()
}

fn without_label(clean: &str) -> &str {
    let text = clean.strip_suffix(".0").unwrap_or(clean).trim_matches([' ', '.', ',', ';', ':']);
    let at = text.find(|ch: char| ch.is_ascii_digit()).unwrap_or(0);
    let label = text[..at].trim_end_matches([' ', ':', '.', '#']);
    if label.is_empty() || is_number_label(label) { &text[at..] } else { text }
}
