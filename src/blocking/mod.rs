//! Finds the pairs worth comparing: records that share a blocking key. Keys
//! only nominate; whether two records are the same customer is decided later.

mod blocks;
mod expression;
mod listed;
mod plan;

pub use blocks::{Blocks, Oversized, Partner, RuleBlocks};
pub use expression::{Expressions, KeyHash, PreparedKey, evaluate};
pub use listed::Listed;
pub use plan::{plan, refiners};
