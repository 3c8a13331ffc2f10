//! The rule file as proven data: what the engine is told to do, after parsing
//! and checking. Every part may be empty, which means "decide from the data".
//! How it is spelled in TOML is `parse`'s concern; applying it is the engine's.

use super::TableRule;
use crate::record::Attribute;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything a steward may decide.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// What each column holds. Columns that no entry names are recognised.
    pub columns: Vec<ColumnRule>,
    pub sources: Vec<SourceRule>,
    pub normalise: NormaliseRules,
    /// Changes to the tables that ship with the normalisers, in order.
    pub tables: Vec<TableRule>,
    pub blocking: BlockingRules,
    /// Comparisons with weights by hand, or switched off. Attributes that no
    /// entry names are compared with learned weights.
    pub comparisons: Vec<ComparisonRule>,
    /// Ordered; the first whose conditions all hold decides the pair.
    pub decisions: Vec<DecisionRule>,
    pub model: ModelRules,
    pub thresholds: Thresholds,
    pub cluster: ClusterRules,
    pub survivorship: Vec<SurvivorshipRule>,
    /// Methods switched off to measure what they bring; no rule file says so.
    pub without: Without,
}

/// Methods of matching that a measurement can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Without {
    /// Household members and namesakes beside matches and strangers.
    pub kinds: bool,
    /// Rare values weighing more than frequent ones.
    pub term_frequency: bool,
    /// Evidence against, inside a group of linked records.
    pub negative_evidence: bool,
    /// Lone records judged against whole groups.
    pub entities: bool,
    /// Names taken from e-mail addresses.
    pub inferred_names: bool,
    /// Keys that agree across typing errors and spellings.
    pub fuzzy_keys: bool,
}

impl Rules {
    /// Per source, whether no two of its records may be one customer.
    pub fn free_of_duplicates(&self, sources: &[String]) -> Vec<bool> {
        let named =
            |source: &String| self.sources.iter().any(|rule| rule.name == *source && rule.free_of_duplicates);
        sources.iter().map(|source| self.cluster.link_only || named(source)).collect()
    }
}

/// What one column of one source (or of every source) holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRule {
    /// The source it applies to; `None`: every source with such a column.
    pub source: Option<String>,
    /// The column's name as the header spells it.
    pub column: String,
    pub attribute: Attribute,
    /// For labelled attributes: which scheme or text it is.
    pub label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRule {
    pub name: String,
    /// Survivorship rank: 1 is trusted most.
    pub priority: Option<u32>,
    /// At most one record of this source may stand in a customer.
    pub free_of_duplicates: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NormaliseRules {
    /// ISO 3166-1 alpha-2 country assumed where a record names none.
    pub country: Option<String>,
    /// How `03/04/2001` is read; `None`: decided per column from its values.
    pub date_order: Option<DateOrder>,
    /// Further values that stand for "no value", per attribute.
    pub placeholders: Vec<(Attribute, Vec<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockingRules {
    /// Each a conjunction of expressions; empty: derived from the attributes.
    pub keys: Vec<KeyRule>,
    /// Records that share a key beyond this are split by further keys.
    pub block_size_max: Option<u32>,
}

/// Records whose expressions all agree are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyRule {
    pub name: String,
    pub expressions: Vec<KeyExpression>,
}

/// A small function of one field: `prefix(family_name, 3)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyExpression {
    pub function: KeyFunction,
    /// A field's name: an attribute, or an identifier scheme's label.
    pub field: String,
    /// Length for `prefix` and `suffix`; else 0.
    pub length: u8,
}

impl std::fmt::Display for KeyExpression {
    /// As the rule file spells it: `email`, `prefix(family_name, 3)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.function, self.length) {
            (KeyFunction::Value, _) => write!(f, "{}", self.field),
            (function, 0) => write!(f, "{}({})", function.name(), self.field),
            (function, length) => write!(f, "{}({}, {length})", function.name(), self.field),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFunction {
    /// The whole comparison form.
    Value,
    /// Its first word.
    First,
    /// Its first `length` characters.
    Prefix,
    /// Its last `length` characters.
    Suffix,
    /// Kölner Phonetik of its first word.
    Cologne,
    /// Double Metaphone of its first word.
    Metaphone,
    /// Each word on its own: one key per word.
    Word,
    /// The year of a date.
    Year,
    /// Month and day of a date.
    MonthDay,
    /// The part of an e-mail address before the `@`.
    LocalPart,
    /// Each form with one character left out: agrees across one typing error.
    Deletion,
}

impl KeyFunction {
    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::First => "first",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::Cologne => "cologne",
            Self::Metaphone => "metaphone",
            Self::Word => "word",
            Self::Year => "year",
            Self::MonthDay => "month_day",
            Self::LocalPart => "local_part",
            Self::Deletion => "deletion",
        }
    }
}

/// How one field, or one group of fields, is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonRule {
    /// A comparison's name: a field, or the group `address`.
    pub on: String,
    /// Not compared at all.
    pub off: bool,
    /// Weights in bits per level; levels not named are learned.
    pub weights: Vec<(Level, f64)>,
    /// Whether frequent values weigh less; `None`: as the attribute's default.
    pub term_frequency: Option<bool>,
}

/// How far two values agree; the scale is shared by all comparisons, and each
/// uses the levels that make sense for it. Ordered from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Level {
    /// At least one side has no evidence.
    Missing = 0,
    /// Both present, and unlike.
    Different = 1,
    /// Little in common: the same initial, the same city of an address.
    Weak = 2,
    /// Alike beyond chance.
    Similar = 3,
    /// A typing error or two apart, or swapped.
    Close = 4,
    /// Another form of the same value: nickname, initial of it, umlaut spelling.
    Variant = 5,
    /// Equal in comparison form.
    Same = 6,
}

impl Level {
    pub const ALL: [Level; 7] = [
        Level::Missing,
        Level::Different,
        Level::Weak,
        Level::Similar,
        Level::Close,
        Level::Variant,
        Level::Same,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Level::Missing => "missing",
            Level::Different => "different",
            Level::Weak => "weak",
            Level::Similar => "similar",
            Level::Close => "close",
            Level::Variant => "variant",
            Level::Same => "same",
        }
    }
}

/// A named fuzzy rule: what happens to a pair when every condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRule {
    pub name: String,
    pub then: Decision,
    pub when: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Linked whatever the score says.
    Link,
    /// Shown to a steward whatever the score says.
    Review,
    /// Never in one customer.
    Never,
}

impl Decision {
    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Review => "review",
            Self::Never => "never",
        }
    }
}

/// `comparison is test`: a bound on the level that a comparison reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// A comparison's name, or `name` for given and family name together
    /// (the weaker of the two).
    pub on: String,
    pub test: LevelTest,
}

/// [`Level::Missing`] satisfies only `Is(Missing)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelTest {
    Is(Level),
    AtLeast(Level),
    AtMost(Level),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ModelRules {
    /// Whether weights that no comparison rule sets are learned from the data.
    /// `false`: only rules and hand-set weights decide.
    pub learn: bool,
    /// The share of record pairs that match, where known; `None`: estimated.
    pub prior: Option<f64>,
}

impl Default for ModelRules {
    fn default() -> Self {
        Self { learn: true, prior: None }
    }
}

/// Match probabilities; `None`: the engine's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Thresholds {
    pub link: Option<f64>,
    pub review: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClusterRules {
    /// No source may hold two records of one customer.
    pub link_only: bool,
    /// Customers of more records than this are put to review.
    pub size_review: Option<u32>,
}

/// Which record's value a golden record shows for one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurvivorshipRule {
    /// A field's name; `None`: the rule for all other fields.
    pub field: Option<String>,
    /// Tried in order; a later one decides only between values that tie.
    pub order: Vec<Preference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Values that were judged valid before doubtful ones.
    Verified,
    /// By the `priority` of the sources.
    SourcePriority,
    /// By the time of the record's last change.
    MostRecent,
    /// The value that most records of the customer hold.
    MostFrequent,
    /// The longest form.
    Longest,
    /// For consent: refused before granted.
    MostRestrictive,
}
