//! Which country a data set is from, where records do not say: it decides how
//! phones without a prefix and ambiguous postcodes are read.

use super::profile::Profile;
use super::{ColumnDecision, content, places, shape};
use crate::normalise::Tables;
use crate::record::{Attribute, Table};

/// The country most of the evidence points to, as ISO 3166-1 alpha-2; `None`
/// where nothing in the data tells.
pub fn default_country(tables: &[Table], decisions: &[ColumnDecision]) -> Option<String> {
    let mut votes = Votes::default();
    for decision in decisions {
        let Some(table) = tables.get(decision.table) else { continue };
        let Some(column) = table.columns.get(decision.column) else { continue };
        let profile = match decision.attribute {
            Attribute::Country
            | Attribute::Phone
            | Attribute::Postcode
            | Attribute::Region
            | Attribute::Iban
            | Attribute::Email
            | Attribute::Street
            | Attribute::Address => Profile::of(&[column], Tables::shipped()),
            _ => continue,
        };
        match decision.attribute {
            Attribute::Country => votes.each(&profile, 4.0, places::country),
            Attribute::Phone => votes.each(&profile, 2.0, dialled_country),
            Attribute::Postcode => votes.postcodes(&profile),
            Attribute::Region => {
                if let Some((country, share)) =
                    content::best_region(&profile).filter(|(_, share)| *share >= 0.6)
                {
                    votes.add(country, 3.0 * share * profile.filled as f64);
                }
            }
            Attribute::Iban => votes.each(&profile, 2.0, |value| places::country(value.get(..2)?)),
            Attribute::Email => votes.each(&profile, 1.0, mailed_country),
            _ => votes.each(&profile, 0.7, street_country),
        }
    }
    votes.winner(&header_language(tables, decisions))
}

#[derive(Default)]
struct Votes {
    by_country: Vec<(&'static str, f64)>,
    /// Rows with a postcode of a shape that several countries share.
    five_digits: f64,
    four_digits: f64,
}

impl Votes {
    fn add(&mut self, country: &'static str, weight: f64) {
        match self.by_country.iter_mut().find(|(code, _)| *code == country) {
            Some((_, sum)) => *sum += weight,
            None => self.by_country.push((country, weight)),
        }
    }

    fn each(&mut self, profile: &Profile, weight: f64, country: impl Fn(&str) -> Option<&'static str>) {
        let mut column = Self::default();
        let mut rows = 0;
        for sampled in &profile.sample {
            rows += sampled.count;
            if let Some(country) = country(sampled.value) {
                column.add(country, sampled.count as f64);
            }
        }
        // A few of a hundred are strays, or slips of the pen.
        for (country, count) in
            column.by_country.into_iter().filter(|(_, count)| *count >= 0.03 * rows as f64)
        {
            self.add(country, weight * count);
        }
    }

    fn postcodes(&mut self, profile: &Profile) {
        for sampled in &profile.sample {
            let rows = sampled.count as f64;
            match shape::postcode_shape(sampled.value) {
                Some("5") => self.five_digits += rows,
                Some("4") => self.four_digits += rows,
                Some("6") | None => {}
                Some(country) => self.add(country, 2.0 * rows),
            }
        }
    }

    fn winner(mut self, language: &[&'static str]) -> Option<String> {
        // A shape that several countries share only strengthens those that
        // something else speaks for; the header's language is the last resort.
        for (countries, rows) in [
            (&["DE", "FR", "IT", "ES", "US"][..], self.five_digits),
            (&["AT", "CH", "AU", "BE", "DK", "NL"][..], self.four_digits),
        ] {
            let hinted = |code: &&'static str| {
                self.by_country.iter().any(|(c, _)| c == code) || language.contains(code)
            };
            let spoken: Vec<&'static str> = countries.iter().copied().filter(hinted).collect();
            for country in &spoken {
                self.add(country, rows / spoken.len() as f64);
            }
        }
        if self.by_country.is_empty() {
            return language.first().map(|country| (*country).to_owned());
        }
        self.by_country.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        self.by_country.first().map(|(country, _)| (*country).to_owned())
    }
}

fn dialled_country(value: &str) -> Option<&'static str> {
    const CODES: &[(&str, &str)] = &[
        ("49", "DE"),
        ("43", "AT"),
        ("41", "CH"),
        ("33", "FR"),
        ("39", "IT"),
        ("34", "ES"),
        ("31", "NL"),
        ("32", "BE"),
        ("48", "PL"),
        ("44", "GB"),
        ("61", "AU"),
        ("64", "NZ"),
        ("27", "ZA"),
        ("45", "DK"),
        ("46", "SE"),
        ("47", "NO"),
        ("420", "CZ"),
        ("351", "PT"),
        ("353", "IE"),
        ("352", "LU"),
        ("1", "US"),
        ("91", "IN"),
        ("90", "TR"),
    ];
    let value = value.trim();
    if let Some(rest) = value.strip_prefix('+').or_else(|| value.strip_prefix("00")) {
        return CODES
            .iter()
            .filter(|(code, _)| rest.trim().starts_with(code))
            .max_by_key(|(code, _)| code.len())
            .map(|(_, c)| *c);
    }
    // (312) 555-0199 and 312-555-0199 are written in North America only.
    let pattern: String =
        value.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).filter(|c| *c != ' ').collect();
    matches!(pattern.as_str(), "(999)999-9999" | "999-999-9999").then_some("US")
}

fn mailed_country(value: &str) -> Option<&'static str> {
    const DOMAINS: &[(&str, &str)] = &[
        (".de", "DE"),
        (".at", "AT"),
        (".ch", "CH"),
        (".fr", "FR"),
        (".it", "IT"),
        (".es", "ES"),
        (".nl", "NL"),
        (".pl", "PL"),
        (".uk", "GB"),
        (".com.au", "AU"),
        (".be", "BE"),
        (".dk", "DK"),
        (".se", "SE"),
        (".us", "US"),
    ];
    let lower = value.to_ascii_lowercase();
    DOMAINS.iter().find(|(ending, _)| lower.ends_with(ending)).map(|(_, country)| *country)
}

/// Words for "street" that only one country's language has.
fn street_country(value: &str) -> Option<&'static str> {
    let folded = shape::fold(value);
    folded.split(' ').find_map(|word| match word {
        "rue" | "chemin" => Some("FR"),
        "via" | "viale" | "piazza" | "corso" => Some("IT"),
        "calle" | "avenida" => Some("ES"),
        "ulica" | "ul" | "aleja" => Some("PL"),
        _ if word.ends_with("straat") || word.ends_with("laan") => Some("NL"),
        _ if word.ends_with("strasse")
            || word.ends_with("str") && word.len() > 4
            || word.ends_with("gasse") =>
        {
            Some("DE")
        }
        _ => None,
    })
}

/// The countries that the headers' language suggests, likeliest first.
fn header_language(tables: &[Table], decisions: &[ColumnDecision]) -> Vec<&'static str> {
    const TELLING: &[(&str, &[&str])] = &[
        (
            "DE",
            &[
                "vorname", "nachname", "strasse", "plz", "ort", "geburt", "hausn", "telefon", "firma",
                "wohnort",
            ],
        ),
        ("PL", &["imie", "nazwisko", "data_ur", "miasto", "ulica", "kraj", "plec"]),
        ("FR", &["prenom", "nom", "ville", "naissance", "rue"]),
        ("IT", &["cognome", "nascita", "citta", "indirizzo"]),
        ("ES", &["apellido", "nombre", "fecha", "ciudad", "calle"]),
        ("NL", &["achternaam", "voornaam", "woonplaats", "straat"]),
        ("US", &["zip", "ssn"]),
        ("AU", &["suburb"]),
        ("GB", &["posttown", "county"]),
    ];
    let mut hits: Vec<(usize, &'static str)> = TELLING.iter().map(|(country, _)| (0, *country)).collect();
    for decision in decisions {
        let Some(column) = tables.get(decision.table).and_then(|table| table.columns.get(decision.column))
        else {
            continue;
        };
        let header = any_ascii::any_ascii(&column.name).to_lowercase();
        for ((_, words), (hit, _)) in TELLING.iter().zip(&mut hits) {
            *hit += usize::from(words.iter().any(|word| header.starts_with(word)));
        }
    }
    hits.retain(|(hit, _)| *hit > 0);
    hits.sort_by_key(|(hit, _)| std::cmp::Reverse(*hit));
    hits.into_iter().map(|(_, country)| country).collect()
}
