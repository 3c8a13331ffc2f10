//! What a column's header says it holds. Values are not looked at here.

use super::languages;
use super::words::{
    COMPOUND_HEADS, OWN_SCHEME, QUALIFIERS, RECORD_IDS, SCHEMES, SPELLINGS, WHOLE_NAMES, lists,
};
use crate::record::Attribute;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// It names an attribute.
    Attribute(Attribute),
    /// It names an identifier scheme, by its common label.
    Scheme(String),
    /// It names the row.
    RecordId,
    /// `name`, `contact`: a person, a family name or an organisation.
    WholeName,
    /// `fname`: the first or the family name, as its neighbours tell.
    FirstOrFamilyName,
    Nothing,
}

/// Reads a header.
pub(super) fn read(header: &str) -> Said {
    if let Some(said) = native(header) {
        return said;
    }
    let tokens = tokens(header);
    let (words, number) = split_number(&tokens);
    if let Some(number) = number {
        let numbered = format!("{}{number}", words.concat());
        if let Some(said) = exact(&numbered) {
            return said;
        }
    }
    for part in parts(words) {
        if let Some(said) = exact(&part) {
            return said;
        }
    }
    if let Some(said) = by_ending(words) {
        return said;
    }
    mistyped(&words.concat()).unwrap_or(Said::Nothing)
}

/// Reads a header that is not in Latin letters by the spellings of its own
/// script. Chinese and Japanese words have no other reading: in Latin letters
/// the family name would be a social network.
fn native(header: &str) -> Option<Said> {
    if header.is_ascii() || !header.chars().any(|c| c.is_alphabetic() && !is_latin(c)) {
        return None;
    }
    let folded = fold(header);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let joined = words.concat();
    let wholly_native = joined.chars().any(is_syllabic);
    let is_whole = |spelling: &str| joined == spelling;
    let is_word = |spelling: &str| words.contains(&spelling);
    let is_ending =
        |spelling: &str| wholly_native && spelling.chars().nth(1).is_some() && joined.ends_with(spelling);
    let ways: [&dyn Fn(&str) -> bool; 3] = [&is_whole, &is_word, &is_ending];
    let found = ways.into_iter().find_map(|way| {
        let says = |spellings: &str| spellings.split_whitespace().any(|spelling| way(&fold(spelling)));
        let attribute = languages::NATIVE.iter().find(|(_, spellings)| says(spellings));
        let scheme = languages::NATIVE_SCHEMES.iter().find(|(_, spellings)| says(spellings));
        let attribute = attribute.map(|(attribute, _)| Said::Attribute(*attribute));
        attribute.or_else(|| scheme.map(|(label, _)| Said::Scheme((*label).to_owned())))
    });
    found.or_else(|| wholly_native.then_some(Said::Nothing))
}

/// Lower case, without marks, its words parted by blanks.
fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase);
    let plain = plain.map(|c| if c == 'ς' { 'σ' } else { c });
    plain.map(|c| if c.is_alphanumeric() { c } else { ' ' }).nfc().collect()
}

fn is_latin(c: char) -> bool {
    matches!(u32::from(c), ..0x370 | 0x1e00..=0x1eff | 0xff21..=0xff5a)
}

/// Of the scripts of Chinese, Japanese and Korean.
fn is_syllabic(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x11ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xff66..=0xff9f)
}

/// Whether a scheme's numbers name the same customer in every channel, so that
/// one without repeats links all the same. Each channel gives customer numbers
/// of its own.
pub(super) fn is_shared(label: &str) -> bool {
    label != OWN_SCHEME && SCHEMES.iter().any(|(known, _)| *known == label)
}

/// The header as a label: snake case, folded, and unlike any attribute's name,
/// so that rules and outputs cannot take the one for the other.
pub(super) fn label(header: &str) -> String {
    let label = tokens(header).join("_");
    if label.starts_with(|c: char| c.is_ascii_lowercase()) && Attribute::from_name(&label).is_none() {
        return label;
    }
    let parts = ["column", label.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// Lower-case ASCII words of a header: parted at punctuation, at a change to
/// upper case and before digits.
fn tokens(header: &str) -> Vec<String> {
    let ascii = any_ascii::any_ascii(header);
    let bytes = ascii.as_bytes();
    let mut tokens: Vec<String> = Vec::new();
    let mut open = false;
    for (at, &byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            open = false;
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        let after = bytes.get(at + 1).copied().unwrap_or(b' ');
        let begins_word = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        let begins_number = byte.is_ascii_digit() != before.is_ascii_digit();
        if !open || begins_word || begins_number {
            tokens.push(String::new());
            open = true;
        }
        if let Some(token) = tokens.last_mut() {
            token.push(byte.to_ascii_lowercase() as char);
        }
    }
    tokens
}

/// The words, and the number at the end of them: `phone2`, `address_line_1`.
fn split_number(tokens: &[String]) -> (&[String], Option<&str>) {
    match tokens.split_last() {
        Some((last, words)) if !words.is_empty() && last.bytes().all(|b| b.is_ascii_digit()) => {
            (words, Some(last))
        }
        _ => (tokens, None),
    }
}

/// The whole header, then what remains without qualifiers before and after it.
fn parts(words: &[String]) -> Vec<String> {
    let mut parts = vec![words.concat()];
    let qualifies = |word: &String| lists(QUALIFIERS, word) || word.bytes().all(|b| b.is_ascii_digit());
    let head = words.iter().take_while(|word| qualifies(word)).count();
    let tail = words.iter().rev().take_while(|word| qualifies(word)).count();
    for from in 0..=head {
        for to in (words.len().saturating_sub(tail)..=words.len()).rev() {
            if let Some(part) = words.get(from..to).filter(|part| !part.is_empty()) {
                parts.push(part.concat());
            }
        }
    }
    for at in 0..parts.len() {
        let rest = COMPOUND_HEADS
            .split_ascii_whitespace()
            .find_map(|compound| parts[at].strip_prefix(compound).map(str::to_owned));
        parts.extend(rest.filter(|rest| rest.len() >= 3));
    }
    parts
}

fn exact(part: &str) -> Option<Said> {
    if matches!(part, "fname" | "fnam") {
        return Some(Said::FirstOrFamilyName);
    }
    if lists(RECORD_IDS, part) {
        return Some(Said::RecordId);
    }
    if lists(WHOLE_NAMES, part) || lists(languages::WHOLE_NAMES, part) {
        return Some(Said::WholeName);
    }
    let mut spellings = SPELLINGS.iter().chain(languages::SPELLINGS);
    if let Some((attribute, _)) = spellings.find(|(_, spellings)| lists(spellings, part)) {
        return Some(Said::Attribute(*attribute));
    }
    let mut schemes = SCHEMES.iter().chain(languages::SCHEMES);
    let scheme = schemes.find(|(_, spellings)| lists(spellings, part));
    scheme.map(|(label, _)| Said::Scheme((*label).to_owned()))
}

/// `provider_id`, `NAEYC Program Id`, `Vertragsnummer`: a scheme of its own name.
fn by_ending(words: &[String]) -> Option<Said> {
    const ENDINGS: &[&str] = &["id", "nr", "no", "number", "nummer", "key", "code", "num"];
    let (last, head) = words.split_last()?;
    if head.is_empty() {
        let head =
            last.strip_suffix("nummer").or_else(|| last.strip_suffix("nr")).filter(|head| head.len() > 3)?;
        return Some(Said::Scheme(format!("{head}_id")));
    }
    if !ENDINGS.contains(&last.as_str()) {
        return None;
    }
    // A code is mostly a category: the values decide.
    let unclear = matches!(last.as_str(), "code" | "num" | "no");
    (!unclear && !head.iter().all(|word| lists(QUALIFIERS, word)))
        .then(|| Said::Scheme(format!("{}_id", head.join("_"))))
}

/// A spelling with one slip in it: `adress`, `geburstdatum`.
fn mistyped(part: &str) -> Option<Said> {
    if part.len() < 6 {
        return None;
    }
    let near = |spelling: &str| spelling.len() >= 6 && strsim::osa_distance(part, spelling) == 1;
    let mut spellings = SPELLINGS.iter().chain(languages::SPELLINGS);
    let found = spellings.find(|(_, spellings)| spellings.split_ascii_whitespace().any(near));
    found.map(|(attribute, _)| Said::Attribute(*attribute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Attribute::*;

    fn check(header: &str, expected: Said) {
        assert_eq!(read(header), expected, "header `{header}`");
    }

    #[test]
    fn headers_are_read_in_many_spellings() {
        for (headers, attribute) in [
            (
                "Vorname|first_name|firstName|fname1|gname|imie|Prénom|given-name|pername1|VORNAME|customer.firstName",
                GivenName,
            ),
            ("first_name2|imie2|Zweiter Vorname|middle_initial", MiddleName),
            (
                "Nachname|last_name|last_name2|nazwisko|Cognome|Apellido|achternaam|surname|pername2|kunde_nachname",
                FamilyName,
            ),
            ("E-Mail|E-Mail-Adresse|eMail|email1|Email Address|kunden_email|mail", Email),
            ("Tel.-Nr.|telefon_mobil|phone1|Telefon (privat)|mobilePhone|Fax|billing_phone|Handy-Nr.", Phone),
            ("Straße|Strasse|street_name|str_nam|billing_street|rechnungsstrasse|Lieferstraße", Street),
            ("Hausnr.|Haus-Nr.|house_no|hse_num|street_number|houseNumber", HouseNumber),
            ("Adresse|address_1|Address Line 1|Straße und Hausnummer|Anschrift|adress", Address),
            ("address_2|Adresszusatz|unit_number", AddressExtra),
            ("PLZ|Postleitzahl|zip|zipcode|postcode_fake|enumpc|billing_zip|Zip Code", Postcode),
            ("Ort|city|suburb|Wohnort|billing_city|miasto", City),
            ("state|Bundesland", Region),
            ("Land|Country|kraj|country_code|Länder-Code", Country),
            ("Geb.-Datum|dob|date_of_birth|data_ur|Geburtsdatum|birthDate|geburstdatum", BirthDate),
            ("birth_year|dob_year|Geburtsjahr", BirthYear),
            ("birth_month|dob_mon", BirthMonth),
            ("birth_day|dob_day", BirthDay),
            ("Geschlecht|sex|Anrede", Gender),
            ("updated_at|Geändert am|lastModified", UpdatedAt),
            ("created_at|Bemerkung|Notizen", Carried),
            ("Firma|company|Site name", Organisation),
            ("occup|Beruf", Occupation),
            ("full_name|first_and_surname|Vor- und Nachname", FullName),
        ] {
            for header in headers.split('|') {
                // `birthday` is a date in most exports; a day of the month is told by its values.
                let expected = if header == "birth_day" { BirthDate } else { attribute };
                check(header, Said::Attribute(expected));
            }
        }
    }

    #[test]
    fn headers_are_read_in_further_languages() {
        for (headers, attribute) in [
            ("fornavn|Förnamn|Keresztnév|prenume|имя|名|ΌΝΟΜΑ|שם פרטי|الاسم الأول", GivenName),
            ("sobrenome|Příjmení|vezetéknév|soyadı|Efternamn|фамилия|прізвище|επώνυμο|姓|성", FamilyName),
            ("Ad Soyad|Jméno a příjmení|nominativo|ФИО|氏名|お客様氏名|姓名|성명", FullName),
            ("e-posta|Sähköposti|e-mail cím|электронная почта|メールアドレス|邮箱|דוא״ל", Email),
            ("Puhelin|celular|cep telefonu|telefonszám|номер телефона|お電話番号|手机号|휴대폰", Phone),
            ("osoite|endereço|cím|adresă|адрес|διεύθυνση|住所|地址|주소", Address),
            ("CEP|PSČ|irányítószám|cod poștal|postnummer|индекс|Τ.Κ.|郵便番号|邮编|우편번호", Postcode),
            ("cidade|město|kaupunki|oraș|Şehir|By|город|πόλη|市区町村|城市|도시", City),
            (
                "Data de nascimento|fødselsdato|doğum tarihi|дата рождения|生年月日|생년월일|תאריך לידה",
                BirthDate,
            ),
        ] {
            for header in headers.split('|') {
                check(header, Said::Attribute(attribute));
            }
        }
        check("nome", Said::WholeName);
        check("Jméno", Said::WholeName);
        check("会員番号", Said::Scheme("loyalty_id".into()));
        check("備考", Said::Nothing);
    }

    #[test]
    fn a_spelling_means_one_thing() {
        let mut words: Vec<&str> =
            [SPELLINGS, languages::SPELLINGS].concat().iter().map(|(_, list)| *list).collect();
        words.extend([SCHEMES, languages::SCHEMES].concat().iter().map(|(_, list)| *list));
        words.extend([WHOLE_NAMES, languages::WHOLE_NAMES]);
        let mut words: Vec<&str> = words.iter().flat_map(|list| list.split_ascii_whitespace()).collect();
        words.sort_unstable();
        let twice: Vec<_> = words.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn schemes_bear_one_label() {
        for header in ["Kundenkarte", "loyalty_card", "loyalty_id", "loyaltyCardNumber", "Kundenkarten-Nr."] {
            check(header, Said::Scheme("loyalty_id".into()));
        }
        assert!(is_shared("loyalty_id"));
        for own in ["customer_id", "idhs_provider_id"] {
            assert!(!is_shared(own), "{own}");
        }
        check("soc_sec_id", Said::Scheme("social_security_id".into()));
        check("IDHS Provider ID", Said::Scheme("idhs_provider_id".into()));
        check("Vertragsnummer", Said::Scheme("vertrags_id".into()));
        check("Kundennr.", Said::Scheme("customer_id".into()));
    }

    #[test]
    fn what_is_unclear_is_left_to_the_values() {
        check("Name", Said::WholeName);
        check("fname", Said::FirstOrFamilyName);
        check("record_id", Said::RecordId);
        check("ID", Said::RecordId);
        for header in
            ["col_a", "culture", "cuisine", "cap_add", "enumcap", "gmina", "housing_type", "", "42", "year"]
        {
            check(header, Said::Nothing);
        }
    }

    #[test]
    fn labels_are_snake_case() {
        assert_eq!(label("Größe (cm)"), "grosse_cm");
        assert_eq!(label("raceEthnicity"), "race_ethnicity");
        assert_eq!(label("City"), "column_city");
        assert_eq!(label("2nd"), "column_2_nd");
        assert_eq!(label("?"), "column");
    }
}
