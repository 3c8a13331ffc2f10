//! Tests of single values: does this text look like an e-mail address, a
//! postcode, a street? They recognise columns, so they may err on one value;
//! validating and cleaning values is `normalise`'s work.

/// Lower-case ASCII letters, digits and single blanks; everything else is a blank.
pub(super) fn fold(value: &str) -> String {
    let ascii = any_ascii::any_ascii(value);
    let mut folded = String::with_capacity(ascii.len());
    for c in ascii.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if c != '\'' && !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

pub(super) fn digits(value: &str) -> usize {
    value.bytes().filter(u8::is_ascii_digit).count()
}

pub(super) fn letters(value: &str) -> usize {
    value.chars().filter(|c| c.is_alphabetic()).count()
}

/// More letters than digits: a word, a name, a place.
pub(super) fn is_wordy(value: &str) -> bool {
    letters(value) > digits(value)
}

pub(super) fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    !local.is_empty() && !domain.contains('@') && domain.len() >= 3 && !value.contains(char::is_whitespace)
}

pub(super) fn is_url(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if lower.contains(char::is_whitespace) || lower.contains('@') {
        return false;
    }
    if lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("www.") {
        return true;
    }
    const TLDS: &[&str] = &[
        "com", "de", "org", "net", "at", "ch", "eu", "info", "co.uk", "io", "fr", "it", "nl", "edu", "gov",
        "us",
    ];
    let host = lower.split('/').next().unwrap_or("");
    host.split_once('.').is_some_and(|(name, _)| name.len() >= 2 && letters(name) > 0)
        && TLDS.iter().any(|tld| host.strip_suffix(tld).is_some_and(|rest| rest.ends_with('.')))
}

/// `@name`, or a profile's address in a social network.
pub(super) fn is_social_handle(value: &str) -> bool {
    const HOSTS: &[&str] = &[
        "facebook.com/",
        "fb.com/",
        "instagram.com/",
        "linkedin.com/in/",
        "linkedin.com/company/",
        "tiktok.com/@",
        "twitter.com/",
        "x.com/",
        "xing.com/profile/",
        "youtube.com/@",
    ];
    if let Some(name) = value.strip_prefix('@') {
        return name.len() >= 2 && !name.contains(['@', ' ']);
    }
    let lower = value.to_ascii_lowercase();
    let bare = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    HOSTS.iter().any(|host| bare.find(host).is_some_and(|at| at == 0 || bare[..at].ends_with('.')))
}

/// A picture or a file's address: carried, never evidence.
pub(super) fn is_file_url(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    const ENDINGS: &[&str] = &[".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".pdf"];
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

pub(super) fn is_uuid_or_hash(value: &str) -> bool {
    let hex = value.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = value.bytes().filter(|&b| b == b'-').count();
    hex + dashes == value.len() && (hex == 32 || hex == 40 || hex == 64) && dashes <= 4
}

/// Digits with what people write between them, 6 to 15 of them.
pub(super) fn is_phone(value: &str) -> bool {
    let count = digits(value);
    (6..=15).contains(&count)
        && letters(value) <= 4
        && value.chars().all(|c| c.is_ascii_digit() || " +()/-.–xXextEXTx".contains(c) || c == '\u{a0}')
}

/// Written as only phones are: a dialling prefix or separators between groups.
pub(super) fn is_dialled(value: &str) -> bool {
    is_phone(value)
        && (value.starts_with('+')
            || value.starts_with('0')
            || value.starts_with('(')
            || value.contains(['/', ' ', '-', '(']))
}

pub(super) fn is_integer(value: &str) -> bool {
    !value.is_empty() && value.len() <= 18 && value.bytes().all(|b| b.is_ascii_digit())
}

/// A number with decimals, thousands or a currency: an amount.
pub(super) fn is_decimal(value: &str) -> bool {
    let bare = value.trim_matches(|c: char| "€$£ -+%".contains(c) || c.is_alphabetic());
    letters(value) <= 3
        && digits(bare) > 0
        && bare.contains(['.', ','])
        && !bare.ends_with(".0")
        && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
}

/// The postal countries whose postcode shape `value` has, as ISO codes; the
/// shape of five digits is shared by many and named `5`, four digits `4`.
pub(super) fn postcode_shape(value: &str) -> Option<&'static str> {
    let value = value.trim().to_ascii_uppercase();
    if let Some(rest) =
        ["D-", "D ", "DE-", "A-", "CH-", "F-", "I-", "L-"].iter().find_map(|p| value.strip_prefix(p))
    {
        return is_integer(rest).then_some(match value.as_bytes().first() {
            Some(b'A') => "AT",
            Some(b'C') => "CH",
            Some(b'F') => "FR",
            Some(b'I') => "IT",
            Some(b'L') => "LU",
            _ => "DE",
        });
    }
    let pattern: String = value
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_alphabetic() {
                'A'
            } else {
                c
            }
        })
        .collect();
    match pattern.as_str() {
        "99999" => Some("5"),
        "9999" => Some("4"),
        "99-999" => Some("PL"),
        "99999-9999" => Some("US"),
        "9999AA" => Some("NL"),
        "A9A9A9" => Some("CA"),
        "AA999AA" | "AA9999AA" if value.starts_with("BT") || value.starts_with("GB") => Some("GB"),
        "A99AA" | "A999AA" | "AA99AA" | "AA999AA" | "A9A9AA" | "AA9A9AA" => Some("GB"),
        "999999" => Some("6"),
        _ => None,
    }
}

pub(super) fn is_postcode(value: &str) -> bool {
    postcode_shape(value).is_some_and(|shape| shape != "6")
}

/// `12`, `12a`, `12 a`, `12-14`, `12/3/7`.
pub(super) fn is_house_number(value: &str) -> bool {
    value.len() <= 9
        && value.starts_with(|c: char| c.is_ascii_digit())
        && (1..=5).contains(&value.bytes().take_while(u8::is_ascii_digit).count())
        && letters(value) <= 2
        && value.chars().all(|c| c.is_ascii_alphanumeric() || " -/.".contains(c))
}

pub(super) fn is_gender(value: &str) -> bool {
    const GENDERS: &[&str] = &[
        "m",
        "f",
        "w",
        "d",
        "x",
        "male",
        "female",
        "mann",
        "frau",
        "maennlich",
        "mannlich",
        "weiblich",
        "divers",
        "man",
        "woman",
        "herr",
        "mr",
        "mrs",
        "ms",
        "miss",
        "homme",
        "femme",
        "monsieur",
        "madame",
        "mme",
        "hombre",
        "mujer",
        "maschio",
        "femmina",
        "signor",
        "signora",
        "kobieta",
        "mezczyzna",
        "pan",
        "pani",
        "dhr",
        "mevr",
        "hr",
        "fr",
        "herrn",
        "nonbinary",
        "non binary",
        "other",
        "diverse",
        "h",
    ];
    value.len() <= 14 && GENDERS.contains(&fold(value).as_str())
}

/// A form of address rather than a bare sex: `Herr`, `Mrs`.
pub(super) fn is_salutation(value: &str) -> bool {
    const FORMS: &[&str] = &[
        "herr", "frau", "mr", "mrs", "ms", "miss", "monsieur", "madame", "mme", "signor", "signora", "herrn",
        "hr", "fr", "dhr", "mevr", "pan", "pani", "firma", "familie",
    ];
    FORMS.contains(&fold(value).as_str())
}

pub(super) fn is_title(value: &str) -> bool {
    const TITLES: &[&str] = &[
        "dr", "prof", "dipl", "mag", "ing", "med", "phd", "mba", "msc", "bsc", "rer", "nat", "jur", "phil",
        "sir", "rev",
    ];
    let folded = fold(value);
    !folded.is_empty() && folded.split(' ').any(|word| TITLES.contains(&word))
}

/// Country code, length and check digits as ISO 13616 has them.
pub(super) fn is_iban(value: &str) -> bool {
    let compact: String =
        value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    if !(15..=34).contains(&compact.len())
        || !compact.is_ascii()
        || !compact.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    head[2..].bytes().all(|b| b.is_ascii_digit()) && rest == Some(1)
}

pub(super) fn is_vat_id(value: &str) -> bool {
    const STATES: &[&str] =
        &["DE", "ATU", "CHE", "FR", "IT", "ES", "NL", "BE", "PL", "GB", "LU", "DK", "CZ", "SE"];
    let compact: String =
        value.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase();
    (9..=14).contains(&compact.len())
        && STATES
            .iter()
            .any(|state| compact.strip_prefix(state).is_some_and(|rest| digits(rest) * 4 >= rest.len() * 3))
}

/// The name of a street, with or without a number.
pub(super) fn is_street(value: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "strasse", "str", "weg", "gasse", "platz", "allee", "ring", "damm", "ufer", "steig", "chaussee",
        "stieg", "pfad", "straat", "laan", "plein", "gracht", "markt", "hof", "graben", "berg", "winkel",
        "kamp",
    ];
    const WORDS: &[&str] = &[
        "street",
        "st",
        "road",
        "rd",
        "avenue",
        "ave",
        "lane",
        "ln",
        "drive",
        "dr",
        "court",
        "ct",
        "place",
        "pl",
        "crescent",
        "cres",
        "close",
        "boulevard",
        "blvd",
        "circuit",
        "parade",
        "terrace",
        "way",
        "highway",
        "hwy",
        "gardens",
        "grove",
        "square",
        "mews",
        "row",
        "walk",
        "view",
        "circle",
        "cir",
        "parkway",
        "pkwy",
        "trail",
        "loop",
        "rue",
        "chemin",
        "via",
        "viale",
        "corso",
        "piazza",
        "calle",
        "avenida",
        "plaza",
        "paseo",
        "ul",
        "ulica",
        "aleja",
        "rise",
        "esplanade",
        "wing",
        "quay",
        "turnpike",
        "am",
        "im",
        "zum",
        "zur",
        "an",
    ];
    let folded = fold(value);
    let name: Vec<&str> = folded.split(' ').filter(|word| digits(word) == 0).collect();
    if name.is_empty() || name.len() > 6 {
        return false;
    }
    let ends =
        |word: &&str| ENDINGS.iter().any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending));
    name.iter().any(ends)
        || name.iter().any(|word| matches!(*word, "strasse" | "str"))
        || (name.len() >= 2 || folded.len() > name[0].len()) && name.iter().any(|word| WORDS.contains(word))
}

/// A street with its number: a word of digits at either end.
pub(super) fn has_street_number(value: &str) -> bool {
    let folded = fold(value);
    let numbered =
        |word: Option<&str>| word.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let mut words = folded.split(' ');
    let (first, last) = (words.next(), words.next_back());
    let suffixed = last.is_some_and(|word| word.len() == 1)
        && folded.split(' ').rev().nth(1).is_some_and(|w| digits(w) > 0);
    is_wordy(value) && last.is_some() && (numbered(first) || numbered(last) || suffixed)
}

/// A legal form or a word that only organisations bear.
pub(super) fn is_organisation(value: &str) -> bool {
    const MARKS: &[&str] = &[
        "gmbh",
        "ag",
        "kg",
        "ohg",
        "gbr",
        "ug",
        "ev",
        "mbh",
        "se",
        "inc",
        "llc",
        "ltd",
        "limited",
        "corp",
        "corporation",
        "plc",
        "co",
        "company",
        "bv",
        "nv",
        "sarl",
        "sas",
        "sa",
        "srl",
        "spa",
        "oy",
        "ab",
        "sro",
        "group",
        "gruppe",
        "holding",
        "bank",
        "hotel",
        "restaurant",
        "cafe",
        "grill",
        "bar",
        "school",
        "center",
        "centre",
        "university",
        "club",
        "verein",
        "verlag",
        "apotheke",
        "praxis",
        "kanzlei",
        "agentur",
        "institute",
        "institut",
        "stiftung",
        "foundation",
        "services",
        "service",
        "solutions",
        "systems",
        "consulting",
        "partners",
        "associates",
        "academy",
        "church",
        "ymca",
        "kitchen",
        "bistro",
        "house",
        "diner",
        "deli",
        "pizzeria",
        "inn",
        "store",
        "shop",
        "markt",
        "clinic",
        "hospital",
    ];
    let folded = fold(value);
    folded.split(' ').count() >= 2 && folded.split(' ').any(|word| MARKS.contains(&word))
}

/// The number of words, counting only those with a letter.
pub(super) fn words(value: &str) -> usize {
    value.split(|c: char| c.is_whitespace() || c == ',').filter(|word| letters(word) > 0).count()
}
