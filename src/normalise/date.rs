//! Dates of birth and of change: every usual way to write a date becomes
//! ISO 8601, whole (`1980-03-07`) or in part (`1980`, `1980-03`).

mod parse;

use super::{Context, Normalised, Part, Tables, placeholder, text};
use crate::record::Attribute;
use compact_str::{CompactString, format_compact};
use parse::{Date, Doubt};

/// Records of births reach back to parish books; nobody is born later.
const YEAR_MIN: u16 = 1000;
const YEAR_MAX: u16 = 2100;

/// Dates that programs write where they know none.
const DEFAULTS: &[&str] = &[
    "1900-01-01",
    "1900-01-00",
    "1899-12-30",
    "1899-12-31",
    "1901-01-01",
    "1970-01-01",
    "1111-11-11",
    "1753-01-01",
    "1601-01-01",
    "1904-01-01",
    "1234-12-31",
    "1900",
];

/// A birth-date field.
pub(super) fn birth_date(clean: &str, context: &Context) -> Normalised {
    // `1.5.1980 (Berlin)`
    let bare = clean.split_once(" (").map_or(clean, |(date, _)| date);
    let Some((date, doubt)) = parse::date(bare, context.date_order) else {
        if placeholder::is_placeholder(clean, &text::fold(clean), context.tables) || is_zero(clean) {
            return Normalised::placeholder(Attribute::BirthDate, clean, placeholder::REASON);
        }
        return Normalised::invalid(Attribute::BirthDate, clean, "not a date");
    };
    let canonical = iso(date);
    if DEFAULTS.contains(&canonical.as_str()) || date.year >= 9000 || date.year <= 1 {
        return Normalised::placeholder(Attribute::BirthDate, clean, "a default date");
    }
    if date.year > YEAR_MAX {
        return Normalised::invalid(Attribute::BirthDate, clean, "no plausible year of birth");
    }
    let normal = Normalised::valid(Part::new(Attribute::BirthDate, canonical.clone(), canonical));
    let normal = if date.year < YEAR_MIN { normal.doubted("no plausible year of birth") } else { normal };
    match doubt {
        None if date.month == 0 || date.day == 0 => normal.doubted("only part of a date"),
        None if !date.is_in_calendar() => normal.doubted("not a day of the calendar"),
        None => normal,
        Some(Doubt::TwoDigitYear) => normal.doubted("two-digit year"),
        Some(Doubt::Swapped) => normal.doubted("day and month swapped"),
        Some(Doubt::Serial) => normal.doubted("a spreadsheet's day number"),
    }
}

fn is_zero(clean: &str) -> bool {
    clean.bytes().any(|byte| byte == b'0')
        && clean.bytes().all(|byte| !byte.is_ascii_alphanumeric() || byte == b'0')
}

/// ISO 8601, as far as the parts are known.
fn iso(date: Date) -> CompactString {
    let (year, month, day) = (date.year, u16::from(date.month), u16::from(date.day));
    let digits = [year / 1000, year / 100, year / 10, year, 0, month / 10, month, 0, day / 10, day];
    let mut text = digits.map(|number| b'0' + u8::try_from(number % 10).unwrap_or(0));
    (text[4], text[7]) = (b'-', b'-');
    let known = match (month, day) {
        (0, _) => &text[..4],
        (_, 0) => &text[..7],
        _ => &text[..],
    };
    std::str::from_utf8(known).map(CompactString::from).unwrap_or_default()
}

/// When a record last changed: a date with its time, in a form that sorts.
pub(super) fn updated_at(clean: &str, context: &Context) -> Normalised {
    let Some((date, _)) = parse::date(clean, context.date_order) else {
        return Normalised::valid(Part::new(Attribute::UpdatedAt, clean, clean));
    };
    let canonical = match parse::time(clean) {
        Some((hour, minute, second)) => format_compact!("{}T{hour:02}:{minute:02}:{second:02}", iso(date)),
        None => iso(date),
    };
    Normalised::valid(Part::new(Attribute::UpdatedAt, clean, canonical))
}

/// A field with the year of birth alone.
pub(super) fn birth_year(clean: &str, tables: &Tables) -> Normalised {
    field(Attribute::BirthYear, clean, tables, |number| match number {
        1900 | 1111 | 9999 | 0 => None,
        1000..=2100 => Some(format_compact!("{number:04}")),
        26..=99 => Some(format_compact!("{:04}", number + 1900)),
        1..=25 => Some(format_compact!("{:04}", number + 2000)),
        _ => Some(CompactString::default()),
    })
}

/// A field with the month of birth alone: a number or a name.
pub(super) fn birth_month(clean: &str, tables: &Tables) -> Normalised {
    if let Some(month) = parse::month_name(&text::fold(clean)) {
        let canonical = format_compact!("{month:02}");
        return Normalised::valid(Part::new(Attribute::BirthMonth, canonical.clone(), canonical));
    }
    field(Attribute::BirthMonth, clean, tables, |number| match number {
        0 | 99 => None,
        1..=12 => Some(format_compact!("{number:02}")),
        _ => Some(CompactString::default()),
    })
}

/// A field with the day of birth alone.
pub(super) fn birth_day(clean: &str, tables: &Tables) -> Normalised {
    field(Attribute::BirthDay, clean, tables, |number| match number {
        0 | 99 => None,
        1..=31 => Some(format_compact!("{number:02}")),
        _ => Some(CompactString::default()),
    })
}

/// Reads a number; `read` gives `None` for a placeholder and an empty text for
/// a number that can't be meant.
fn field(
    attribute: Attribute,
    clean: &str,
    tables: &Tables,
    read: impl Fn(u32) -> Option<CompactString>,
) -> Normalised {
    let whole = clean.trim_end_matches('.').trim_end_matches(".0");
    let Ok(number) = whole.parse::<u32>() else {
        if placeholder::is_placeholder(clean, &text::fold(clean), tables) {
            return Normalised::placeholder(attribute, clean, placeholder::REASON);
        }
        return Normalised::invalid(attribute, clean, "not a number");
    };
    match read(number) {
        None => Normalised::placeholder(attribute, clean, placeholder::REASON),
        Some(canonical) if canonical.is_empty() => Normalised::invalid(attribute, clean, "out of range"),
        Some(canonical) => Normalised::valid(Part::new(attribute, canonical.clone(), canonical)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Verdict;
    use crate::rules::DateOrder;

    fn check(input: &str, order: DateOrder, expect: &str, verdict: Verdict) {
        let normal = birth_date(input, &Context { date_order: order, ..Context::default() });
        assert_eq!((normal.parts[0].canonical.as_str(), normal.verdict), (expect, verdict), "{input}");
    }

    #[test]
    fn every_usual_spelling() {
        use DateOrder::{Dmy, Mdy};
        use Verdict::{Doubtful, Invalid, Placeholder, Valid};
        check("1980-03-07", Dmy, "1980-03-07", Valid);
        check("07.03.1980", Dmy, "1980-03-07", Valid);
        check("7.3.1980", Dmy, "1980-03-07", Valid);
        check("19920924", Dmy, "1992-09-24", Valid);
        check("24091992", Dmy, "1992-09-24", Valid);
        check("1990/03/05", Dmy, "1990-03-05", Valid);
        check("03/07/1980", Mdy, "1980-03-07", Valid);
        check("03/07/1980", Dmy, "1980-07-03", Valid);
        check("13/07/1980", Mdy, "1980-07-13", Doubtful);
        check("7. März 1980", Dmy, "1980-03-07", Valid);
        check("March 7, 1980", Dmy, "1980-03-07", Valid);
        check("7 Mar 80", Dmy, "1980-03-07", Doubtful);
        check("07.03.80", Dmy, "1980-03-07", Doubtful);
        check("1980", Dmy, "1980", Doubtful);
        check("03/1980", Dmy, "1980-03", Doubtful);
        check("00.00.1980", Dmy, "1980", Doubtful);
        check("1980-03-07T00:00:00Z", Dmy, "1980-03-07", Valid);
        check("07.03.1980 12:30", Dmy, "1980-03-07", Valid);
        check("29287", Dmy, "1980-03-07", Doubtful);
        check("1581-01-01", Dmy, "1581-01-01", Valid);
        check("31.02.1980", Dmy, "1980-02-31", Doubtful);
        for default in
            ["01.01.1900", "1900-01-01", "1970-01-01", "00.00.0000", "n/a", "0000-00-00", "9999-12-31"]
        {
            check(default, Dmy, "", Placeholder);
        }
        check("hello", Dmy, "", Invalid);
        check("07.03.2980", Dmy, "", Invalid);
    }

    #[test]
    fn parts_of_a_date() {
        assert_eq!(birth_day("7", Tables::shipped()).parts[0].canonical, "07");
        assert_eq!(birth_month("07", Tables::shipped()).parts[0].canonical, "07");
        assert_eq!(birth_month("März", Tables::shipped()).parts[0].canonical, "03");
        assert_eq!(birth_year("1980", Tables::shipped()).parts[0].canonical, "1980");
        assert_eq!(birth_day("32", Tables::shipped()).verdict, Verdict::Invalid);
    }

    #[test]
    fn change_times_sort() {
        let check = |input: &str, expect: &str| {
            assert_eq!(updated_at(input, &Context::default()).parts[0].canonical, expect)
        };
        check("2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09");
        check("06.05.2024 07:08", "2024-05-06T07:08:00");
        check("2024-05-06", "2024-05-06");
    }
}
