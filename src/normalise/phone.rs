//! Telephone numbers: E.164 by the port of libphonenumber, with what people
//! write around a number (labels, extensions, two numbers in one field) taken
//! off first.

mod plans;

use super::{Context, Normalised, Part, placeholder, text};
use crate::record::{Attribute, Verdict};
use compact_str::{CompactString, format_compact};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};
use smallvec::SmallVec;

use plans::Dialled;
pub use plans::Plans;

/// Fewer digits reach nobody beyond an office.
const DIGITS_MIN: usize = 5;
/// As many may be a whole number with its area.
const DIGITS_WHOLE: usize = 7;
/// Why such numbers are in doubt.
const OUT_OF_SERVICE: &str = "not a number in service";
const SERVICE: &str = "a service number, not a person's";
/// E.164 allows fifteen; a few more are seen with a trunk zero and extension.
const DIGITS_MAX: usize = 20;

/// A phone field; several numbers in one field give several parts.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    let numbers = split_numbers(clean);
    if numbers.len() <= 1 {
        return one(clean, numbers.first().copied().unwrap_or(clean), context);
    }
    let mut normals = numbers
        .iter()
        .map(|number| one(number, number, context))
        .filter(|normal| normal.verdict.is_evidence());
    match normals.next() {
        None => Normalised::placeholder(Attribute::Phone, clean, placeholder::REASON),
        Some(mut first) => {
            for next in normals {
                for part in next.parts {
                    if !first.parts.contains(&part) {
                        first.parts.push(part);
                    }
                }
                if next.verdict == Verdict::Doubtful {
                    first = first.doubted(next.reason.unwrap_or("one of the numbers is doubtful"));
                }
            }
            first
        }
    }
}

/// The numbers of a field: parted by `;`, `,`, `|`, `oder`, or a slash before
/// another whole number.
fn split_numbers(clean: &str) -> SmallVec<[&str; 2]> {
    let mut numbers: SmallVec<[&str; 2]> = SmallVec::new();
    let parts =
        |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b';' | b',' | b'|' | b'\n' | b'/' | b'+');
    // Digits enough for two are worth a look as well.
    if !clean.bytes().skip(1).any(parts) && digit_count(clean) <= 15 {
        numbers.push(clean.trim());
        return numbers;
    }
    for piece in clean
        .split([';', ',', '|', '\n'])
        .flat_map(|piece| piece.split(" oder "))
        .flat_map(|piece| piece.split(" or "))
        .flat_map(|piece| piece.split(" und "))
        .flat_map(|piece| piece.split(" u. "))
        .flat_map(|piece| piece.split(" bzw. "))
    {
        let mut rest = piece;
        while let Some((end, start)) = two_numbers(rest) {
            numbers.push(rest[..end].trim());
            rest = rest[start..].trim();
            // `+ 0171`: the plus binds.
            let bound = rest.strip_prefix('+').map(str::trim_start);
            rest = bound.filter(|number| number.starts_with('0')).unwrap_or(rest);
        }
        numbers.push(without_alternative(rest.trim()));
    }
    if numbers.len() > 1 {
        numbers.retain(|number| digit_count(number) >= DIGITS_MIN);
    }
    numbers
}

/// Where the first of two numbers ends and the second begins: around a slash or
/// plus, or at a mere space where one number would be too long.
fn two_numbers(text: &str) -> Option<(usize, usize)> {
    let long = digit_count(text) > 15;
    text.match_indices(['/', '+', ' ']).find_map(|(at, sign)| {
        // A plus may be the second number's own.
        let own = sign == "+" && text[at + 1..].starts_with(|ch: char| ch.is_ascii_digit());
        let behind = if own { at } else { at + 1 };
        let (before, after) = (&text[..at], text[behind..].trim_start());
        // A space may stand inside one number.
        let (least, apart) = if sign == " " { (9, long) } else { (6, true) };
        let two = digit_count(before) >= least && digit_count(after) >= 6 && after.starts_with(['0', '+']);
        (apart && two).then_some((at, behind))
    })
}

/// `030 12345678/79`: another line of the same connection, which is no part of
/// this number.
fn without_alternative(number: &str) -> &str {
    match number.rsplit_once('/') {
        Some((before, line))
            if (1..=2).contains(&line.trim().len())
                && line.trim().bytes().all(|byte| byte.is_ascii_digit())
                && digit_count(before) >= 8 =>
        {
            before.trim_end()
        }
        _ => number,
    }
}

fn digit_count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn one(clean: &str, number: &str, context: &Context) -> Normalised {
    let (body, extension) = split_extension(number);
    if let Some(normal) = spelled_in_letters(body, context) {
        return normal;
    }
    if is_rounded(body) {
        return Normalised::invalid(Attribute::Phone, clean, "a number that a spreadsheet has rounded");
    }
    let body = without_remark(body);
    let (mut digits, international) = dialled(body);
    // Australia dials abroad with 0011, which reads as 00 and 11.
    if context.country == Some("AU") && international && digits.starts_with("11") && !body.contains('+') {
        digits = CompactString::from(&digits[2..]);
    }
    if digits.is_empty() {
        if placeholder::is_placeholder(clean, &text::fold(clean), context.tables) {
            return Normalised::placeholder(Attribute::Phone, clean, placeholder::REASON);
        }
        return Normalised::invalid(Attribute::Phone, clean, "no digit in it");
    }
    if is_filler(&digits) {
        return Normalised::placeholder(Attribute::Phone, clean, "filled with one digit or a count");
    }
    if digits.len() < DIGITS_MIN {
        return if digits.len() <= 3 && international {
            Normalised::placeholder(Attribute::Phone, clean, "only a country code")
        } else {
            Normalised::invalid(Attribute::Phone, clean, "too short for a phone number")
        };
    }
    if digits.len() > DIGITS_MAX {
        return Normalised::invalid(Attribute::Phone, clean, "too long for a phone number");
    }
    let mut normal = resolve(&digits, international, context);
    if let (Some(extension), Some(part)) = (extension, normal.parts.first_mut()) {
        part.display.push_str(" ext. ");
        part.display.push_str(extension);
    }
    normal
}

/// `1.71309686E9`
fn is_rounded(body: &str) -> bool {
    let Some((mantissa, exponent)) = body.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(rest) && digits(exponent.trim_start_matches('+'))
}

/// `030 1234567 (Fax)`, `0171 3096863 after 6 pm`: the number before the first
/// word behind it.
fn without_remark(body: &str) -> &str {
    let mut digits = 0;
    for (at, ch) in body.char_indices() {
        if ch.is_ascii_digit() {
            digits += 1;
        } else if digits >= DIGITS_WHOLE && ch.is_alphabetic() {
            return &body[..at];
        }
    }
    body
}

/// `1-800-FLOWERS`: letters among the digits stand for the keys they are on.
/// Behind a whole number they are a remark, and one letter over and over hides
/// what stood there.
fn spelled_in_letters(body: &str, context: &Context) -> Option<Normalised> {
    let first = body.find(|ch: char| ch.is_ascii_digit())?;
    let letter = |byte: &u8| byte.is_ascii_alphabetic();
    let letters = body[first..].bytes().filter(letter).count();
    let start = body[first..].bytes().position(|byte| letter(&byte)).map_or(0, |at| first + at);
    let one = body.as_bytes().get(start);
    let masked = body[start..].bytes().filter(letter).all(|byte| Some(&byte) == one);
    if letters < 3 || masked || digit_count(&body[..start]) >= DIGITS_WHOLE {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(body, context.country.and_then(region_of)).ok()?;
    let reach = reach(&number);
    (reach != Reach::Nobody).then(|| judged(&number, reach))
}

/// The number without its extension, and the extension's digits.
fn split_extension(number: &str) -> (&str, Option<&str>) {
    if !number.bytes().any(|byte| byte == b'#' || byte.is_ascii_alphabetic()) {
        return (number, None);
    }
    for mark in [
        " ext. ",
        "ext.",
        "ext",
        "Ext",
        "EXT",
        "Durchwahl",
        "DW",
        "Dw",
        "Apparat",
        "App.",
        "Nst.",
        "#",
        "x",
        "X",
    ] {
        let Some(at) = number.rfind(mark) else { continue };
        let tail = number[at + mark.len()..].trim_matches([' ', ':', '.', '-']);
        if (1..=6).contains(&tail.len())
            && tail.bytes().all(|byte| byte.is_ascii_digit())
            && digit_count(&number[..at]) >= DIGITS_MIN
        {
            return (number[..at].trim_end_matches([' ', ',', '-', '/']), Some(tail));
        }
    }
    (number, None)
}

/// The digits as dialled after the country prefix, and whether one stood
/// there: `+49 (0)171` → (`49171`, true), `0049171` → (`49171`, true).
fn dialled(body: &str) -> (CompactString, bool) {
    let mut digits = CompactString::default();
    let mut plus = false;
    for ch in body.chars() {
        match ch {
            '0'..='9' => digits.push(ch),
            '+' | '＋' if digits.is_empty() => plus = true,
            _ => {
                if let Some(value) = ch.to_digit(10).or_else(|| other_digit(ch)) {
                    digits.push(char::from_digit(value, 10).unwrap_or('0'));
                }
            }
        }
    }
    let mut international = plus;
    if !plus && digits.starts_with("00") && !digits.starts_with("000") {
        digits = CompactString::from(&digits[2..]);
        international = true;
    } else if plus && digits.starts_with("00") {
        digits = CompactString::from(digits.trim_start_matches('0'));
    }
    // The trunk zero in brackets is not dialled from abroad.
    if international && let Some(at) = body.find("(0)") {
        let before = digit_count(&body[..at]);
        let shift = if plus { 0 } else { 2 };
        let at = before.saturating_sub(shift);
        if at > 0 && digits.as_bytes().get(at) == Some(&b'0') {
            digits.remove(at);
        }
    }
    (digits, international)
}

/// Arabic-Indic and other digits, by their value.
fn other_digit(ch: char) -> Option<u32> {
    let zero = match ch {
        '\u{0660}'..='\u{0669}' => 0x0660,
        '\u{06F0}'..='\u{06F9}' => 0x06F0,
        '\u{0966}'..='\u{096F}' => 0x0966,
        '\u{FF10}'..='\u{FF19}' => 0xFF10,
        _ => return None,
    };
    Some(u32::from(ch) - zero)
}

fn is_filler(digits: &str) -> bool {
    let body = digits.trim_start_matches('0').as_bytes();
    placeholder::is_digit_filler(digits.as_bytes())
        || body.len() < 2
        || placeholder::is_digit_filler(body) && body.len() >= 4
}

fn resolve(digits: &str, international: bool, context: &Context) -> Normalised {
    let (code, national) = match (international, digits.get(..2), context.country) {
        (true, Some(code @ ("49" | "43" | "41")), _) => (code, &digits[2..]),
        (false, _, Some("DE")) => ("49", digits.strip_prefix('0').unwrap_or("")),
        (false, _, Some("AT")) => ("43", digits.strip_prefix('0').unwrap_or("")),
        (false, _, Some("CH")) => ("41", digits.strip_prefix('0').unwrap_or("")),
        _ => ("", ""),
    };
    if let Some(part) = mobile(code, national) {
        return Normalised::valid(part);
    }
    let plans = &context.tables.phone_plans;
    let dialled = Dialled { code, national, international };
    if let Some(normal) = plans.judged(dialled) {
        return normal;
    }
    // No exchange dials three zeros first.
    if !international && digits.starts_with("000") {
        return unresolved(digits, digits, "not in its country's form");
    }
    if international {
        return match parse_international(digits) {
            Some((number, reach)) => {
                plans.learn(dialled, &number, reach);
                judged(&number, reach)
            }
            None => unresolved(digits, &format_compact!("+{digits}"), "country code is not known"),
        };
    }
    let region = context.country.and_then(region_of);
    let Some(region) = region else {
        return unresolved(digits, digits, "national number of an unknown country");
    };
    // A spreadsheet takes the plus from `+491713096863`. The national reading
    // would need the zero that people there always write.
    if digits.len() >= 11
        && !digits.starts_with('0')
        && let Some(number) = plus_lost(digits)
        && PHONE_NUMBER_UTIL.get_country_code_for_region(region) == Some(number.country_code)
    {
        return Normalised::doubtful(part(&number), "country code without its plus");
    }
    let parsed = PHONE_NUMBER_UTIL.parse(digits, Some(region)).ok();
    let parsed = parsed.map(|number| (reach(&number), number));
    // A foreign number without its plus.
    if !matches!(parsed, Some((Reach::Service | Reach::Anyone, _)))
        && !digits.starts_with('0')
        && digits.len() >= 10
        && let Some(number) = plus_lost(digits)
    {
        return Normalised::doubtful(part(&number), "country code without its plus");
    }
    match parsed {
        Some((reach, number)) => {
            plans.learn(dialled, &number, reach);
            judged(&number, reach)
        }
        None => unresolved(digits, digits, "not in its country's form"),
    }
}

/// The commonest numbers here, without the library's general work: mobiles of
/// Germany (15x with eleven digits, 16x and 17x with ten), Austria and
/// Switzerland. A test holds it to the library.
fn mobile(code: &str, national: &str) -> Option<Part> {
    let bytes = national.as_bytes();
    if !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let network = match (code, bytes, bytes.len()) {
        ("49", [b'1', b'6', b'0' | b'2' | b'3', ..] | [b'1', b'7', ..], 10) => 3,
        ("49", [b'1', b'5', b'1' | b'2' | b'7' | b'9', ..], 11) => 4,
        ("49", [b'1', b'5', b'0' | b'5' | b'6' | b'8', ..], 11) => 5,
        ("43", [b'6', b'6'..=b'9', ..], 10 | 11) => 3,
        ("41", [b'7', b'5'..=b'9', ..], 9) => 2,
        _ => return None,
    };
    let (network, number) = national.split_at(network);
    let display = if code == "41" {
        format_compact!("+41 {network} {} {} {}", &number[..3], &number[3..5], &number[5..])
    } else {
        format_compact!("+{code} {network} {number}")
    };
    Some(Part::new(Attribute::Phone, display, format_compact!("+{code}{national}")))
}

/// Whom a number reaches, as far as its country's plan tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nobody,
    /// Free, shared-cost, premium and other numbers of firms: never a person's.
    Service,
    Anyone,
}

fn reach(number: &PhoneNumber) -> Reach {
    use rlibphonenumber::PhoneNumberType as Type;
    match PHONE_NUMBER_UTIL.get_number_type(number) {
        Type::Unknown => Reach::Nobody,
        Type::TollFree | Type::SharedCost | Type::PremiumRate | Type::UAN | Type::VoiceMail => Reach::Service,
        _ => Reach::Anyone,
    }
}

/// A number of which the plan has told whom it reaches.
fn judged(number: &PhoneNumber, reach: Reach) -> Normalised {
    match reach {
        Reach::Nobody => not_in_service(number),
        Reach::Service => Normalised::doubtful(part(number), SERVICE),
        Reach::Anyone => Normalised::valid(part(number)),
    }
}

fn region_of(country: &str) -> Option<Region> {
    let two_letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if two_letters { Region::from_code(country).ok() } else { None }
}

/// The number, and whom it reaches.
fn parse_international(digits: &str) -> Option<(PhoneNumber, Reach)> {
    let number = PHONE_NUMBER_UTIL.parse(format_compact!("+{digits}"), None).ok()?;
    let reach = reach(&number);
    Some((number, reach))
}

/// The number, where digits without a plus begin with a country code all the same.
fn plus_lost(digits: &str) -> Option<PhoneNumber> {
    let (number, reach) = parse_international(digits)?;
    (reach != Reach::Nobody).then_some(number)
}

/// Shown as E.164, since its country has no spelling for it.
fn not_in_service(number: &PhoneNumber) -> Normalised {
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    Normalised::doubtful(Part::new(Attribute::Phone, e164.as_ref(), e164.as_ref()), OUT_OF_SERVICE)
}

fn part(number: &PhoneNumber) -> Part {
    Part::new(
        Attribute::Phone,
        PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::International).as_ref(),
        PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).as_ref(),
    )
}

/// Digits that no country's plan explains: compared without leading zeros.
fn unresolved(digits: &str, shown: &str, reason: &'static str) -> Normalised {
    let canonical = digits.trim_start_matches('0');
    Normalised::doubtful(Part::new(Attribute::Phone, shown, canonical), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, country: Option<&str>, expect: &[&str], verdict: Verdict) {
        let normal = normalise(input, &Context { country, ..Context::default() });
        let found: Vec<_> =
            normal.parts.iter().map(|part| part.canonical.as_str()).filter(|text| !text.is_empty()).collect();
        assert_eq!((found.as_slice(), normal.verdict), (expect, verdict), "{input} {:?}", normal.reason);
    }

    #[test]
    fn german_spellings_agree() {
        for input in [
            "0171 3096863",
            "+49 171 3096863",
            "0049171/3096863",
            "+49 (0)171 3096863",
            "+49(0)171-3096863",
            "(0171) 309 68 63",
            "Tel.: 0171/3096863",
            "491713096863",
            "171 3096863",
        ] {
            let verdict = if input == "491713096863" { Verdict::Doubtful } else { Verdict::Valid };
            check(input, Some("DE"), &["+491713096863"], verdict);
        }
        check("030/12345678", Some("DE"), &["+493012345678"], Verdict::Valid);
        check("0664 1234567", Some("AT"), &["+436641234567"], Verdict::Valid);
        check("079 123 45 67", Some("CH"), &["+41791234567"], Verdict::Valid);
        check("(810)433-3532", Some("US"), &["+18104333532"], Verdict::Valid);
        check("(810)433-3532", None, &["8104333532"], Verdict::Doubtful);
    }

    #[test]
    fn several_and_extensions() {
        check("0171 3096863 / 030 12345678", Some("DE"), &["+491713096863", "+493012345678"], Verdict::Valid);
        check("030 12345678 ext. 12", Some("DE"), &["+493012345678"], Verdict::Valid);
        for input in ["030 12345678/79", "030 12345678 (Fax)", "030 12345678 after 6 pm", "Fax 030 12345678"]
        {
            check(input, Some("DE"), &["+493012345678"], Verdict::Valid);
        }
        for input in
            ["030 12345678 + 0171 3096863", "030 12345678 0171 3096863", "030 12345678 u. 0171 3096863"]
        {
            check(input, Some("DE"), &["+493012345678", "+491713096863"], Verdict::Valid);
        }
        check(
            "030 12345678 / +49 171 3096863",
            Some("DE"),
            &["+493012345678", "+491713096863"],
            Verdict::Valid,
        );
    }

    /// The short way must be the library's, for every prefix and thousands of
    /// numbers spread over each.
    #[test]
    fn the_short_way_is_the_librarys() {
        let german = [160, 162, 163].into_iter().chain(170..180).map(|network| ("49", network, 10));
        let newer = [150, 151, 152, 155, 156, 157, 158, 159].map(|network| ("49", network, 11));
        let austrian = (660..700).flat_map(|network| [("43", network, 10), ("43", network, 11)]);
        let swiss = (75..80).map(|network| ("41", network, 9));
        for (code, network, length) in german.chain(newer).chain(austrian).chain(swiss) {
            let region = match code {
                "49" => Region::DE,
                "43" => Region::AT,
                _ => Region::CH,
            };
            let head = network.to_string();
            let width = length - head.len();
            for step in 0..500u64 {
                let tail = (step * 19_997_003 + 1_234) % 10u64.pow(width as u32);
                let national = format!("{head}{tail:0width$}");
                let number = PHONE_NUMBER_UTIL.parse(format!("0{national}"), Some(region)).unwrap();
                assert!(PHONE_NUMBER_UTIL.is_valid_number(&number), "{national}");
                assert_eq!(mobile(code, &national), Some(part(&number)), "{national}");
            }
        }
    }

    #[test]
    fn service_numbers_are_nobodys() {
        for (input, expect) in [
            ("0800 1234567", "+498001234567"),
            ("01803 123456", "+491803123456"),
            ("+43 800 123456", "+43800123456"),
        ] {
            check(input, Some("DE"), &[expect], Verdict::Doubtful);
        }
        check("+498001234567", None, &["+498001234567"], Verdict::Doubtful);
        check("030 12345678", Some("DE"), &["+493012345678"], Verdict::Valid);
    }

    #[test]
    fn placeholders() {
        for input in ["000000", "0123456789", "1111111", "n/a", "+49", "0000", "-"] {
            check(input, Some("DE"), &[], Verdict::Placeholder);
        }
        check("12", Some("DE"), &[], Verdict::Invalid);
        check("call me", Some("DE"), &[], Verdict::Invalid);
        check("1.71309686E9", Some("DE"), &[], Verdict::Invalid);
        check("0171-XXXXXXX", Some("DE"), &[], Verdict::Invalid);
    }
}
