//! Reads the time of a record's last change. Only the order of times matters
//! here, so a missing zone is taken as UTC.

use crate::normalise::{Context, normalise};
use crate::record::Attribute;
use crate::rules::DateOrder;
use jiff::civil::{Date, DateTime};

/// Seconds since 1970 of a date, with or without a time of day; `None` where
/// the text is neither.
pub fn seconds(raw: &str, order: DateOrder) -> Option<i64> {
    let text = raw.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(seconds) = iso(text) {
        return Some(seconds);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let civil =
        text.parse::<DateTime>().ok().or_else(|| text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0)));
    let civil = civil.or_else(|| {
        let context = Context { date_order: order, ..Context::default() };
        let day = normalise(Attribute::BirthDate, text.split([' ', 'T']).next()?, &context);
        day.parts.first()?.canonical.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0))
    })?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// The same for the spelling that databases write, `2024-05-06T07:08:09.123`
/// since 1970, without a general parser: these columns hold as many values as
/// there are records.
fn iso(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_at_checked(19)?;
    let fraction = fraction.strip_suffix('Z').unwrap_or(fraction);
    let digits = fraction.strip_prefix('.').filter(|digits| (1..=9).contains(&digits.len()));
    if !fraction.is_empty() && !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let bytes = whole.as_bytes();
    let signs = [4, 7, 10, 13, 16].map(|at| bytes[at]);
    if !matches!(signs, [b'-', b'-', b'T' | b' ', b':', b':']) {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = bytes[from..to].iter();
        digits.copied().try_fold(0i16, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i16::from(byte - b'0'))
        })
    };
    let part = |at: usize| Some(number(at, at + 2)? as i8);
    let date = Date::new(number(0, 4)?, part(5)?, part(8)?).ok().filter(|date| date.year() >= 1970)?;
    let (hour, minute, second) = (part(11)?, part(14)?, part(17)?);
    let time = DateTime::new(date.year(), date.month(), date.day(), hour, minute, second, 0).ok()?;
    let days = Date::constant(1970, 1, 1).until(date).ok()?.get_days();
    let of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(i64::from(days) * 86_400 + of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_reads_as_the_long_one() {
        for (text, expect) in [
            ("1970-01-01T00:00:00", Some(0)),
            ("2018-09-18T11:32:04.000000", Some(1_537_270_324)),
            ("2024-02-29 23:59:59.999Z", Some(1_709_251_199)),
            ("2024-02-29T23:59:59Z", Some(1_709_251_199)),
            ("2023-02-29T23:59:59", None),
            ("2024-05-06T24:00:00", None),
            ("2024-05-06T07:08:09+02:00", None),
            ("1969-12-31T23:59:59.5", None),
            ("2024-05-06T07:08:0x", None),
            ("2024-05-06Tü7:08:0", None),
        ] {
            assert_eq!(iso(text), expect, "{text}");
            if expect.is_some() {
                let long = text.parse::<jiff::Timestamp>().map(|time| time.as_second());
                let civil = || text.parse::<DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
                assert_eq!(long.ok().or_else(|| Some(civil()?.timestamp().as_second())), expect, "{text}");
            }
        }
    }
}
