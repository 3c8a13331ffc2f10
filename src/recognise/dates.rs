//! Dates as columns hold them: finds the parts and which orders they allow.
//! Plausibility of a single birth date is `normalise`'s concern.

use super::profile::Profile;
use crate::rules::DateOrder;

/// A date as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub year: u16,
    /// The two parts beside the year, in the order in which they stand.
    pub first: u8,
    pub second: u8,
    pub year_first: bool,
    /// Written with a time of day: a moment rather than a day.
    pub timed: bool,
    /// Whether dots part it, as only day-first dates are.
    pub dotted: bool,
}

/// Reads a date of any common numeric form, or with a month's name.
pub(super) fn read(value: &str) -> Option<Written> {
    let value = value.trim();
    if !(6..=40).contains(&value.len()) || !value.is_ascii() {
        return None;
    }
    let (day, timed) = without_time(value);
    let dotted = day.contains('.');
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        return compact(day, timed);
    }
    let parts: Vec<&str> = day.split(['-', '/', '.', ' ', ',']).filter(|part| !part.is_empty()).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    if let Some(month) = month_name(b) {
        return built(year(c)?, a.parse().ok()?, month, false, timed, true);
    }
    if let Some(month) = month_name(a) {
        return built(year(c)?, b.parse().ok()?, month, false, timed, true);
    }
    if a.len() == 4 {
        return built(year(a)?, b.parse().ok()?, c.parse().ok()?, true, timed, false);
    }
    built(year(c)?, a.parse().ok()?, b.parse().ok()?, false, timed, dotted)
}

fn built(year: u16, first: u8, second: u8, year_first: bool, timed: bool, dotted: bool) -> Option<Written> {
    let plausible =
        (first <= 31 && second <= 31) && (first <= 12 || second <= 12) && (1000..2100).contains(&year);
    plausible.then_some(Written { year, first, second, year_first, timed, dotted })
}

fn compact(day: &str, timed: bool) -> Option<Written> {
    let number = |range: std::ops::Range<usize>| day.get(range).and_then(|part| part.parse::<u16>().ok());
    let (head, middle) = (number(0..4)?, number(4..6)?);
    if (1850..2100).contains(&head) && middle <= 12 {
        return built(head, middle as u8, number(6..8)? as u8, true, timed, false);
    }
    let tail = number(4..8)?;
    if !(1850..2100).contains(&tail) {
        return None;
    }
    built(tail, number(0..2)? as u8, number(2..4)? as u8, false, timed, false)
}

/// The date before a time of day, and whether one followed.
fn without_time(value: &str) -> (&str, bool) {
    let colon = value.find(':');
    let end = match (value.find('T'), colon) {
        (Some(at), _)
            if at >= 8 && value.get(..at).is_some_and(|head| head.bytes().any(|b| b.is_ascii_digit())) =>
        {
            at
        }
        (_, Some(colon)) => value.get(..colon).and_then(|head| head.rfind(' ')).unwrap_or(colon),
        _ => return (value, false),
    };
    let time = value.get(end + 1..).unwrap_or("");
    // A database's way of writing a plain day.
    let midnight = time.bytes().all(|b| !b.is_ascii_digit() || b == b'0');
    (value.get(..end).unwrap_or(value), !midnight)
}

fn year(part: &str) -> Option<u16> {
    let number: u16 = part.parse().ok()?;
    match part.len() {
        4 => Some(number),
        2 => Some(if number > 30 { 1900 + number } else { 2000 + number }),
        _ => None,
    }
}

fn month_name(part: &str) -> Option<u8> {
    const MONTHS: [&[&str]; 12] = [
        &["jan"],
        &["feb"],
        &["mar", "mrz", "mae"],
        &["apr"],
        &["may", "mai"],
        &["jun"],
        &["jul"],
        &["aug"],
        &["sep"],
        &["oct", "okt"],
        &["nov"],
        &["dec", "dez"],
    ];
    let head = part.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|names| names.contains(&head.as_str())).map(|at| at as u8 + 1)
}

/// Which order the column's dates are written in; `None` where none of them tells.
pub(super) fn order(profile: &Profile) -> Option<DateOrder> {
    let (mut ymd, mut dmy, mut mdy, mut dotted) = (0, 0, 0, 0);
    for sampled in &profile.sample {
        let Some(date) = read(sampled.value) else { continue };
        if date.year_first {
            ymd += sampled.count;
        } else if date.first > 12 {
            dmy += sampled.count;
        } else if date.second > 12 {
            mdy += sampled.count;
        } else if date.dotted {
            dotted += sampled.count;
        }
    }
    if dmy + mdy > 0 {
        return Some(if dmy >= mdy { DateOrder::Dmy } else { DateOrder::Mdy });
    }
    if dotted > 0 {
        return Some(DateOrder::Dmy);
    }
    (ymd > 0).then_some(DateOrder::Ymd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_people_write() {
        for (text, expected) in [
            ("1987-09-11", Some((1987, 9, 11, true))),
            ("1990/03/05", Some((1990, 3, 5, true))),
            ("19200924", Some((1920, 9, 24, true))),
            ("24091920", Some((1920, 24, 9, false))),
            ("05/25/1993", Some((1993, 5, 25, false))),
            ("4.7.85", Some((1985, 4, 7, false))),
            ("4. März 1985", None),
            ("12 Mar 1990", Some((1990, 12, 3, false))),
            ("March 12, 1990", Some((1990, 12, 3, false))),
            ("2018-09-18T11:32:04.000000", Some((2018, 9, 18, true))),
            ("1496546", None),
            ("030 1234567", None),
            ("", None),
        ] {
            let read = read(text).map(|date| (date.year, date.first, date.second, date.year_first));
            assert_eq!(read, expected, "{text}");
        }
        assert!(read("2018-09-18T11:32:04.0").is_some_and(|date| date.timed));
        assert!(read("1961-09-18 00:00:00").is_some_and(|date| !date.timed));
    }
}
