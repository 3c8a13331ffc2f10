//! The commands on a store; each names it first.

use super::record_name;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// A store, and what opens it.
#[derive(Debug, Clone, Args)]
pub struct StoreAt {
    /// The store
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: PathBuf,
    #[command(flatten)]
    pub key: KeyFile,
}

/// Where the key of an encrypted store is to be had.
#[derive(Debug, Clone, Args)]
pub struct KeyFile {
    /// The file with the key of an encrypted store; `EINKLANG_STORE_KEY` may hold the key itself
    #[arg(long, value_name = "FILE", env = "EINKLANG_KEY_FILE", value_hint = ValueHint::FilePath)]
    pub key_file: Option<PathBuf>,
}

/// What a copy of a store is encrypted with.
#[derive(Debug, Clone, Args)]
pub struct CopyKey {
    /// The file with another key for what is written; without it, it has the key of what is read
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub new_key_file: Option<PathBuf>,
    /// Do not encrypt what is written
    #[arg(long, conflicts_with = "new_key_file")]
    pub plain: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang changes --store graph --after 1200 --follow")]
pub struct Changes {
    #[command(flatten)]
    pub store: StoreAt,
    /// The sequence number after which to begin
    #[arg(long, value_name = "SEQ", default_value = "0")]
    pub after: u64,
    /// Wait for further changes, until interrupted
    #[arg(long)]
    pub follow: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang record --store graph shop:1017")]
pub struct Record {
    #[command(flatten)]
    pub store: StoreAt,
    /// The record
    #[arg(value_name = "SOURCE:RECORD_ID", value_parser = record_name)]
    pub record: (String, String),
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang customer --store graph 3mdyn89bcar92ksf\n\n\
                        An id that was retired is answered by its successors.")]
pub struct Customer {
    #[command(flatten)]
    pub store: StoreAt,
    /// The customer's id, present or former
    #[arg(value_name = "ID")]
    pub customer: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang history --store graph 3mdyn89bcar92ksf")]
pub struct History {
    #[command(flatten)]
    pub store: StoreAt,
    /// The customer's id, present or former
    #[arg(value_name = "ID")]
    pub customer: String,
}

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  einklang judge --store graph shop:1017 crm:K-20918 --as different \\\n    \
                        --who b.weber --why 'father and son'\n\n\
                        einklang judge --store graph shop:1017 crm:K-20918 --as same --who b.weber --propose\n  \
                        einklang judge --store graph --approve 3 --who a.kern\n\n\
                        A later judgement on the same records supersedes; none is ever lost. A record against\n\
                        the customer that it is in takes it out. What is proposed takes effect once somebody\n\
                        else approves it; `einklang review --proposals` lists what waits."
)]
pub struct Judge {
    #[command(flatten)]
    pub store: StoreAt,
    /// One record, or all records of a customer
    #[arg(value_name = "SOURCE:RECORD_ID|CUSTOMER", required_unless_present_any = ["approve", "turn_down"])]
    pub a: Option<String>,
    /// The other
    #[arg(value_name = "SOURCE:RECORD_ID|CUSTOMER", required_unless_present_any = ["approve", "turn_down"])]
    pub b: Option<String>,
    /// What they are
    #[arg(long = "as", value_name = "VERDICT", required_unless_present_any = ["approve", "turn_down"])]
    pub verdict: Option<Verdict>,
    /// Only write it down, until somebody else approves it
    #[arg(long)]
    pub propose: bool,
    /// Have a proposed decision of somebody else take effect
    #[arg(long, value_name = "PROPOSAL", conflicts_with_all = ["a", "b", "verdict", "propose", "turn_down"])]
    pub approve: Option<u64>,
    /// Turn a proposed decision down
    #[arg(long, value_name = "PROPOSAL", conflicts_with_all = ["a", "b", "verdict", "propose"])]
    pub turn_down: Option<u64>,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub who: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// One customer
    Same,
    /// Two customers
    Different,
    /// Undecided: the score stands, and the pair is not asked again
    Unsure,
    /// Taken back: as if it had never been judged
    Withdrawn,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
                        einklang pin --store graph 3mdyn89bcar92ksf email eva@example.org --who b.weber --why 'by phone'\n  \
                        einklang pin --store graph crm:K-20918 email --release --who b.weber\n  \
                        einklang pin --store graph\n\n\
                        A pinned value is shown whatever the records say, and is no evidence. Without a customer\n\
                        all pins are listed, those that were superseded included.")]
pub struct Pin {
    #[command(flatten)]
    pub store: StoreAt,
    /// The customer, or a record of it, which the pin rests on before all others
    #[arg(value_name = "SOURCE:RECORD_ID|CUSTOMER", requires_all = ["field", "who"])]
    pub customer: Option<String>,
    /// The field's name in golden records
    #[arg(value_name = "FIELD")]
    pub field: Option<String>,
    /// What is shown, as it is written
    #[arg(value_name = "VALUE", conflicts_with = "release")]
    pub value: Option<String>,
    /// Release what is pinned of the field
    #[arg(long, requires = "customer")]
    pub release: bool,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub who: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub why: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang review --store graph --limit 20\n  \
                        einklang review --store graph --decide --who anna\n  \
                        einklang review --store graph --draw 200 --decide --who anna\n\n\
                        Answers are y (one customer), n (two), u (unsure), b (take the last back) and q.")]
pub struct Review {
    #[command(flatten)]
    pub store: StoreAt,
    /// Only what is doubtful for this reason
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Doubt>,
    /// Only with records of that source
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value = "100")]
    pub limit: u32,
    /// Ask about one after another, and keep the answers
    #[arg(long, requires = "who")]
    pub decide: bool,
    /// Who decides, or draws
    #[arg(long, value_name = "NAME")]
    pub who: Option<String>,
    /// List the decisions that wait for somebody's approval instead
    #[arg(long, conflicts_with_all = ["decide", "kind", "source", "draw"])]
    pub proposals: bool,
    /// Draw a sample of so many pairs first, which tells precision and recall once it is judged
    #[arg(long, value_name = "PAIRS", requires = "who", conflicts_with = "kind")]
    pub draw: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Doubt {
    /// Two customers whose records are alike, but not enough
    Pair,
    /// Two customers that a link would join, were it not for their other records
    Cut,
    /// One customer that hangs on a single weak link
    Bridge,
    /// A customer of more records than the rules call usual
    Large,
    /// A pair that was judged, and whose records say something else by now
    Changed,
    /// A pair of the sample that `--draw` drew
    Sample,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang erase --store graph shop:1017\n  \
                        einklang erase --store graph --customer 3mdyn89bcar92ksf > receipt.json\n\n\
                        The records' names are kept as keyed hashes, so that no import brings them back.")]
pub struct Erase {
    #[command(flatten)]
    pub store: StoreAt,
    /// Records to erase
    #[arg(value_name = "SOURCE:RECORD_ID", value_parser = record_name)]
    pub records: Vec<(String, String)>,
    /// A customer whose records are all erased; may be given several times
    #[arg(long, value_name = "ID")]
    pub customer: Vec<String>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang access --store graph 3mdyn89bcar92ksf > held.json\n  \
                        einklang access --store graph 3mdyn89bcar92ksf --html held.html")]
pub struct Access {
    #[command(flatten)]
    pub store: StoreAt,
    /// The customer's id
    #[arg(value_name = "ID")]
    pub customer: String,
    /// Write it as a page for the person, in one file, instead of JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang backup --store graph --out graph-2026-11-21\n  \
                        einklang backup --store graph --key-file old.key --out graph-new --new-key-file new.key")]
pub struct Backup {
    #[command(flatten)]
    pub store: StoreAt,
    /// The folder for the copy, which must not exist
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    #[command(flatten)]
    pub copy: CopyKey,
}

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  einklang rekey --store graph --key-file old.key --new-key-file new.key\n\n\
                        Nobody may have the store open for writing meanwhile. What was stopped in between goes on \
                        when it is run again."
)]
pub struct Rekey {
    #[command(flatten)]
    pub store: StoreAt,
    /// The file with the new key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub new_key_file: PathBuf,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang restore --from graph-2026-11-21 --store graph\n  \
                        einklang restore --from graph-2026-11-21 --log graph --until 2026-11-22T09:30:00Z --store graph-before\n\n\
                        What was erased since the copy was made stays erased.")]
pub struct Restore {
    /// The copy
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub from: PathBuf,
    /// The folder for the store, which must hold none
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: PathBuf,
    /// The store that the copy was made of, or a later copy: what happened after it
    #[arg(long, value_name = "DIR", requires = "until", value_hint = ValueHint::DirPath)]
    pub log: Option<PathBuf>,
    /// The moment to go on to: a time (RFC 3339), or a number of the change feed
    #[arg(long, value_name = "TIME|SEQ", requires = "log")]
    pub until: Option<String>,
    #[command(flatten)]
    pub key: KeyFile,
    #[command(flatten)]
    pub copy: CopyKey,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang search --store graph anna muler stuttgart\n\n\
                        Each word may be mistyped by one letter, or be the beginning of one.")]
pub struct Search {
    #[command(flatten)]
    pub store: StoreAt,
    /// How many customers to show at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Words of names, addresses, e-mails, numbers
    #[arg(required = true)]
    pub words: Vec<String>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang train --store graph\n  \
                        einklang train --store graph --apply\n  \
                        einklang train --store graph --back-to 1 --apply\n\n\
                        Without `--apply` nothing is changed. Former versions are kept.")]
pub struct Train {
    #[command(flatten)]
    pub store: StoreAt,
    /// The rule file that the store follows from then on; else its own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// Keep the learned model, and change only what the rule file says
    #[arg(long, requires = "rules")]
    pub keep_model: bool,
    /// Take a former model version, with its rules, instead of learning
    #[arg(long, value_name = "VERSION", conflicts_with = "rules")]
    pub back_to: Option<u32>,
    /// Take it into force
    #[arg(long)]
    pub apply: bool,
}
