//! A steward's decision about two records. It outranks every score, is never
//! overwritten, only superseded, and keeps who decided, when and why. How
//! decisions are stored and reviewed is not this file's concern.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a steward found two records to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// The same customer: linked whatever the score says.
    Positive,
    /// Different customers: never in one cluster.
    Negative,
    /// Looked at and undecided: the score stands, the pair is not asked again.
    Unsure,
    /// Taken back: as if the pair had never been judged.
    Withdrawn,
}

/// A record's name: its source and its id there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordName {
    pub source: String,
    pub record_id: String,
}

/// One judgement as a steward gave it; `who`, `when` and `why` may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub a: RecordName,
    pub b: RecordName,
    pub judgement: Judgement,
    pub who: String,
    /// As written, such as `2026-11-21T10:00:00Z`.
    pub when: String,
    pub why: String,
}

impl Judgement {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Unsure => "unsure",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The judgement of that name, as files of labels have it.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Positive, Self::Negative, Self::Unsure].into_iter().find(|judgement| judgement.name() == name)
    }
}
