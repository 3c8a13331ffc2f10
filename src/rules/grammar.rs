//! The two small languages inside rule files: blocking keys such as
//! `prefix(family_name, 4) + year(birth_date)`, and conditions such as `email
//! is same and name is at least similar`. Which fields exist is not known here.

use super::closest::{list, suggestion};
use super::{Condition, KeyExpression, KeyFunction, KeyRule, Level, LevelTest};
use crate::record::Attribute;
use std::ops::Range;

/// What is wrong within an expression; the span counts from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slip {
    pub message: String,
    pub span: Range<usize>,
    pub hint: Option<String>,
}

fn slip(message: impl Into<String>, span: Range<usize>, hint: impl Into<String>) -> Slip {
    Slip { message: message.into(), span, hint: Some(hint.into()) }
}

/// Every function of a key.
pub(super) const FUNCTIONS: &[KeyFunction] = &[
    KeyFunction::Value,
    KeyFunction::First,
    KeyFunction::Prefix,
    KeyFunction::Suffix,
    KeyFunction::Cologne,
    KeyFunction::Metaphone,
    KeyFunction::Word,
    KeyFunction::Year,
    KeyFunction::MonthDay,
    KeyFunction::LocalPart,
    KeyFunction::Deletion,
];

const KEY_HINT: &str = "write `email`, or `prefix(family_name, 4) + year(birth_date)`";
const CONDITION_HINT: &str = "write `email is same and name is at least similar`";

/// Reads a blocking key: expressions joined by `+`.
pub(super) fn key(text: &str, slips: &mut Vec<Slip>) -> Option<KeyRule> {
    let before = slips.len();
    let mut expressions: Vec<KeyExpression> = Vec::new();
    let mut start = 0;
    for part in text.split('+') {
        let span = trimmed(part, start);
        start += part.len() + 1;
        if let Some(expression) = expression(part.trim(), span.clone(), slips) {
            if expressions.contains(&expression) {
                slips.push(slip(
                    format!("`{expression}` stands twice in one key"),
                    span,
                    "leave one of them out",
                ));
            }
            expressions.push(expression);
        }
    }
    let name = expressions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    (slips.len() == before).then_some(KeyRule { name, expressions })
}

fn expression(text: &str, span: Range<usize>, slips: &mut Vec<Slip>) -> Option<KeyExpression> {
    if text.is_empty() {
        slips.push(slip("an expression is missing here", span, KEY_HINT));
        return None;
    }
    let Some((function, arguments)) = text.split_once('(') else {
        let field = word(text, span, KEY_HINT, slips)?;
        return Some(KeyExpression { function: KeyFunction::Value, field, length: 0 });
    };
    let function_span = span.start..span.start + function.trim_end().len();
    let Some(arguments) = arguments.strip_suffix(')') else {
        slips.push(slip("the closing `)` is missing", span.end.saturating_sub(1)..span.end, KEY_HINT));
        return None;
    };
    let arguments_start = span.start + function.len() + 1;
    let Some(function) = FUNCTIONS.iter().copied().find(|known| known.name() == function.trim()) else {
        let names = FUNCTIONS.iter().map(|function| function.name());
        let message = format!("unknown function `{}`", function.trim());
        slips.push(slip(message, function_span, suggestion(function.trim(), names)));
        return None;
    };
    let (field, length) = match arguments.split_once(',') {
        Some((field, length)) => (field, Some(length)),
        None => (arguments, None),
    };
    let field_word = word(field.trim(), trimmed(field, arguments_start), KEY_HINT, slips);
    let length_start = arguments_start + field.len() + 1;
    let length = argument(function, length.map(|text| (text, length_start)), function_span, slips);
    Some(KeyExpression { function, field: field_word?, length: length? })
}

/// The length that `prefix` and `suffix` take, and no other function.
fn argument(
    function: KeyFunction,
    length: Option<(&str, usize)>,
    function_span: Range<usize>,
    slips: &mut Vec<Slip>,
) -> Option<u8> {
    let name = function.name();
    let takes_length = matches!(function, KeyFunction::Prefix | KeyFunction::Suffix);
    match (takes_length, length) {
        (false, None) => Some(0),
        (true, None) => {
            slips.push(slip(
                format!("`{name}` needs a length"),
                function_span,
                format!("write `{name}(family_name, 4)`"),
            ));
            None
        }
        (false, Some((text, start))) => {
            let hint = format!("write `{name}(family_name)`");
            slips.push(slip(format!("`{name}` takes no length"), trimmed(text, start), hint));
            None
        }
        (true, Some((text, start))) => match text.trim().parse() {
            Ok(length @ 1..=64) => Some(length),
            _ => {
                let message = format!("`{}` is not a length", text.trim());
                slips.push(slip(message, trimmed(text, start), "a whole number from 1 to 64"));
                None
            }
        },
    }
}

/// A field's name: lower-case letters, digits and `_`.
fn word(text: &str, span: Range<usize>, hint: &str, slips: &mut Vec<Slip>) -> Option<String> {
    let valid = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if valid {
        return Some(text.to_owned());
    }
    let message = if text.is_empty() {
        "a field is missing here".to_owned()
    } else {
        format!("`{text}` is no field's name")
    };
    let hint = match super::closest::closest(text, Attribute::ALL.iter().map(|attribute| attribute.name())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => hint.to_owned(),
    };
    slips.push(slip(message, span, hint));
    None
}

/// Where `part`, which begins at `start`, has its text.
fn trimmed(part: &str, start: usize) -> Range<usize> {
    let lead = part.len() - part.trim_start().len();
    let length = part.trim().len();
    if length == 0 { start..start + part.len().max(1) } else { start + lead..start + lead + length }
}

/// Reads conditions joined by `and`; those that are sound, where others slip.
pub(super) fn conditions(text: &str, slips: &mut Vec<Slip>) -> Vec<Condition> {
    let mut words = Vec::new();
    let mut start = 0;
    for part in text.split(|c: char| c.is_whitespace()) {
        if !part.is_empty() {
            words.push((part, start..start + part.len()));
        }
        start += part.len()
            + text.get(start + part.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    let mut found = Vec::new();
    for group in words.split(|(word, _)| *word == "and") {
        match group.split_first() {
            Some(((field, span), test)) => found.extend(condition(field, span.clone(), test, slips)),
            None => slips.push(slip("a condition is missing beside `and`", 0..text.len(), CONDITION_HINT)),
        }
    }
    found
}

type Word<'a> = (&'a str, Range<usize>);

fn condition(field: &str, span: Range<usize>, test: &[Word], slips: &mut Vec<Slip>) -> Option<Condition> {
    let on = word(field, span.clone(), CONDITION_HINT, slips);
    let Some(((is, is_span), rest)) = test.split_first() else {
        slips.push(slip(format!("what must `{field}` be?"), span, CONDITION_HINT));
        return None;
    };
    if *is != "is" {
        slips.push(slip(format!("expected `is`, found `{is}`"), is_span.clone(), CONDITION_HINT));
        return None;
    }
    let (bound, rest): (fn(Level) -> LevelTest, &[Word]) = match rest {
        [("at", _), ("least", _), rest @ ..] => (LevelTest::AtLeast, rest),
        [("at", _), ("most", _), rest @ ..] => (LevelTest::AtMost, rest),
        [("at", at), ..] => {
            slips.push(slip("expected `at least` or `at most`", at.clone(), CONDITION_HINT));
            return None;
        }
        rest => (LevelTest::Is, rest),
    };
    let rest = match rest {
        [("the", _), rest @ ..] => rest,
        rest => rest,
    };
    let Some(((name, level_span), rest)) = rest.split_first() else {
        slips.push(slip("a level is missing here", is_span.clone(), levels()));
        return None;
    };
    let Some(level) = Level::ALL.into_iter().find(|level| level.name() == *name) else {
        let hint = suggestion(name, Level::ALL.map(Level::name));
        slips.push(slip(format!("unknown level `{name}`"), level_span.clone(), hint));
        return None;
    };
    if let Some((extra, span)) = rest.first() {
        slips.push(slip(format!("expected `and` or the end, found `{extra}`"), span.clone(), CONDITION_HINT));
        return None;
    }
    let test = bound(level);
    if level == Level::Missing && !matches!(test, LevelTest::Is(_)) {
        let hint = "`missing` stands outside the scale: write `is missing`";
        slips.push(slip("nothing is at least or at most `missing`", level_span.clone(), hint));
        return None;
    }
    Some(Condition { on: on?, test })
}

fn levels() -> String {
    format!("use one of {}", list(Level::ALL.map(Level::name)))
}

impl LevelTest {
    /// Whether `level` passes. [`Level::Missing`] passes only as itself.
    pub fn holds(self, level: Level) -> bool {
        match self {
            LevelTest::Is(wanted) => level == wanted,
            LevelTest::AtLeast(least) => level != Level::Missing && level >= least,
            LevelTest::AtMost(most) => level != Level::Missing && level <= most,
        }
    }
}

impl std::fmt::Display for Condition {
    /// As the rule file spells it: `name is at least similar`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (bound, level) = match self.test {
            LevelTest::Is(level) => ("", level),
            LevelTest::AtLeast(level) => ("at least ", level),
            LevelTest::AtMost(level) => ("at most ", level),
        };
        write!(f, "{} is {bound}{}", self.on, level.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips<T>(read: impl Fn(&mut Vec<Slip>) -> T) -> Vec<String> {
        let mut slips = Vec::new();
        read(&mut slips);
        slips
            .into_iter()
            .map(|slip| format!("{}..{} {}", slip.span.start, slip.span.end, slip.message))
            .collect()
    }

    #[test]
    fn keys_are_read_and_spelled_alike() {
        for text in ["email", "prefix(family_name, 4) + year(birth_date)", "cologne(family_name) + postcode"]
        {
            let rule = key(text, &mut Vec::new()).expect(text);
            assert_eq!(rule.name, text);
        }
        let loose = key(" prefix( family_name,4 )+postcode ", &mut Vec::new()).expect("a key");
        assert_eq!(loose.name, "prefix(family_name, 4) + postcode");
    }

    #[test]
    fn faulty_keys_say_where() {
        for (text, expected) in [
            ("", "0..1 an expression is missing here"),
            ("email +", "7..8 an expression is missing here"),
            ("prefix(family_name)", "0..6 `prefix` needs a length"),
            ("year(birth_date, 4)", "17..18 `year` takes no length"),
            ("soundex(family_name)", "0..7 unknown function `soundex`"),
            ("prefix(family_name, x)", "20..21 `x` is not a length"),
            ("prefix(family_name, 4", "20..21 the closing `)` is missing"),
            ("E-Mail", "0..6 `E-Mail` is no field's name"),
            ("email + email", "8..13 `email` stands twice in one key"),
        ] {
            assert_eq!(slips(|slips| key(text, slips)), [expected], "key `{text}`");
        }
    }

    #[test]
    fn conditions_are_read_and_spelled_alike() {
        for text in
            ["email is same", "name is at least similar", "birth_date is at most weak", "gender is missing"]
        {
            let read = conditions(text, &mut Vec::new());
            assert_eq!(read.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
        }
        assert_eq!(conditions("email is the same and  name is at least close", &mut Vec::new()).len(), 2);
    }

    #[test]
    fn faulty_conditions_say_where() {
        for (text, expected) in [
            ("", "0..0 a condition is missing beside `and`"),
            ("email", "0..5 what must `email` be?"),
            ("email same", "6..10 expected `is`, found `same`"),
            ("email is", "6..8 a level is missing here"),
            ("email is equal", "9..14 unknown level `equal`"),
            ("name is at lest similar", "8..10 expected `at least` or `at most`"),
            ("email is same or phone is same", "14..16 expected `and` or the end, found `or`"),
            ("email is at least missing", "18..25 nothing is at least or at most `missing`"),
        ] {
            assert_eq!(slips(|slips| conditions(text, slips)), [expected], "conditions `{text}`");
        }
    }
}
