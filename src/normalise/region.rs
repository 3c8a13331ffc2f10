//! States, provinces, cantons and Bundesländer: compared by their usual code
//! where they have one.

use super::{Context, Normalised, Part, placeholder, text};
use crate::record::Attribute;

/// Folded names with their codes; countries apart only where a code would
/// stand for two regions in one of them.
const REGIONS: &[(&str, &str)] = &[
    ("alabama", "AL"),
    ("alaska", "AK"),
    ("arizona", "AZ"),
    ("arkansas", "AR"),
    ("california", "CA"),
    ("colorado", "CO"),
    ("connecticut", "CT"),
    ("delaware", "DE"),
    ("district of columbia", "DC"),
    ("washington dc", "DC"),
    ("d c", "DC"),
    ("florida", "FL"),
    ("georgia", "GA"),
    ("hawaii", "HI"),
    ("idaho", "ID"),
    ("illinois", "IL"),
    ("indiana", "IN"),
    ("iowa", "IA"),
    ("kansas", "KS"),
    ("kentucky", "KY"),
    ("louisiana", "LA"),
    ("maine", "ME"),
    ("maryland", "MD"),
    ("massachusetts", "MA"),
    ("michigan", "MI"),
    ("minnesota", "MN"),
    ("mississippi", "MS"),
    ("missouri", "MO"),
    ("montana", "MT"),
    ("nebraska", "NE"),
    ("nevada", "NV"),
    ("new hampshire", "NH"),
    ("new jersey", "NJ"),
    ("new mexico", "NM"),
    ("new york", "NY"),
    ("north carolina", "NC"),
    ("north dakota", "ND"),
    ("ohio", "OH"),
    ("oklahoma", "OK"),
    ("oregon", "OR"),
    ("pennsylvania", "PA"),
    ("rhode island", "RI"),
    ("south carolina", "SC"),
    ("south dakota", "SD"),
    ("tennessee", "TN"),
    ("texas", "TX"),
    ("utah", "UT"),
    ("vermont", "VT"),
    ("virginia", "VA"),
    ("washington", "WA"),
    ("west virginia", "WV"),
    ("wisconsin", "WI"),
    ("wyoming", "WY"),
    ("puerto rico", "PR"),
    ("alberta", "AB"),
    ("british columbia", "BC"),
    ("manitoba", "MB"),
    ("new brunswick", "NB"),
    ("newfoundland and labrador", "NL"),
    ("nova scotia", "NS"),
    ("ontario", "ON"),
    ("prince edward island", "PE"),
    ("quebec", "QC"),
    ("saskatchewan", "SK"),
    ("yukon", "YT"),
    ("new south wales", "NSW"),
    ("victoria", "VIC"),
    ("queensland", "QLD"),
    ("south australia", "SA"),
    ("western australia", "WA"),
    ("tasmania", "TAS"),
    ("northern territory", "NT"),
    ("australian capital territory", "ACT"),
    ("baden wurttemberg", "BW"),
    ("bayern", "BY"),
    ("bavaria", "BY"),
    ("berlin", "BE"),
    ("brandenburg", "BB"),
    ("bremen", "HB"),
    ("hamburg", "HH"),
    ("hessen", "HE"),
    ("hesse", "HE"),
    ("mecklenburg vorpommern", "MV"),
    ("niedersachsen", "NI"),
    ("lower saxony", "NI"),
    ("nordrhein westfalen", "NW"),
    ("nrw", "NW"),
    ("north rhine westphalia", "NW"),
    ("rheinland pfalz", "RP"),
    ("rhineland palatinate", "RP"),
    ("rlp", "RP"),
    ("saarland", "SL"),
    ("sachsen", "SN"),
    ("saxony", "SN"),
    ("sachsen anhalt", "ST"),
    ("saxony anhalt", "ST"),
    ("schleswig holstein", "SH"),
    ("thuringen", "TH"),
    ("thuringia", "TH"),
    ("burgenland", "Bgld"),
    ("karnten", "Ktn"),
    ("carinthia", "Ktn"),
    ("niederosterreich", "NÖ"),
    ("lower austria", "NÖ"),
    ("oberosterreich", "OÖ"),
    ("upper austria", "OÖ"),
    ("salzburg", "Sbg"),
    ("steiermark", "Stmk"),
    ("styria", "Stmk"),
    ("tirol", "T"),
    ("tyrol", "T"),
    ("vorarlberg", "Vbg"),
    ("wien", "W"),
    ("vienna", "W"),
    ("no", "NÖ"),
    ("oo", "OÖ"),
    ("zurich", "ZH"),
    ("bern", "BE"),
    ("luzern", "LU"),
    ("uri", "UR"),
    ("schwyz", "SZ"),
    ("obwalden", "OW"),
    ("nidwalden", "NW"),
    ("glarus", "GL"),
    ("zug", "ZG"),
    ("freiburg", "FR"),
    ("fribourg", "FR"),
    ("solothurn", "SO"),
    ("basel stadt", "BS"),
    ("basel landschaft", "BL"),
    ("baselland", "BL"),
    ("schaffhausen", "SH"),
    ("appenzell ausserrhoden", "AR"),
    ("appenzell innerrhoden", "AI"),
    ("st gallen", "SG"),
    ("sankt gallen", "SG"),
    ("graubunden", "GR"),
    ("aargau", "AG"),
    ("thurgau", "TG"),
    ("tessin", "TI"),
    ("ticino", "TI"),
    ("waadt", "VD"),
    ("vaud", "VD"),
    ("wallis", "VS"),
    ("valais", "VS"),
    ("neuenburg", "NE"),
    ("neuchatel", "NE"),
    ("genf", "GE"),
    ("geneve", "GE"),
    ("jura", "JU"),
];

/// The code of a region's folded name.
pub fn code_of(folded: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(name, _)| *name == folded).map(|(_, code)| *code)
}

/// A region field.
pub(super) fn normalise(clean: &str, context: &Context) -> Normalised {
    let _ = context;
    let folded = text::fold(clean);
    // A short value is a code already, dots or not: `N.Y.`, `nsw`.
    let joined: String = folded.split(' ').collect();
    if let Some(code) = code_of(&folded) {
        return Normalised::valid(Part::new(Attribute::Region, clean, text::fold(code)));
    }
    if placeholder::is_placeholder(clean, &folded) && joined.len() != 2 {
        return Normalised::placeholder(Attribute::Region, clean, placeholder::REASON);
    }
    let canonical = if joined.len() <= 4 && folded.split(' ').all(|word| word.len() == 1) {
        joined.as_str()
    } else {
        &folded
    };
    Normalised::valid(Part::new(Attribute::Region, clean, canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(normalise(input, &Context::default()).parts[0].canonical, expect, "{input}");
    }

    #[test]
    fn names_and_codes_agree() {
        check("New York", "ny");
        check("N.Y.", "ny");
        check("NY", "ny");
        check("nsw", "nsw");
        check("New South Wales", "nsw");
        check("Bayern", "by");
        check("Oberösterreich", "oo");
        check("OÖ", "oo");
        check("Middle Earth", "middle earth");
    }
}
