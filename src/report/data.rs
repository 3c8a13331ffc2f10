//! What a run has to tell, as plain data: `report.json` is this structure, and
//! `report.html` is drawn from it. It names records by their keys and never
//! holds a personal value. Working the figures out is the engine's concern.

use serde::{Deserialize, Serialize};

/// The version of the layout of `report.json`; raised when a field changes its meaning.
pub const REPORT_VERSION: u32 = 1;

/// Everything a report shows. Lists come in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReportData {
    pub report_version: u32,
    /// The version of Einklang that wrote it.
    pub einklang_version: String,
    pub run: Run,
    pub counts: Counts,
    /// How right and how complete the customers are by the model's own account.
    #[serde(default)]
    pub accuracy: AccuracyReport,
    pub sources: Vec<SourceReport>,
    /// Per pair of sources, in the order of `sources`: the customers with
    /// records in both. Symmetric; the diagonal has each source's customers.
    pub overlap: Vec<Vec<u64>>,
    pub columns: Vec<ColumnReport>,
    pub quality: Vec<QualityReport>,
    pub cluster_sizes: Vec<SizeReport>,
    pub thresholds: ThresholdReport,
    pub histogram: Vec<WeightBin>,
    pub model: ModelReport,
    pub blocking: Vec<KeyReport>,
    /// Sizes of groups of linked records that were too large to weigh whole and
    /// were cut at their weakest links, largest first.
    #[serde(default)]
    pub groups_cut: Vec<u64>,
    /// Blocks that stayed too large to compare in full.
    pub oversized: Vec<OversizedReport>,
    /// Decision rules of the rule file, with what each decided.
    pub rules: Vec<RuleReport>,
    /// Values that improbably many different people hold, by kind of value.
    pub hubs: Vec<HubReport>,
    /// The customers of the most records, largest first.
    pub largest: Vec<ClusterReport>,
    /// The customers whose weakest link holds least, most doubtful first.
    pub doubtful: Vec<ClusterReport>,
    pub stages: Vec<StageReport>,
}

/// How the run was set up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The rule file, where one was given.
    pub rules: Option<String>,
    /// Whether pairs within one source were never linked.
    pub link_only: bool,
    /// The country assumed where records name none.
    pub country: Option<String>,
    pub threads: u64,
    pub seconds: f64,
    /// The most memory held at once, where the system tells.
    pub memory_bytes_max: Option<u64>,
    /// The most that stood in the scratch file at once, of a run out of core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch_bytes_max: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Records merged; quarantined rows are not among them.
    pub records: u64,
    pub quarantined: u64,
    pub customers: u64,
    /// Customers of one record.
    pub singletons: u64,
    /// All pairs there are, compared or not.
    pub pairs_possible: f64,
    /// Pairs that blocking brought, each counted once.
    pub pairs_compared: u64,
    pub pairs_link: u64,
    pub pairs_review: u64,
}

/// Estimates without truth, over pairs of records. The intervals say what holds
/// if every match weight is off by up to `bits_off` bits in one direction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AccuracyReport {
    pub precision: EstimateReport,
    /// Of the matches among the pairs that were compared.
    pub recall: EstimateReport,
    pub bits_off: f64,
}

/// A share, 0 to 1, and the interval around it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EstimateReport {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SourceReport {
    pub name: String,
    pub records: u64,
    pub quarantined: u64,
    /// Customers with a record in this source.
    pub customers: u64,
    /// Customers with records in this source only.
    pub customers_only_here: u64,
}

/// One column and what it was found to hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ColumnReport {
    pub source: String,
    pub column: String,
    pub attribute: String,
    pub label: String,
    pub reason: String,
    /// Share of rows with a value.
    pub filled: f64,
}

/// The quality of one field in one source, in records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QualityReport {
    pub source: String,
    pub field: String,
    pub records: u64,
    pub valid: u64,
    pub doubtful: u64,
    /// Held by improbably many people, and so no evidence.
    #[serde(default)]
    pub hub: u64,
    pub placeholder: u64,
    pub invalid: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SizeReport {
    /// Records in the customer.
    pub size: u64,
    pub customers: u64,
}

/// Where pairs are linked or put to review, as probability and as match weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ThresholdReport {
    pub link_probability: f64,
    pub review_probability: f64,
    pub link_weight: f64,
    pub review_weight: f64,
}

/// Pairs whose final match weight (prior included) lies in `[low, high)`, in bits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WeightBin {
    pub low: f64,
    pub high: f64,
    pub pairs: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ModelReport {
    /// Whether weights were learned from the data.
    pub learned: bool,
    pub converged: bool,
    pub rounds: u64,
    /// log2 odds of a match for two random records.
    pub prior_weight: f64,
    pub comparisons: Vec<ComparisonReport>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ComparisonReport {
    pub name: String,
    /// From the most agreement to the least.
    pub levels: Vec<LevelReport>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LevelReport {
    pub level: String,
    /// In bits: for a match above 0, against it below.
    pub weight: f64,
    /// Share of the matches at this level; `None` where the weight was set by hand.
    pub m: Option<f64>,
    /// Share of random pairs at this level.
    pub u: Option<f64>,
    pub by_hand: bool,
}

/// What one blocking key brought.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KeyReport {
    pub name: String,
    /// Blocks of two records and more.
    pub blocks: u64,
    pub block_size_max: u64,
    /// Pairs that share the key.
    pub pairs: u64,
    /// Those that no earlier key brought.
    pub pairs_new: u64,
    /// Links among `pairs_new`: those that no earlier key brought.
    pub links_new: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OversizedReport {
    pub key: String,
    /// What the key makes of one of its records, expression by expression.
    pub value: String,
    pub records: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RuleReport {
    pub name: String,
    /// `link`, `review` or `never`.
    pub decision: String,
    pub pairs: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HubReport {
    pub field: String,
    /// Distinct values so shared.
    pub values: u64,
    /// Records that hold one of them.
    pub records: u64,
    /// Records that hold the most shared one.
    pub records_max: u64,
    /// Up to so many people would be likely, as other values of the field go.
    #[serde(default)]
    pub people_likely_max: u64,
    /// The most shared ones, those of most people first.
    #[serde(default)]
    pub most_shared: Vec<HubValueReport>,
}

/// One value that improbably many people hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HubValueReport {
    pub people: u64,
    pub records: u64,
    /// A record that holds it, as `source:record_id`.
    pub example: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClusterReport {
    pub customer_id: String,
    pub size: u64,
    /// `source:record_id`, the first few.
    pub records: Vec<String>,
    /// The weight of the weakest link that holds it together, in bits.
    pub weakest_weight: Option<f64>,
    /// Why it is shown: `one bridge between two groups`, `more than 20 records`.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StageReport {
    pub name: String,
    pub seconds: f64,
    /// Processor seconds of all threads.
    #[serde(default)]
    pub cpu_seconds: Option<f64>,
    /// What it worked through, and how many: `records`, 1000000.
    pub unit: String,
    pub items: u64,
    /// Bytes read or written, of the stages that do.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Bytes that the process held when the stage was over, and at most until then.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    #[serde(default)]
    pub memory_bytes_max: Option<u64>,
}

impl ReportData {
    /// Records that turned out to be another record's customer.
    pub fn duplicates(&self) -> u64 {
        self.counts.records.saturating_sub(self.counts.customers)
    }
}
