//! Reading a date: numbers, month names, and the order they stand in. What a
//! date may be (a birth, a default) is the caller's concern.

use crate::normalise::text::fold;
use crate::rules::DateOrder;
use smallvec::SmallVec;

/// A date; month or day 0 where they are not known. Not necessarily a day of
/// the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Date {
    pub fn is_in_calendar(self) -> bool {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return false,
        };
        (1..=days).contains(&self.day)
    }
}

/// Why a date that was read may not be the one meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    TwoDigitYear,
    Swapped,
    Serial,
}

/// Two-digit years up to this one are of this century.
const PIVOT: u16 = 25;

/// Days from 0000-03-01 to 1899-12-30, day 0 of spreadsheets.
const SERIAL_EPOCH: i64 = 693_899;

/// The date that `text` says.
pub fn date(text: &str, order: DateOrder) -> Option<(Date, Option<Doubt>)> {
    if let Some(date) = iso(text.as_bytes()) {
        return Some((date, None));
    }
    let text = without_time(text);
    if text.len() > 40 {
        return None;
    }
    let mut numbers: SmallVec<[&str; 4]> = SmallVec::new();
    let mut month = None;
    for piece in pieces(text) {
        if piece.bytes().all(|byte| byte.is_ascii_digit()) {
            numbers.push(piece);
        } else if let Some(named) = month_name(&fold(piece)) {
            month = Some(named);
        } else if !is_filling(piece) {
            return None;
        }
    }
    match (month, numbers.as_slice()) {
        (Some(month), numbers) => with_named_month(month, numbers),
        (None, [one]) => single(one, order),
        (None, [first, second]) => month_and_year(first, second),
        (None, [first, second, third]) => three(first, second, third, order),
        _ => None,
    }
}

/// `1980-03-07` and nothing else: the commonest form.
fn iso(bytes: &[u8]) -> Option<Date> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = bytes else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
    let month = u8::try_from(digit(e)? * 10 + digit(f)?).ok()?;
    let day = u8::try_from(digit(g)? * 10 + digit(h)?).ok()?;
    let date = Date { year, month, day };
    date.is_in_calendar().then_some(date)
}

/// Runs of digits and runs of letters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|ch: char| !ch.is_alphanumeric())
        .flat_map(|word| {
            let cut = word
                .char_indices()
                .zip(word.chars().skip(1))
                .find(|&((_, ch), next)| ch.is_ascii_digit() != next.is_ascii_digit());
            let at = cut.map_or(word.len(), |((at, ch), _)| at + ch.len_utf8());
            let (head, tail) = word.split_at(at);
            [head, tail]
        })
        .filter(|piece| !piece.is_empty())
}

/// Weekdays, ordinal endings and the like, which say nothing more.
fn is_filling(piece: &str) -> bool {
    let folded = fold(piece);
    matches!(
        folded.as_str(),
        "st" | "nd"
            | "rd"
            | "th"
            | "of"
            | "der"
            | "den"
            | "am"
            | "de"
            | "geb"
            | "geboren"
            | "born"
            | "mo"
            | "di"
            | "mi"
            | "do"
            | "fr"
            | "sa"
            | "so"
            | "mon"
            | "tue"
            | "wed"
            | "thu"
            | "fri"
            | "sat"
            | "sun"
            | "montag"
            | "dienstag"
            | "mittwoch"
            | "donnerstag"
            | "freitag"
            | "samstag"
            | "sonntag"
            | "monday"
            | "tuesday"
            | "wednesday"
            | "thursday"
            | "friday"
            | "saturday"
            | "sunday"
            | "ca"
            | "circa"
            | "um"
            | "about"
    )
}

/// The month that a folded name or abbreviation means.
pub fn month_name(folded: &str) -> Option<u8> {
    Some(match folded {
        "jan" | "januar" | "janner" | "january" | "jaenner" | "jann" | "janvier" | "gennaio" | "enero"
        | "stycznia" => 1,
        "feb" | "februar" | "feber" | "february" | "febr" | "fevrier" | "febbraio" | "febrero" | "lutego" => {
            2
        }
        "mar" | "marz" | "mrz" | "mar z" | "march" | "mars" | "marzo" | "marca" | "maerz" => 3,
        "apr" | "april" | "avril" | "aprile" | "abril" | "kwietnia" => 4,
        "mai" | "may" | "maggio" | "mayo" | "maja" | "mei" => 5,
        "jun" | "juni" | "june" | "juin" | "giugno" | "junio" | "czerwca" => 6,
        "jul" | "juli" | "july" | "juillet" | "luglio" | "julio" | "lipca" => 7,
        "aug" | "august" | "aout" | "agosto" | "sierpnia" | "augustus" => 8,
        "sep" | "sept" | "september" | "septembre" | "settembre" | "septiembre" | "wrzesnia" => 9,
        "okt" | "oct" | "oktober" | "october" | "octobre" | "ottobre" | "octubre" | "pazdziernika" => 10,
        "nov" | "november" | "novembre" | "noviembre" | "listopada" => 11,
        "dez" | "dec" | "dezember" | "december" | "decembre" | "dicembre" | "diciembre" | "grudnia" => 12,
        _ => return None,
    })
}

fn with_named_month(month: u8, numbers: &[&str]) -> Option<(Date, Option<Doubt>)> {
    match numbers {
        [year] if year.len() == 4 => Some((Date { year: number(year)?, month, day: 0 }, None)),
        [year, day] if year.len() == 4 => Some((Date { year: number(year)?, month, day: small(day)? }, None)),
        [day, year] => {
            let (year, doubt) = full_year(year)?;
            Some((Date { year, month, day: small(day)? }, doubt))
        }
        _ => None,
    }
}

fn single(text: &str, order: DateOrder) -> Option<(Date, Option<Doubt>)> {
    match text.len() {
        8 => eight(text),
        6 => three(&text[..2], &text[2..4], &text[4..], order),
        5 => serial(text),
        4 => Some((Date { year: number(text)?, month: 0, day: 0 }, None)),
        _ => None,
    }
}

/// `19800307` or `07031980`, whichever is a date; else the former.
fn eight(text: &str) -> Option<(Date, Option<Doubt>)> {
    let ymd = Date { year: number(&text[..4])?, month: small(&text[4..6])?, day: small(&text[6..])? };
    let dmy = Date { year: number(&text[4..])?, month: small(&text[2..4])?, day: small(&text[..2])? };
    let plausible = |date: Date| (1800..=2100).contains(&date.year) && date.is_in_calendar();
    if !plausible(ymd) && plausible(dmy) {
        return Some((dmy, None));
    }
    Some(ordered(ymd))
}

/// A day number of a spreadsheet, within the lives of the living.
fn serial(text: &str) -> Option<(Date, Option<Doubt>)> {
    let days: i64 = text.parse().ok()?;
    if !(3_000..=60_000).contains(&days) {
        return None;
    }
    // Civil date from a day count, by 400-year eras that begin in March.
    let days = days + SERIAL_EPOCH;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let date = Date {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    };
    Some((date, Some(Doubt::Serial)))
}

fn month_and_year(first: &str, second: &str) -> Option<(Date, Option<Doubt>)> {
    let (month, year) = if first.len() == 4 { (second, first) } else { (first, second) };
    if year.len() != 4 || month.len() > 2 {
        return None;
    }
    Some((Date { year: number(year)?, month: small(month)?, day: 0 }, None))
}

fn three(first: &str, second: &str, third: &str, order: DateOrder) -> Option<(Date, Option<Doubt>)> {
    if first.len() > 4 || second.len() > 2 || third.len() > 4 {
        return None;
    }
    if first.len() >= 3 || order == DateOrder::Ymd && third.len() <= 2 {
        let (year, doubt) = full_year(first)?;
        let (date, swapped) = ordered(Date { year, month: small(second)?, day: small(third)? });
        return Some((date, swapped.or(doubt)));
    }
    let (year, doubt) = full_year(third)?;
    let (month, day) = match order {
        DateOrder::Mdy => (first, second),
        DateOrder::Dmy | DateOrder::Ymd => (second, first),
    };
    let (date, swapped) = ordered(Date { year, month: small(month)?, day: small(day)? });
    Some((date, swapped.or(doubt)))
}

/// Swaps day and month where only that makes it a date.
fn ordered(date: Date) -> (Date, Option<Doubt>) {
    if (13..=31).contains(&date.month) && (1..=12).contains(&date.day) {
        return (Date { month: date.day, day: date.month, ..date }, Some(Doubt::Swapped));
    }
    (date, None)
}

fn full_year(text: &str) -> Option<(u16, Option<Doubt>)> {
    let year: u16 = number(text)?;
    match text.len() {
        2 if year <= PIVOT => Some((2000 + year, Some(Doubt::TwoDigitYear))),
        2 => Some((1900 + year, Some(Doubt::TwoDigitYear))),
        4 => Some((year, None)),
        _ => None,
    }
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok()
}

fn small(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number| *number < 100)
}

/// The text before a time of day: `1980-03-07T00:00`, `07.03.1980 12:30`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text.strip_suffix(".0").unwrap_or(text) };
    let before = &text[..colon];
    match before.rfind(['T', 't', ' ', ',']) {
        Some(at) => text[..at].trim_end_matches([',', ' ']),
        None => text,
    }
}

/// The time of day in `text`: hour, minute, second.
pub fn time(text: &str) -> Option<(u8, u8, u8)> {
    let colon = text.find(':')?;
    let hour = text[..colon].rsplit(|ch: char| !ch.is_ascii_digit()).next()?;
    let mut after = text[colon + 1..].split(|ch: char| !ch.is_ascii_digit());
    let minute = after.next()?;
    let second =
        if text[colon + 1 + minute.len()..].starts_with(':') { after.next().unwrap_or("0") } else { "0" };
    Some((small(hour)?, small(minute)?, small(second)?))
        .filter(|(hour, minute, second)| *hour < 25 && *minute < 60 && *second < 62)
}
