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
