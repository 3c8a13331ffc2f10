//! Countries and regions as columns spell them. Only for recognising columns;
//! cities and the full country tables are `normalise`'s.

use super::shape::fold;

/// ISO codes with names in English, German and the country's own language.
const COUNTRIES: &[(&str, &[&str])] = &[
    ("DE", &["deu", "germany", "deutschland", "allemagne", "niemcy", "alemania", "germania", "brd"]),
    ("AT", &["aut", "austria", "osterreich", "oesterreich", "autriche"]),
    ("CH", &["che", "switzerland", "schweiz", "suisse", "svizzera", "szwajcaria"]),
    ("LI", &["lie", "liechtenstein"]),
    ("LU", &["lux", "luxembourg", "luxemburg"]),
    ("FR", &["fra", "france", "frankreich", "francja", "francia"]),
    ("IT", &["ita", "italy", "italien", "italia", "wlochy"]),
    ("ES", &["esp", "spain", "spanien", "espana", "hiszpania"]),
    ("PT", &["prt", "portugal", "portugalia"]),
    ("NL", &["nld", "netherlands", "niederlande", "nederland", "holland", "holandia", "the netherlands"]),
    ("BE", &["bel", "belgium", "belgien", "belgie", "belgique", "belgia"]),
    ("PL", &["pol", "poland", "polen", "polska", "pologne"]),
    ("CZ", &["cze", "czechia", "tschechien", "czech republic", "cesko", "czechy"]),
    ("SK", &["svk", "slovakia", "slowakei", "slowacja"]),
    ("HU", &["hun", "hungary", "ungarn", "wegry"]),
    ("DK", &["dnk", "denmark", "danemark", "danmark", "dania"]),
    ("SE", &["swe", "sweden", "schweden", "sverige", "szwecja"]),
    ("NO", &["nor", "norway", "norwegen", "norge", "norwegia"]),
    ("FI", &["fin", "finland", "finnland", "suomi", "finlandia"]),
    (
        "GB",
        &[
            "uk",
            "gbr",
            "united kingdom",
            "great britain",
            "grossbritannien",
            "vereinigtes konigreich",
            "england",
            "scotland",
            "wales",
            "wielka brytania",
            "royaume uni",
        ],
    ),
    ("IE", &["irl", "ireland", "irland", "irlandia"]),
    ("US", &["usa", "united states", "united states of america", "vereinigte staaten", "stany zjednoczone"]),
    ("CA", &["can", "canada", "kanada"]),
    ("AU", &["aus", "australia", "australien"]),
    ("NZ", &["nzl", "new zealand", "neuseeland"]),
    ("TR", &["tur", "turkey", "turkei", "tuerkei", "turkiye", "turcja"]),
    ("GR", &["grc", "greece", "griechenland", "grecja"]),
    ("HR", &["hrv", "croatia", "kroatien", "chorwacja"]),
    ("SI", &["svn", "slovenia", "slowenien", "slowenia"]),
    ("RO", &["rou", "romania", "rumanien", "rumaenien", "rumunia"]),
    ("BG", &["bgr", "bulgaria", "bulgarien", "bulgaria"]),
    ("UA", &["ukr", "ukraine", "ukraina"]),
    ("BY", &["blr", "belarus", "weissrussland", "bialorus"]),
    ("RU", &["rus", "russia", "russland", "rosja", "russian federation"]),
    ("MD", &["mda", "moldova", "moldau", "moldawia"]),
    ("GE", &["geo", "georgia", "georgien", "gruzja"]),
    ("IN", &["ind", "india", "indien", "indie"]),
    ("CN", &["chn", "china", "chiny"]),
    ("JP", &["jpn", "japan", "japonia"]),
    ("BR", &["bra", "brazil", "brasilien", "brasil", "brazylia"]),
    ("MX", &["mex", "mexico", "mexiko", "meksyk"]),
    ("ZA", &["zaf", "south africa", "sudafrika"]),
    ("VN", &["vnm", "vietnam", "wietnam"]),
    ("NP", &["npl", "nepal"]),
    ("PH", &["phl", "philippines", "philippinen", "filipiny"]),
    ("SY", &["syr", "syria", "syrien"]),
    ("AF", &["afg", "afghanistan"]),
    ("IQ", &["irq", "iraq", "irak"]),
    ("IR", &["irn", "iran"]),
    ("RS", &["srb", "serbia", "serbien"]),
    ("BA", &["bih", "bosnia", "bosnien", "bosnia and herzegovina"]),
    ("XK", &["kosovo"]),
    ("AL", &["alb", "albania", "albanien"]),
    ("LT", &["ltu", "lithuania", "litauen", "litwa"]),
    ("LV", &["lva", "latvia", "lettland", "lotwa"]),
    ("EE", &["est", "estonia", "estland"]),
];

/// States and provinces by country; two-letter codes among them.
const REGIONS: &[(&str, &str)] = &[
    (
        "US",
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa \
         ri sc sd tn tx ut vt va wa wv wi wy dc pr california texas florida newyork illinois ohio georgia michigan virginia \
         washington massachusetts pennsylvania arizona colorado oregon minnesota",
    ),
    (
        "AU",
        "nsw vic qld sa wa tas act nt newsouthwales victoria queensland southaustralia westernaustralia tasmania",
    ),
    (
        "CA",
        "on qc bc ab mb sk ns nb nl pe ontario quebec britishcolumbia alberta manitoba saskatchewan novascotia",
    ),
    (
        "DE",
        "bw by be bb hb hh he mv ni nw nrw rp sl sn st sh th badenwurttemberg badenwuerttemberg bayern berlin brandenburg \
         bremen hamburg hessen mecklenburgvorpommern niedersachsen nordrheinwestfalen rheinlandpfalz saarland sachsen \
         sachsenanhalt schleswigholstein thuringen thueringen",
    ),
    ("AT", "wien niederosterreich oberosterreich steiermark tirol karnten salzburg vorarlberg burgenland"),
    ("CH", "zh be lu ur sz ow nw gl zg fr so bs bl sh ar ai sg gr ag tg ti vd vs ne ge ju"),
    (
        "PL",
        "mazowieckie malopolskie slaskie wielkopolskie pomorskie dolnoslaskie lodzkie lubelskie podkarpackie",
    ),
];

/// The ISO code of a country's name or code.
pub(super) fn country(value: &str) -> Option<&'static str> {
    if value.len() > 40 {
        return None;
    }
    let folded = fold(value);
    let matches = |(code, names): &&(&str, &[&str])| {
        code.eq_ignore_ascii_case(&folded) || names.contains(&folded.as_str())
    };
    COUNTRIES.iter().find(matches).map(|(code, _)| *code)
}

/// Whether `value` is a state or province of `country`.
pub(super) fn is_region_of(country: &str, value: &str) -> bool {
    if value.len() > 40 {
        return false;
    }
    let folded = fold(value).replace(' ', "");
    REGIONS
        .iter()
        .any(|(code, names)| *code == country && names.split_ascii_whitespace().any(|name| name == folded))
}

/// The countries whose regions are known.
pub(super) fn region_countries() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(code, _)| *code)
}
