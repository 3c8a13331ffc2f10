//! A steward's decision about two records. It outranks every score, is never
//! overwritten, only superseded, and keeps who decided, when and why. How
//! decisions are stored and reviewed is not this file's concern.

use serde::{Deserialize, Serialize};

/// What a steward found two records to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// The same customer: linked whatever the score says.
    Positive,
    /// Different customers: never in one cluster.
    Negative,
    /// Looked at and undecided: the score stands, the pair is not asked again.
    Unsure,
}
