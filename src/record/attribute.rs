//! What a value means: the typed fields of a customer record. How a column is
//! found to hold one is `recognise`'s concern, how it is cleaned `normalise`'s.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A typed field of a customer record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Attribute { $($(#[$doc])* $variant,)* }

        impl Attribute {
            /// Every attribute, in the order in which golden records show them.
            pub const ALL: &[Attribute] = &[$(Attribute::$variant,)*];

            /// The name that rule files and output headers use.
            pub fn name(self) -> &'static str {
                match self { $(Attribute::$variant => $name,)* }
            }
        }
    };
}

attributes! {
    /// A customer number, loyalty card, tax id or other number of one scheme;
    /// the column's label tells schemes apart.
    Identifier = "identifier",
    /// Academic or courtesy title: `Prof. Dr.`
    Title = "title",
    GivenName = "given_name",
    /// Second and further given names, or their initials.
    MiddleName = "middle_name",
    FamilyName = "family_name",
    /// The family name before marriage.
    BirthName = "birth_name",
    /// Generation or rank after the name: `jun.`, `III`.
    NameSuffix = "name_suffix",
    /// A whole personal name in one field; normalises into its parts.
    FullName = "full_name",
    /// A company, club or authority.
    Organisation = "organisation",
    Email = "email",
    Phone = "phone",
    Street = "street",
    HouseNumber = "house_number",
    /// Flat, floor, building, c/o: what stands beside street and number.
    AddressExtra = "address_extra",
    /// A whole address, or street with number, in one field; normalises into parts.
    Address = "address",
    Postcode = "postcode",
    City = "city",
    /// State, county, canton or province.
    Region = "region",
    Country = "country",
    BirthDate = "birth_date",
    BirthYear = "birth_year",
    BirthMonth = "birth_month",
    BirthDay = "birth_day",
    Age = "age",
    BirthPlace = "birth_place",
    Gender = "gender",
    Nationality = "nationality",
    Occupation = "occupation",
    Iban = "iban",
    VatId = "vat_id",
    Website = "website",
    /// An account in a social network: an `@name` or a profile's address.
    SocialHandle = "social_handle",
    /// Text that is carried through and compared for what it is worth.
    Text = "text",
    /// Carried through to the golden record, never evidence.
    Carried = "carried",
    /// Names the record within its source; never evidence.
    RecordId = "record_id",
    /// Names the source; never evidence.
    Source = "source",
    /// When the record last changed; chooses golden values, never evidence.
    UpdatedAt = "updated_at",
    /// Consent to be contacted; golden values take the most restrictive.
    Consent = "consent",
    /// Not read at all.
    Ignored = "ignored",
}

impl Attribute {
    /// The attribute of that name, as rule files spell it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.name() == name)
    }

    /// Whether its values can say that two records are the same customer.
    pub fn is_evidence(self) -> bool {
        !matches!(
            self,
            Self::Carried | Self::RecordId | Self::Source | Self::UpdatedAt | Self::Consent | Self::Ignored
        )
    }

    /// Whether several columns of it are kept apart by their label
    /// (two identifier schemes), rather than as several values of one field.
    pub fn is_labelled(self) -> bool {
        matches!(self, Self::Identifier | Self::Text | Self::Carried | Self::Consent)
    }
}
