//! What the library said of German, Austrian and Swiss numbers, by how they
//! begin and how long they are: nothing else decides there whom a number
//! reaches and how it is spelt, which a test holds against the library. It
//! remembers and decides nothing, so what it forgets is asked again.

use super::{Reach, part};
use crate::normalise::{Normalised, Part};
use crate::record::Attribute;
use compact_str::{CompactString, format_compact};
use rlibphonenumber::PhoneNumber;
use std::sync::atomic::{AtomicU64, Ordering};

/// Leading digits of the national number that decide.
const PREFIX: usize = 5;
/// Remembered answers, as a power of two: 512 KiB.
const ENTRIES_LOG2: u32 = 16;
/// Groups of digits that a number is spelt in.
const GROUPS_MAX: usize = 6;

/// A number as it was dialled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled<'a> {
    /// Its country's, or the one that the record is of.
    pub code: &'a str,
    /// Without trunk zero.
    pub national: &'a str,
    /// Whether the country code was dialled.
    pub international: bool,
}

/// The answers: key in the upper half, in the lower whom the number reaches and
/// the length of each group, four bits each from the lowest on; 0 is none. A
/// new answer takes the place of another.
pub struct Plans(Box<[AtomicU64]>);

impl Default for Plans {
    fn default() -> Self {
        Self((0..1 << ENTRIES_LOG2).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Plans {
    /// What the number is, where one like it was met.
    pub(super) fn judged(&self, number: Dialled) -> Option<Normalised> {
        let key = key(number)?;
        let entry = self.0.get(place(key))?.load(Ordering::Relaxed);
        (entry >> 32 == key).then(|| spelt(number, entry as u32)).flatten()
    }

    /// Remembers what the library says of a number.
    pub(super) fn learn(&self, dialled: Dialled, number: &PhoneNumber, reach: Reach) {
        let Some(key) = key(dialled) else { return };
        let Dialled { code, national, .. } = dialled;
        let part = part(number);
        let whole = part.canonical.strip_prefix('+').and_then(|rest| rest.strip_prefix(code));
        let spelt_whole = whole == Some(national);
        let Some(groups) = groups(dialled, &part.display).filter(|_| spelt_whole) else { return };
        let reaches = match reach {
            Reach::Nobody => 1,
            Reach::Service => 2,
            Reach::Anyone => 3,
        };
        if let Some(entry) = self.0.get(place(key)) {
            entry.store(key << 32 | groups << 4 | reaches, Ordering::Relaxed);
        }
    }
}

/// The answer of an entry for this number.
fn spelt(Dialled { code, national, .. }: Dialled, entry: u32) -> Option<Normalised> {
    let whole = format_compact!("+{code}{national}");
    if entry & 15 == 1 {
        let part = Part::new(Attribute::Phone, whole.clone(), whole);
        return Some(Normalised::doubtful(part, super::OUT_OF_SERVICE));
    }
    let mut display = CompactString::with_capacity(whole.len() + GROUPS_MAX);
    display.push('+');
    display.push_str(code);
    let (mut rest, mut groups) = (national, entry >> 4);
    while groups > 0 {
        let (group, behind) = rest.split_at_checked(groups as usize & 15)?;
        display.push(' ');
        display.push_str(group);
        (rest, groups) = (behind, groups >> 4);
    }
    let part = Part::new(Attribute::Phone, display, whole);
    Some(match entry & 15 {
        2 => Normalised::doubtful(part, super::SERVICE),
        _ => Normalised::valid(part),
    })
}

/// The lengths of the groups that `display` spells the number in; `None` where
/// it does so in another way.
fn groups(Dialled { code, national, .. }: Dialled, display: &str) -> Option<u64> {
    let spelt = display.strip_prefix('+')?.strip_prefix(code)?.strip_prefix(' ')?;
    let (mut rest, mut lengths) = (national, 0);
    for (at, group) in spelt.split(' ').enumerate() {
        rest =
            rest.strip_prefix(group).filter(|_| at < GROUPS_MAX && !group.is_empty() && group.len() < 16)?;
        lengths |= (group.len() as u64) << (4 * at);
    }
    rest.is_empty().then_some(lengths)
}

/// Country, how it was dialled, leading digits and length in 24 bits; `None` for
/// numbers of which these do not decide.
fn key(Dialled { code, national, international }: Dialled) -> Option<u64> {
    let country = ["41", "43", "49"].iter().position(|known| *known == code)? as u64 + 1;
    let (prefix, length) = (national.get(..PREFIX)?, national.len());
    // Voice boxes of German mobiles have a mark within the number.
    let has_mark = code == "49" && national.starts_with("15") && length > 11;
    let is_whole = national.bytes().all(|byte| byte.is_ascii_digit());
    if has_mark || !is_whole || national.starts_with('0') || length > 15 {
        return None;
    }
    // A trunk zero that the plan does not know stays part of the number.
    Some(country << 22 | u64::from(international) << 21 | prefix.parse::<u64>().ok()? << 4 | length as u64)
}

fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - ENTRIES_LOG2)) as usize
}

#[cfg(test)]
mod tests {
    use super::super::{judged, parse_international, reach};
    use super::*;
    use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

    /// Numbers that agree in what the key has are judged and spelt alike by the
    /// library, whatever their other digits are.
    #[test]
    fn what_one_number_taught_holds_for_all_like_it() {
        let rounds: u64 =
            std::env::var("EINKLANG_PLANS").ok().and_then(|text| text.parse().ok()).unwrap_or(30_000);
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 16) % below
        };
        let (plans, mut told) = (Plans::default(), 0);
        for _ in 0..rounds {
            let (code, region) =
                [("49", Region::DE), ("49", Region::DE), ("43", Region::AT), ("41", Region::CH)]
                    [next(4) as usize];
            let (length, prefix) = (6 + next(8) as usize, 10_000 + next(90_000));
            let international = next(2) == 0;
            let mut number = || {
                let width = length - PREFIX;
                let national = format!("{prefix}{:0width$}", next(10u64.pow(width as u32)));
                let (number, reach) = if international {
                    parse_international(&format!("{code}{national}"))?
                } else {
                    let number = PHONE_NUMBER_UTIL.parse(format!("0{national}"), Some(region)).ok()?;
                    (number.clone(), reach(&number))
                };
                Some((national, number, reach))
            };
            let Some((national, parsed, reach)) = number() else { continue };
            plans.learn(Dialled { code, national: &national, international }, &parsed, reach);
            for (national, number, reach) in (0..3).filter_map(|_| number()) {
                if let Some(normal) = plans.judged(Dialled { code, national: &national, international }) {
                    assert_eq!(normal, judged(&number, reach), "{code} {international} {national}");
                    told += 1;
                }
            }
        }
        assert!(told > rounds, "{told} of {rounds} times three");
    }
}
