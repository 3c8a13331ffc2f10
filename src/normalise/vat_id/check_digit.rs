//! The check digits of VAT ids, country by country, as the tax authorities
//! publish them.

/// Whether the check digits of `number`, which has its country's form, fit;
/// `None` for countries that publish no rule. `prefix` is the country's.
pub fn fits(prefix: &str, number: &str) -> Option<bool> {
    let digits: Digits =
        number.bytes().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0')).collect();
    let d = digits.as_slice();
    Some(match prefix {
        "ATU" => austria(d),
        "BE" => belgium(d),
        "CHE" => last_is(d, |d| eleven_less(weighed(d, &[5, 4, 3, 2, 7, 6, 5, 4]))),
        "CZ" if d.len() == 8 => last_is(d, |d| Some((11 - weighed(d, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 10)),
        "DE" | "HR" => iso_7064_mod_11_10(d),
        "DK" => weighed(d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        "EE" => last_is(d, |d| ten_less(weighed(d, &[3, 7, 1, 3, 7, 1, 3, 7]))),
        "EL" => last_is(d, |d| Some(weighed(d, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10)),
        "ES" => spain(number.as_bytes()),
        "FI" => last_is(d, |d| eleven_less(weighed(d, &[7, 9, 10, 5, 8, 4, 2]))),
        "FR" => france(number.as_bytes()),
        "GB" | "XI" => britain(number, d),
        "HU" => last_is(d, |d| ten_less(weighed(d, &[9, 7, 3, 1, 9, 7, 3]))),
        "IE" => ireland(number.as_bytes()),
        "IT" => luhn(d),
        "LU" => value(d.get(..6)?) % 89 == value(d.get(6..)?),
        "MT" => u64::from(37 - weighed(d.get(..6)?, &[3, 4, 6, 7, 8, 9]) % 37) == value(d.get(6..)?),
        "NL" => netherlands(number, d),
        "NO" => last_is(d, |d| eleven_less(weighed(d, &[3, 2, 7, 6, 5, 4, 3, 2]))),
        "PL" => last_is(d, |d| Some(weighed(d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11)),
        "PT" => last_is(d, |d| Some((11 - weighed(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10)),
        "RO" => romania(d),
        "SE" => luhn(d.get(..10)?) && (1..=94).contains(&value(d.get(10..)?)),
        "SI" => last_is(d, |d| match 11 - weighed(d, &[8, 7, 6, 5, 4, 3, 2]) % 11 {
            11 => None,
            rest => Some(rest % 10),
        }),
        "SK" => value(d).is_multiple_of(11),
        _ => return None,
    })
}

type Digits = smallvec::SmallVec<[u32; 12]>;

fn weighed(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

fn value(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

/// Whether the last digit is what `check` makes of the others.
fn last_is(digits: &[u32], check: impl Fn(&[u32]) -> Option<u32>) -> bool {
    digits.split_last().is_some_and(|(last, others)| check(others) == Some(*last))
}

fn ten_less(sum: u32) -> Option<u32> {
    Some((10 - sum % 10) % 10)
}

/// Where the rest would be ten, no such number is given out.
fn eleven_less(sum: u32) -> Option<u32> {
    match (11 - sum % 11) % 11 {
        10 => None,
        rest => Some(rest),
    }
}

/// ISO 7064, MOD 11,10: Germany and Croatia.
fn iso_7064_mod_11_10(digits: &[u32]) -> bool {
    last_is(digits, |digits| {
        let product = digits.iter().fold(10, |product, digit| {
            let sum = (digit + product) % 10;
            (if sum == 0 { 10 } else { sum }) * 2 % 11
        });
        Some((11 - product) % 10)
    })
}

/// Every second digit from the right doubled, the digits of all added up.
fn luhn(digits: &[u32]) -> bool {
    let doubled =
        |(at, digit): (usize, &u32)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}

fn austria(digits: &[u32]) -> bool {
    let doubled =
        |(at, digit): (usize, &u32)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit };
    last_is(digits, |digits| ten_less(digits.iter().enumerate().map(doubled).sum::<u32>() + 4))
}

/// Nine digits are from before 2005 and lack the leading zero.
fn belgium(digits: &[u32]) -> bool {
    let (number, check) = digits.split_at(digits.len().saturating_sub(2));
    97 - value(number) % 97 == value(check)
}

fn romania(digits: &[u32]) -> bool {
    // Shorter numbers are filled up with zeros in front.
    const WEIGHTS: [u32; 9] = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    last_is(digits, |digits| {
        let weights = WEIGHTS.get(WEIGHTS.len().checked_sub(digits.len())?..)?;
        Some(weighed(digits, weights) * 10 % 11 % 10)
    })
}

/// The key of SIREN numbers; new keys may hold letters. The company number
/// itself ends in a check digit by Luhn.
fn france(number: &[u8]) -> bool {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let Some((key, siren)) = number.split_at_checked(2) else { return false };
    let digits: Digits = siren.iter().map(|byte| u32::from(byte.wrapping_sub(b'0'))).collect();
    let siren = value(&digits);
    let place = |byte: &u8| SIGNS.iter().position(|sign| sign == byte).map(|at| at as u64);
    let [Some(first), Some(second)] = [key.first().and_then(place), key.get(1).and_then(place)] else {
        return false;
    };
    match (first < 10, second < 10) {
        // Monaco's companies have a key and no check digit of their own.
        (true, true) => {
            first * 10 + second == (12 + 3 * (siren % 97)) % 97 && (luhn(&digits) || siren < 1_000_000)
        }
        (is_digit, _) => {
            let key = if is_digit { first * 24 + second } else { first * 34 + second };
            let Some(key) = key.checked_sub(if is_digit { 10 } else { 100 }) else { return false };
            luhn(&digits) && key % 11 == (siren + key / 11 + 1) % 11
        }
    }
}

/// Citizens and foreigners have a letter by the remainder of 23, companies a
/// digit or a letter by a sum.
fn spain(number: &[u8]) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    const COMPANY: &[u8] = b"JABCDEFGHI";
    let ([first, middle @ .., last], true) = (number, number.len() == 9) else { return false };
    if !middle.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let digits: Digits = middle.iter().map(|byte| u32::from(byte - b'0')).collect();
    let by_remainder = |first: u64| {
        let whole = first * 10_000_000 + value(&digits);
        LETTERS.get((whole % 23) as usize) == Some(last)
    };
    match first {
        b'0'..=b'9' => by_remainder(u64::from(first - b'0')),
        b'X' | b'Y' | b'Z' => by_remainder(u64::from(first - b'X')),
        b'K' | b'L' | b'M' => by_remainder(0),
        _ => {
            let doubled = |(at, digit): (usize, &u32)| {
                if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }
            };
            let check = (10 - digits.iter().enumerate().map(doubled).sum::<u32>() % 10) % 10;
            u32::from(last.wrapping_sub(b'0')) == check || COMPANY.get(check as usize) == Some(last)
        }
    }
}

/// Two check digits by 97, since 2010 also 55 apart; government and health
/// bodies have numbers below and from 500.
fn britain(number: &str, digits: &[u32]) -> bool {
    if let Some(body) = number.strip_prefix("GD") {
        return body < "500";
    }
    if let Some(body) = number.strip_prefix("HA") {
        return body >= "500";
    }
    let (Some(number), Some(check)) = (digits.get(..7), digits.get(7..9)) else { return false };
    let sum = u64::from(weighed(number, &[8, 7, 6, 5, 4, 3, 2])) + value(check);
    sum.is_multiple_of(97) || (sum + 55).is_multiple_of(97)
}

/// A letter by 23; a second letter counts nine times its place.
fn ireland(number: &[u8]) -> bool {
    const LETTERS: &[u8] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let place = |byte: &u8| LETTERS.iter().position(|letter| letter == byte).map(|at| at as u32);
    let (Some(front), Some(check)) = (number.get(..7), number.get(7)) else { return false };
    // The older form has a letter or sign in the second place.
    let digit =
        |at: usize| front.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    let digits: Option<Digits> = match digit(1) {
        Some(_) => (0..7).map(digit).collect(),
        None => [2, 3, 4, 5, 6, 0].into_iter().map(digit).collect(),
    };
    let Some(digits) = digits else { return false };
    let weights: &[u32] = if digits.len() == 7 { &[8, 7, 6, 5, 4, 3, 2] } else { &[7, 6, 5, 4, 3, 2] };
    let second = number.get(8).and_then(place).unwrap_or(0);
    place(check) == Some((weighed(&digits, weights) + 9 * second) % 23)
}

/// Companies by eleven; sole traders, since 2020, by ISO 7064 MOD 97-10 over
/// the whole id.
fn netherlands(number: &str, digits: &[u32]) -> bool {
    let by_eleven = digits
        .get(..9)
        .is_some_and(|digits| last_is(digits, |d| Some(weighed(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11)));
    let remainder = "NL".bytes().chain(number.bytes()).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.saturating_sub(b'A')) + 10) % 97,
    });
    by_eleven || remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_digit_is_found() {
        for (prefix, number) in [
            ("ATU", "13585627"),
            ("BE", "0428759497"),
            ("BE", "428759497"),
            ("CHE", "100155212"),
            ("CZ", "25123891"),
            ("DE", "136695976"),
            ("DK", "13585628"),
            ("EE", "100931558"),
            ("EL", "094259216"),
            ("ES", "54362315K"),
            ("ES", "X2482300W"),
            ("ES", "J99216582"),
            ("FI", "20774740"),
            ("FR", "40303265045"),
            ("GB", "980780684"),
            ("HR", "33392005961"),
            ("HU", "12892312"),
            ("IE", "6433435F"),
            ("IE", "6433435OA"),
            ("IT", "00743110157"),
            ("LU", "15027442"),
            ("MT", "11679112"),
            ("NL", "004495445B01"),
            ("NL", "002455799B11"),
            ("NO", "988077917"),
            ("PL", "8567346215"),
            ("PT", "501964843"),
            ("RO", "18547290"),
            ("SE", "123456789701"),
            ("SI", "50223054"),
            ("SK", "2022749619"),
        ] {
            assert_eq!(fits(prefix, number), Some(true), "{prefix}{number}");
            // Britain and the Netherlands have two rules, either of which may fit.
            let others = (b'0'..=b'9').filter(|digit| *digit != number.as_bytes()[3]).map(char::from);
            let wrong = others.map(|digit| format!("{}{digit}{}", &number[..3], &number[4..]));
            let refused = wrong.filter(|wrong| fits(prefix, wrong) == Some(false)).count();
            assert!(refused >= 8, "{prefix}{number}: {refused} of 9 were refused");
        }
    }

    #[test]
    fn countries_without_a_published_rule() {
        assert_eq!(fits("CY", "10259033P"), None);
        assert_eq!(fits("GB", "GD001"), Some(true));
        assert_eq!(fits("GB", "HA001"), Some(false));
    }
}
