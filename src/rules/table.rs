//! Which of the normalisers' tables a rule file may change, and how their
//! entries are spelled. What the tables hold and mean is `normalise`'s concern.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change to one of the tables that ship with the normalisers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRule {
    pub name: TableName,
    /// Nothing that ships counts, only what is added.
    pub replace: bool,
    /// Further entries with their meanings; "" where they have none.
    pub add: Vec<(String, String)>,
    /// Shipped entries that do not count.
    pub remove: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableName {
    /// Texts that stand for no value, whatever the attribute: `unbekannt`.
    Placeholders,
    /// Forms of address and the gender they tell, if they do: `Frau = f`, `Familie`.
    Courtesy,
    /// Words that open a title before a name: `Dr.`, `Bergrat`.
    Titles,
    /// Words that carry a title on once it has begun: `med`.
    TitlesFollowing,
    /// Degrees that follow a name: `MBA`.
    Degrees,
    /// Particles of family names that count for nothing in comparison: `von`.
    Particles,
    /// Particles at which a family name may begin: `de`.
    ParticlesOpening,
    /// Given names, with the gender that bears them (`m`, `f`, `u` for both) and
    /// how many do: `Eva = f 61000`, `Eva = f`, `Eva`. They tell name order and
    /// columns.
    GivenNames,
    /// Family names, with how many bear them: `Huber = 8000`, `Huber`.
    FamilyNames,
    /// Given names and their forms: `Maximilian = Max Maxi`.
    Nicknames,
    /// Legal forms that end a company's name: `GmbH & Co. KG`.
    LegalForms,
    /// Words that tell a company even in a field for a person's name: `GmbH`.
    CompanyWords,
    /// Abbreviations in companies' names and what they stand for: `mfg = manufacturing`.
    OrganisationWords,
    /// Words of street names with the one form they compare as, or none:
    /// `avenue = ave`.
    StreetWords,
    /// Such words at the start of a line only: `plaza = pza`, `ulica`.
    StreetFirstWords,
    /// Parts of buildings with the one form they compare as: `Etage = fl`.
    UnitWords,
    /// Towns: columns of towns are told by them, and the ends of addresses
    /// without commas.
    Towns,
    /// Other names of towns with the one they compare as: `Munich = München`.
    CityNames,
    /// Words before a town's name that say what it is: `Hansestadt`.
    CityKinds,
    /// Towns whose districts are written after a hyphen or space: `Berlin`.
    CitiesWithDistricts,
    /// Regions with their codes: `Bayern = BY`.
    Regions,
    /// Countries and nationalities with the country's code: `Deutschland = DE`.
    Countries,
    /// What stands before the `@` of an address that is nobody's: `keine`.
    EmailNobody,
    /// Domains at which nobody has an address: `keine-email.de`.
    EmailNowhere,
    /// Domains at which anybody may have an address: `web.de`.
    EmailProviders,
    /// Other domains of the same mailboxes: `googlemail.com = gmail.com`.
    EmailAliases,
    /// What stands before the `@` of an address that is no person's: `info`.
    EmailRoles,
    /// Domains of throw-away addresses.
    EmailDisposable,
    /// Mistyped domains and the one meant: `gmial.com = gmail.com`.
    EmailDomains,
}

/// What an entry says beside its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing: the table is a list.
    None,
    Words,
    WordsOrNothing,
    Domain,
    /// ISO 3166-1 alpha-2, in capitals.
    Country,
    /// `m`, `f` or nothing.
    Gender,
    /// `m`, `f` or `u`, a number, both or nothing.
    GenderAndCount,
    /// A number or nothing.
    Count,
}

impl TableName {
    pub const ALL: [TableName; 29] = [
        Self::Placeholders,
        Self::Courtesy,
        Self::Titles,
        Self::TitlesFollowing,
        Self::Degrees,
        Self::Particles,
        Self::ParticlesOpening,
        Self::GivenNames,
        Self::FamilyNames,
        Self::Nicknames,
        Self::LegalForms,
        Self::CompanyWords,
        Self::OrganisationWords,
        Self::StreetWords,
        Self::StreetFirstWords,
        Self::UnitWords,
        Self::Towns,
        Self::CityNames,
        Self::CityKinds,
        Self::CitiesWithDistricts,
        Self::Regions,
        Self::Countries,
        Self::EmailNobody,
        Self::EmailNowhere,
        Self::EmailProviders,
        Self::EmailAliases,
        Self::EmailRoles,
        Self::EmailDisposable,
        Self::EmailDomains,
    ];

    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Placeholders => "placeholders",
            Self::Courtesy => "courtesy",
            Self::Titles => "titles",
            Self::TitlesFollowing => "titles_following",
            Self::Degrees => "degrees",
            Self::Particles => "particles",
            Self::ParticlesOpening => "particles_opening",
            Self::GivenNames => "given_names",
            Self::FamilyNames => "family_names",
            Self::Nicknames => "nicknames",
            Self::LegalForms => "legal_forms",
            Self::CompanyWords => "company_words",
            Self::OrganisationWords => "organisation_words",
            Self::StreetWords => "street_words",
            Self::StreetFirstWords => "street_first_words",
            Self::UnitWords => "unit_words",
            Self::Towns => "towns",
            Self::CityNames => "city_names",
            Self::CityKinds => "city_kinds",
            Self::CitiesWithDistricts => "cities_with_districts",
            Self::Regions => "regions",
            Self::Countries => "countries",
            Self::EmailNobody => "email_nobody",
            Self::EmailNowhere => "email_nowhere",
            Self::EmailProviders => "email_providers",
            Self::EmailAliases => "email_aliases",
            Self::EmailRoles => "email_roles",
            Self::EmailDisposable => "email_disposable",
            Self::EmailDomains => "email_domains",
        }
    }

    /// What its entries say beside the key.
    pub fn meaning(self) -> Meaning {
        match self {
            Self::OrganisationWords | Self::Nicknames | Self::UnitWords | Self::CityNames | Self::Regions => {
                Meaning::Words
            }
            Self::StreetWords | Self::StreetFirstWords => Meaning::WordsOrNothing,
            Self::EmailDomains | Self::EmailAliases => Meaning::Domain,
            Self::Countries => Meaning::Country,
            Self::Courtesy => Meaning::Gender,
            Self::GivenNames => Meaning::GenderAndCount,
            Self::FamilyNames => Meaning::Count,
            _ => Meaning::None,
        }
    }

    /// An entry as it is spelled, taken apart into key and meaning.
    ///
    /// # Errors
    /// What is wrong with it, and how to mend it.
    pub(super) fn entry(self, spelled: &str) -> Result<(String, String), (String, String)> {
        let (key, meaning) = match spelled.split_once('=') {
            Some((key, meaning)) => (key.trim(), Some(meaning.trim())),
            None => (spelled.trim(), None),
        };
        if key.is_empty() {
            return Err((format!("an entry of `{}` is empty", self.name()), "leave it out".into()));
        }
        match (self.meaning(), meaning) {
            (Meaning::None, Some(_)) => Err((
                format!("`{spelled}` has a meaning, and entries of `{}` have none", self.name()),
                format!("write `{key}`"),
            )),
            (kind, meaning) if kind.allows(meaning.unwrap_or("")) => {
                Ok((key.to_owned(), meaning.unwrap_or("").to_owned()))
            }
            (kind, None | Some("")) => Err((
                format!("`{spelled}` says not what it means"),
                format!("entries of `{}` are spelled `{key} = {}`", self.name(), kind.example()),
            )),
            (kind, Some(meaning)) => Err((
                format!("`{meaning}` is no meaning that an entry of `{}` may have", self.name()),
                format!("write {}", kind.hint()),
            )),
        }
    }
}

impl Meaning {
    fn allows(self, text: &str) -> bool {
        let count = |text: &str| text.parse::<u32>().is_ok();
        match self {
            Self::None => text.is_empty(),
            Self::Words => !text.is_empty(),
            Self::WordsOrNothing => true,
            Self::Domain => text.contains('.') && !text.contains(['@', ' ']),
            Self::Country => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
            Self::Gender => matches!(text, "" | "m" | "f"),
            Self::GenderAndCount => match text.split_once(' ') {
                Some((gender, bearers)) => matches!(gender, "m" | "f" | "u") && count(bearers),
                None => matches!(text, "" | "m" | "f" | "u"),
            },
            Self::Count => text.is_empty() || count(text),
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::None => "the entry alone",
            Self::Words | Self::WordsOrNothing => "one or more words",
            Self::Domain => "a domain, such as `gmail.com`",
            Self::Country => "two capital letters by ISO 3166-1, such as `DE`, `AT` or `US`",
            Self::Gender => "`m` or `f`, or leave it out",
            Self::GenderAndCount => "`m`, `f` or `u`, and how many bear the name if you know: `f 61000`",
            Self::Count => "how many bear the name, in digits, or leave it out",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Domain => "gmail.com",
            Self::Country => "DE",
            _ => "meaning",
        }
    }
}
