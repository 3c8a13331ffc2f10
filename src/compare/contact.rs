//! How far two e-mail addresses, phone numbers or identifiers agree.

use super::metric::{edits, jaro_winkler};
use crate::normalise::Tables;
use crate::normalise::email::is_public_domain;
use crate::rules::Level;

/// Compares canonical e-mail addresses that are not equal.
pub fn email(a: &str, b: &str, tables: &Tables) -> Level {
    let (local_a, domain_a) = a.split_once('@').unwrap_or((a, ""));
    let (local_b, domain_b) = b.split_once('@').unwrap_or((b, ""));
    let slips = if local_a.len().min(local_b.len()) >= 6 { 2 } else { 1 };
    if local_a == local_b {
        return if edits(domain_a, domain_b, 2).is_some() { Level::Close } else { Level::Similar };
    }
    if domain_a == domain_b {
        if edits(local_a, local_b, slips).is_some() {
            // Where anybody may have an address, namesakes have alike ones.
            return if is_public_domain(domain_a, tables) { Level::Similar } else { Level::Close };
        }
        return if jaro_winkler(local_a, local_b) >= LOCAL_PARTS_ALIKE {
            Level::Weak
        } else {
            Level::Different
        };
    }
    let near = local_a.len().min(local_b.len()) >= 5 && edits(local_a, local_b, 1).is_some();
    if near { Level::Weak } else { Level::Different }
}

/// Compares canonical phone numbers that are not equal.
pub fn phone(a: &str, b: &str) -> Level {
    if edits(a, b, 1).is_some() {
        return Level::Close;
    }
    let long = a.len().min(b.len()) >= TAIL;
    if long && tail(a) == tail(b) { Level::Close } else { Level::Different }
}

/// Similarity from which local parts of one provider say something.
pub const LOCAL_PARTS_ALIKE: f32 = 0.9;
/// Digits of a phone number that tell it without area and country.
const TAIL: usize = 7;

/// The address before the at sign.
pub fn local_part(address: &str) -> &str {
    address.split('@').next().unwrap_or(address)
}

/// The last digits of a number; all of a shorter one.
pub fn tail(number: &str) -> &str {
    number.len().checked_sub(TAIL).and_then(|start| number.get(start..)).unwrap_or(number)
}

/// Compares canonical social handles (`network@handle`) that are not equal.
/// Accounts of two networks contradict each other in nothing.
pub fn social_handle(a: &str, b: &str) -> Level {
    let (network_a, handle_a) = a.split_once('@').unwrap_or(("", a));
    let (network_b, handle_b) = b.split_once('@').unwrap_or(("", b));
    let may_be_one = network_a == network_b || network_a.is_empty() || network_b.is_empty();
    match (may_be_one, handle_a == handle_b) {
        (true, true) => Level::Variant,
        (false, true) => Level::Similar,
        (false, false) => Level::Missing,
        (true, false) => {
            let near = handle_a.len().min(handle_b.len()) >= 6 && edits(handle_a, handle_b, 1).is_some();
            if near { Level::Close } else { Level::Different }
        }
    }
}

/// Compares canonical identifiers of one scheme that are not equal.
pub fn identifier(a: &str, b: &str) -> Level {
    let long = a.len().min(b.len()) >= 5;
    if long && edits(a, b, 1).is_some() {
        return Level::Close;
    }
    if long && edits(a, b, 2).is_some() { Level::Similar } else { Level::Different }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_two_networks_do_not_contradict() {
        for (a, b, expect) in [
            ("instagram@anna.maier", "@anna.maier", Level::Variant),
            ("instagram@anna.maier", "x@anna.maier", Level::Similar),
            ("instagram@anna.maier", "instagram@anna.mayer", Level::Close),
            ("instagram@anna.maier", "instagram@hans", Level::Different),
            ("instagram@anna.maier", "x@hans", Level::Missing),
        ] {
            assert_eq!(social_handle(a, b), expect, "{a} {b}");
        }
    }
}
