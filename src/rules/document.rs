//! The rule file as it is spelled in TOML. These types are the one definition
//! of its form: the reader, the JSON schema and the reference page follow from
//! them. What the spelling means is `build`'s concern.

use super::{DateOrder, Decision, Preference, TableName};
use crate::record::Attribute;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Every decision a steward may take, in one file. Each part may be left out:
/// what the file does not say is decided from the data.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Einklang rules")]
pub struct Document {
    /// The inputs: which is trusted most, and which hold every customer once.
    pub source: Vec<SourceEntry>,
    /// What columns hold. Columns that no entry names are recognised by header
    /// and values.
    pub column: Vec<ColumnEntry>,
    /// How values are read.
    pub normalise: NormaliseEntry,
    /// Changes to the tables that ship with the normalisers.
    pub table: Vec<TableEntry>,
    /// Which records are compared at all.
    pub blocking: BlockingEntry,
    /// How fields are compared and what agreement is worth. Fields that no
    /// entry names are compared with learned weights.
    pub comparison: Vec<ComparisonEntry>,
    /// Named rules, tried in order: the first whose conditions all hold decides
    /// the pair, whatever the weights say.
    pub rule: Vec<RuleEntry>,
    /// The learned model.
    pub model: ModelEntry,
    /// The match probabilities from which pairs are linked or reviewed.
    pub thresholds: ThresholdsEntry,
    /// How linked records become customers.
    pub cluster: ClusterEntry,
    /// Which record's value a golden record shows.
    pub survivorship: Vec<SurvivorshipEntry>,
}

/// One input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// The source's name: the file's stem, or as given on the command line.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Rank for survivorship: 1 is trusted most.
    #[schemars(range(min = 1, max = 1000))]
    pub priority: Option<u32>,
    /// Whether no two records of this source are one customer.
    #[serde(default)]
    pub free_of_duplicates: bool,
}

/// What one column holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnEntry {
    /// The source it stands in; left out, every source with such a column.
    #[schemars(with = "Option<String>")]
    pub source: Option<Spanned<String>>,
    /// The column's name, as the header spells it.
    #[schemars(with = "String")]
    pub column: Spanned<String>,
    /// What it holds.
    pub is: Attribute,
    /// For `identifier`, `text`, `consent` and `carried`: the field's name.
    /// Columns with the same label are one field.
    #[schemars(with = "Option<String>")]
    pub label: Option<Spanned<String>>,
}

/// How values are read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NormaliseEntry {
    /// The country (ISO 3166-1 alpha-2) of records that name none; it decides
    /// how phones and postcodes are read.
    #[schemars(with = "Option<String>", regex(pattern = "^[A-Z]{2}$"))]
    pub country: Option<Spanned<String>>,
    /// How `03/04/2001` is read; left out, each column's values tell.
    pub date_order: Option<DateOrder>,
    /// Further values that stand for "no value", per attribute.
    #[schemars(extend("propertyNames" = { "$ref": "#/$defs/Attribute" }))]
    pub placeholders: BTreeMap<Attribute, Vec<String>>,
}

/// A change to one of the tables that ship with the normalisers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// Which table.
    pub name: TableName,
    /// Whether nothing that ships counts, only what is added.
    #[serde(default)]
    pub replace: bool,
    /// Further entries; where entries have a meaning, `entry = meaning`. An
    /// entry that is there already means what is said here.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub add: Vec<Spanned<String>>,
    /// Shipped entries that do not count.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub remove: Vec<Spanned<String>>,
}

/// Which records are compared at all.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BlockingEntry {
    /// Records that agree on one of these keys are compared. A key is one
    /// expression, or several joined by `+` that must all agree:
    /// `prefix(family_name, 4) + year(birth_date)`. Left out, keys are derived
    /// from the fields there are.
    #[schemars(with = "Vec<String>")]
    pub keys: Vec<Spanned<String>>,
    /// Records sharing one key's value beyond this number are split by further keys.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub block_size_max: Option<u32>,
}

/// How one field is compared and what agreement is worth.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparisonEntry {
    /// A field's name, or the group `address`.
    #[schemars(with = "String")]
    pub on: Spanned<String>,
    /// Whether it is left out of the evidence.
    #[serde(default)]
    pub off: bool,
    /// Weights by hand, in bits: 10 makes a match 1,024 times as likely, -2 a
    /// quarter as likely. Levels left out are learned.
    #[serde(default)]
    pub weights: WeightsEntry,
    /// Whether agreement on a frequent value weighs less; left out, as fits the field.
    pub term_frequency: Option<bool>,
}

/// Weights in bits, by level.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WeightsEntry {
    /// Equal after normalising.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub same: Option<f64>,
    /// Another form of the same value: nickname, initial of it, umlaut spelling.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub variant: Option<f64>,
    /// A typing error or two apart, or swapped.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub close: Option<f64>,
    /// Alike beyond chance.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub similar: Option<f64>,
    /// Little in common: the same initial, the same city of an address.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub weak: Option<f64>,
    /// Both present, and unlike.
    #[schemars(range(min = -100.0, max = 100.0))]
    pub different: Option<f64>,
}

/// A named rule for pairs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// Shown with every pair that it decides.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// What happens to the pair.
    pub then: Decision,
    /// Conditions joined by `and`, each `FIELD is LEVEL`, `FIELD is at least
    /// LEVEL` or `FIELD is at most LEVEL`: `email is same and name is at least
    /// similar`. `name` is the weaker of given and family name. A value that is
    /// missing on either side satisfies only `is missing`.
    #[schemars(with = "String")]
    pub when: Spanned<String>,
}

/// The learned model.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelEntry {
    /// Whether weights that no `[[comparison]]` sets are learned from the data.
    /// With `false`, only rules and weights by hand decide.
    #[schemars(with = "bool")]
    pub learn: Spanned<bool>,
    /// The share of record pairs that are one customer, where it is known; left
    /// out, it is estimated.
    #[schemars(with = "Option<f64>", range(min = 1e-15, max = 0.5))]
    pub prior: Option<Spanned<f64>>,
}

impl Default for ModelEntry {
    fn default() -> Self {
        Self { learn: Spanned::new(0..0, true), prior: None }
    }
}

/// Match probabilities.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ThresholdsEntry {
    /// Pairs from this probability on are linked; two thirds unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0, max = 1.0))]
    pub link: Option<Spanned<f64>>,
    /// Pairs from this probability on are put to review, up to `link`; 0.1 unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0, max = 1.0))]
    pub review: Option<Spanned<f64>>,
}

/// How linked records become customers.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterEntry {
    /// Whether records of one source are never one customer, in every source.
    pub link_only: bool,
    /// Customers of more records than this are put to review.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub size_review: Option<u32>,
}

/// Which record's value a golden record shows for one field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivorshipEntry {
    /// A field's name; left out, every field without an entry of its own.
    #[schemars(with = "Option<String>")]
    pub field: Option<Spanned<String>>,
    /// Tried in order: a later one decides only between values that tie.
    #[schemars(with = "Vec<Preference>", length(min = 1))]
    pub order: Spanned<Vec<Preference>>,
}
