//! Every command and flag, each defined once: help, man page and completions
//! all come from here. What commands do stands in their own files.

#[cfg(feature = "kafka")]
mod consumed;
#[cfg(feature = "serve")]
mod served;

use crate::record::Attribute;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Finds the records of one customer in the exports of many channels and merges
/// them into golden customers, each link explained.
#[derive(Debug, Parser)]
#[command(
    name = "einklang",
    version,
    max_term_width = 100,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but rows were quarantined.\n\n\
                  Examples:\n  einklang unify shop.csv crm.csv newsletter.csv --out merged\n  \
                  einklang init shop.csv crm.csv > rules.toml\n  \
                  einklang unify --rules rules.toml shop.csv crm.csv --out merged\n  \
                  einklang evaluate --crosswalk merged/crosswalk.csv --truth truth.csv"
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colours; `auto` is on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Merge the exports of several channels into golden customers
    Unify(Unify),
    /// Write the files of `unify` from a store
    #[cfg(feature = "store")]
    Export(Export),
    /// Take changes of records into a store, one JSON object a line
    #[cfg(feature = "store")]
    Upsert(Upsert),
    /// Print a store's changes, one JSON object a line
    #[cfg(feature = "store")]
    Changes(Changes),
    /// Show what a store holds of a record
    #[cfg(feature = "store")]
    Record(Record),
    /// Show a customer of a store, or what became of its id
    #[cfg(feature = "store")]
    Customer(Customer),
    /// Print every change of a customer, one JSON object a line
    #[cfg(feature = "store")]
    History(History),
    /// Decide that two records are one customer, or are not, whatever they score
    #[cfg(feature = "store")]
    Judge(Judge),
    /// Pin a golden value of a customer, release it, or list what is pinned
    #[cfg(feature = "store")]
    Pin(Pin),
    /// List what a store is in doubt about, the most telling first, or decide it
    #[cfg(feature = "store")]
    Review(Review),
    /// Erase records from a store for good, and print the receipt
    #[cfg(feature = "store")]
    Erase(Erase),
    /// Print everything that a store holds about a customer, as JSON
    #[cfg(feature = "store")]
    Access(Access),
    /// Copy a store as it is now, also while it is being written to
    #[cfg(feature = "store")]
    Backup(Backup),
    /// Give an encrypted store another key, where it lies
    #[cfg(feature = "store")]
    Rekey(Rekey),
    /// Make a store of a copy
    #[cfg(feature = "store")]
    Restore(Restore),
    /// Work a store's customers out anew and compare
    #[cfg(feature = "store")]
    Verify(Verify),
    /// Find customers of a store by words of their golden values
    #[cfg(feature = "store")]
    Search(Search),
    /// Learn a store's model anew, look at what it would change, and take it
    #[cfg(feature = "store")]
    Train(Train),
    /// Serve a store over HTTP
    #[cfg(feature = "serve")]
    Serve(Box<Serve>),
    /// Take changes of records from Kafka's topics into a store, and publish its changes
    #[cfg(feature = "kafka")]
    Consume(Box<Consume>),
    /// Make, list and revoke the tokens of the service
    #[cfg(feature = "serve")]
    #[command(subcommand)]
    Token(Token),
    /// Check the audit log of the service
    #[cfg(feature = "serve")]
    #[command(subcommand)]
    Audit(Audit),
    /// Look at the inputs and propose a commented rule file
    Init(Init),
    /// Measure a crosswalk against known truth
    Evaluate(Evaluate),
    /// Say why two records are one customer, or are not
    Explain(Explain),
    /// Judge the pairs that tell most, one by one, for `unify --labels`
    Label(Label),
    /// Judge a sample of pairs, and say how right and how complete the customers are
    Estimate(Estimate),
    /// Forecast what will be compared, what blocking loses, and which keys would help
    Blocking(Blocking),
    /// Show what the normalisers make of values, one per line of standard input
    Normalise(Normalise),
    /// Check rule files, print their form, and change a store's rules
    #[command(subcommand)]
    Rules(Rules),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  einklang completions bash > /etc/bash_completion.d/einklang")]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    #[command(
        after_help = "Examples:\n  einklang man | man -l -\n  einklang man --out /usr/local/share/man/man1"
    )]
    Man {
        /// Write one page per command into this folder instead
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out: Option<PathBuf>,
    },
}

/// The inputs and how their records are named.
#[derive(Debug, Clone, Default, Args)]
pub struct Inputs {
    /// Files to read: CSV, TSV, NDJSON or Parquet, also as .gz or .zst; `-` for standard input
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub paths: Vec<PathBuf>,
    /// A file and its source's name; otherwise the file's stem names the source
    #[arg(long = "source", value_name = "NAME=PATH", value_parser = named_source)]
    pub sources: Vec<(String, PathBuf)>,
    /// The column that names a record within its source
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// The column whose value names the source
    #[arg(long, value_name = "COLUMN")]
    pub source_column: Option<String>,
    /// A column that is not read at all; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang unify shop.csv crm.csv newsletter.csv.gz --out merged\n  \
                        einklang unify --rules rules.toml --source till=kasse.csv shop.csv --out merged\n  \
                        einklang unify --source-column channel --id row export.parquet --out merged\n  \
                        zcat export.csv.gz | einklang unify - --out merged\n\n\
                        Writes crosswalk.csv, customers.csv, links.csv, review.csv, quarantine.csv, report.json and\n\
                        report.html. Without --rules, columns are recognised by header and values, and a model is\n\
                        learned from the data.")]
pub struct Unify {
    #[command(flatten)]
    pub inputs: Inputs,
    /// The rule file to follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// The folder for the results; made if need be
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// A folder for a new store, which `upsert` then keeps current
    #[cfg(feature = "store")]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    #[cfg(feature = "store")]
    #[command(flatten)]
    pub key: KeyFile,
    /// Never link two records of one source: each is free of duplicates
    #[arg(long)]
    pub link_only: bool,
    /// A model to use instead of learning one, as an earlier run wrote it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub model: Option<PathBuf>,
    /// Judgements of a steward, as `einklang label` writes them: they refine the weights and settle their pairs
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub labels: Option<PathBuf>,
    /// Also write lineage.csv: the record behind each golden value
    #[arg(long)]
    pub lineage: bool,
    /// Threads to use; otherwise one per processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Hold no more memory than this, such as 3GiB or 500MB, and keep the rest in a scratch file;
    /// otherwise three quarters of what the machine or the container has
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory_max: Option<u64>,
    /// A folder for the scratch file of a run that `--memory-max` does not allow to stay in
    /// memory; otherwise the one of `--out`
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub scratch: Option<PathBuf>,
    /// The format of crosswalk, customers, links and review
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format: Format,
    /// Switch a method off, to measure what it brings
    #[arg(long, value_name = "METHOD", hide = true)]
    pub without: Vec<Method>,
    /// Also write vectors.csv: the comparison vector of each compared pair
    #[arg(long, hide = true)]
    pub vectors: bool,
    /// Weigh the vectors that this file lists by its weights, not the model's
    #[arg(long, value_name = "FILE", hide = true)]
    pub vector_weights: Option<PathBuf>,
}

/// Methods that a measurement can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    Kinds,
    TermFrequency,
    NegativeEvidence,
    /// Lone records judged against whole groups.
    Entities,
    InferredNames,
    FuzzyKeys,
}

#[cfg(feature = "store")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang export --store graph --out merged")]
pub struct Export {
    #[command(flatten)]
    pub store: StoreAt,
    /// The folder for the results; made if need be
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Also write lineage.csv: the record behind each golden value
    #[arg(long)]
    pub lineage: bool,
    /// The format of crosswalk, customers, links and review
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format: Format,
}

#[cfg(feature = "store")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang upsert --store graph < changes.ndjson > answers.ndjson\n\n\
                        A line is {\"op\":\"upsert\",\"source\":\"shop\",\"record_id\":\"17\",\"fields\":{\"email\":\"…\"},\n\
                        \"at\":\"2026-11-21T10:00:00Z\"} or {\"op\":\"delete\",\"source\":\"shop\",\"record_id\":\"17\"}.\n\
                        Each is answered by a line, in order, once it is on disk.")]
pub struct Upsert {
    #[command(flatten)]
    pub store: StoreAt,
    /// The rule file that a store made now follows; one that is there keeps its own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// Operations that are written to disk together at most
    #[arg(long, value_name = "N", default_value = "8192", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub batch: u32,
}

#[cfg(feature = "store")]
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang verify --store graph\n\n\
                        Exit code 1 where anything differs.")]
pub struct Verify {
    #[command(flatten)]
    pub store: StoreAt,
    /// Make all that is derived anew from the records, and check again
    #[arg(long)]
    pub repair: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Csv,
    Parquet,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang init shop.csv crm.csv > rules.toml\n\n\
                        The file says what was recognised; merging with it gives the same result as without.")]
pub struct Init {
    #[command(flatten)]
    pub inputs: Inputs,
}

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  einklang evaluate --crosswalk merged/crosswalk.csv --truth truth.csv --json\n\n\
                        The truth has the columns source,record_id,entity_id; source may be left out where record ids\n\
                        are unique. Links and review beside the crosswalk give the threshold curve."
)]
pub struct Evaluate {
    /// The crosswalk to measure, of Einklang or another tool
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub crosswalk: PathBuf,
    /// The known truth
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub truth: PathBuf,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  einklang explain shop:1017 crm:K-20918 shop.csv crm.csv\n  \
                        einklang explain shop:1017 crm:K-20918 --store graph\n\n\
                        Give the same inputs, rules and model as the run had. Shows each comparison's weight from the\n\
                        prior to the final odds, the rule that applied, the blocking keys, and the values compared.")]
pub struct Explain {
    /// One record
    #[arg(value_name = "SOURCE:RECORD_ID")]
    pub a: String,
    /// The other record
    #[arg(value_name = "SOURCE:RECORD_ID")]
    pub b: String,
    #[command(flatten)]
    pub inputs: Inputs,
    /// The rule file that was followed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// Explain by what a store holds, instead of by inputs
    #[cfg(feature = "store")]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["paths", "sources", "rules", "model", "link_only"])]
    pub store: Option<PathBuf>,
    #[cfg(feature = "store")]
    #[command(flatten)]
    pub key: KeyFile,
    /// Never link two records of one source
    #[arg(long)]
    pub link_only: bool,
    /// The judgements that the run had
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub labels: Option<PathBuf>,
    /// The model that the run wrote; otherwise it is learned anew, with the same result
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub model: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang label shop.csv crm.csv --labels labels.csv --who anna\n  \
                        einklang unify shop.csv crm.csv --labels labels.csv --out merged\n\n\
                        Asks about the pairs that the model doubts most and that differ most from those judged before.\n\
                        Answer y (one customer), n (two), u (unsure), b (back: take the last answer away), q (quit).\n\
                        Each answer is written at once. With --json, each question is a line of JSON on standard\n\
                        output, and answers are read from standard input.")]
pub struct Label {
    #[command(flatten)]
    pub inputs: Inputs,
    /// The file of judgements: made if need be, added to if it is there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub labels: PathBuf,
    /// The rule file to follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// Never link two records of one source: each is free of duplicates
    #[arg(long)]
    pub link_only: bool,
    /// A model to use instead of learning one, as an earlier run wrote it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub model: Option<PathBuf>,
    /// Stop after so many answers
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Who judges, for the file
    #[arg(long, value_name = "NAME", default_value = "")]
    pub who: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang estimate shop.csv crm.csv --judged sample.csv --count 200\n\n\
                        Draws a sample of pairs, by weight and by whether they were joined, also of pairs that no key\n\
                        brings, and asks about those that the file does not answer yet. Precision and recall follow\n\
                        from the answers, with 95 % confidence intervals. The same inputs and rules give the same\n\
                        sample. With --json, questions and the result are lines of JSON on standard output.")]
pub struct Estimate {
    #[command(flatten)]
    pub inputs: Inputs,
    /// The file of answers: made if need be, added to if it is there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub judged: PathBuf,
    /// Pairs in the sample
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub count: usize,
    /// The rule file to follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// The judgements that the run has; other ones than the sample's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub labels: Option<PathBuf>,
    /// Never link two records of one source: each is free of duplicates
    #[arg(long)]
    pub link_only: bool,
    /// A model to use instead of learning one, as an earlier run wrote it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub model: Option<PathBuf>,
    /// Who judges, for the file
    #[arg(long, value_name = "NAME", default_value = "")]
    pub who: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  einklang blocking shop.csv crm.csv --rules rules.toml\n\n\
                        Says per key how many pairs it brings, how they pile up, which values most records share, and\n\
                        what share of the pairs to be linked it finds. A probe compares some records with all others\n\
                        to tell what no key brings. With --json the shared values themselves are left out.")]
pub struct Blocking {
    #[command(flatten)]
    pub inputs: Inputs,
    /// The rule file to follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
    /// Never link two records of one source: each is free of duplicates
    #[arg(long)]
    pub link_only: bool,
}

#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  echo '(0711) 67174161' | einklang normalise --type phone --country DE\n  \
                        cut -d, -f3 crm.csv | einklang normalise --type family_name --json"
)]
pub struct Normalise {
    /// What the values are: given_name, phone, address, …
    #[arg(long = "type", value_name = "ATTRIBUTE", value_parser = attribute)]
    pub attribute: Attribute,
    /// The country (ISO 3166-1 alpha-2) of values that name none
    #[arg(long, value_name = "CODE", value_parser = country)]
    pub country: Option<String>,
    /// How 03/04/2001 is read; as the rule file says, else dmy
    #[arg(long, value_name = "ORDER")]
    pub date_order: Option<DateOrder>,
    /// Rule file whose tables, country and order of dates count
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rules: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DateOrder {
    Dmy,
    Mdy,
    Ymd,
}

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// Report every fault of rule files, each with its place and a hint
    #[command(after_help = "Example:\n  einklang rules check rules.toml")]
    Check {
        /// Rule files; `-` for standard input
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON schema of rule files, for editors
    Schema,
    /// Print the reference page of rule files
    Reference,
    /// List the versions of a store's rules, the latest first
    #[cfg(feature = "store")]
    Versions {
        #[command(flatten)]
        store: StoreAt,
    },
    /// Show where two versions of a store's rules differ, or a version and a file
    #[cfg(feature = "store")]
    #[command(after_help = "Examples:\n  einklang rules diff --store graph rules.toml\n  \
                            einklang rules diff --store graph 2 5")]
    Diff {
        #[command(flatten)]
        store: StoreAt,
        /// A version, or a rule file; with one, what is in force is compared with it
        #[arg(required = true, num_args = 1..=2, value_name = "VERSION|FILE")]
        sides: Vec<String>,
    },
    /// Try a rule file out on a store, and take it into force with `--yes`
    #[cfg(feature = "store")]
    #[command(after_help = "Examples:\n  einklang rules apply --store graph rules.toml\n  \
                            einklang rules apply --store graph rules.toml --yes --who anna --why \"fewer wrong merges\"")]
    Apply {
        #[command(flatten)]
        store: StoreAt,
        /// The rule file; `-` for standard input
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Learn the model anew with it
        #[arg(long)]
        learn: bool,
        #[command(flatten)]
        signed: Signed,
    },
    /// Take a former version of rules and model into force again
    #[cfg(feature = "store")]
    #[command(
        after_help = "Example:\n  einklang rules rollback --store graph 3 --yes --who anna --why \"too many splits\""
    )]
    Rollback {
        #[command(flatten)]
        store: StoreAt,
        /// The version to go back to
        version: u32,
        #[command(flatten)]
        signed: Signed,
    },
}

/// Who takes rules into force, and whether at all.
#[cfg(feature = "store")]
#[derive(Debug, Clone, Args)]
pub struct Signed {
    /// Take it into force; without, it is only said what would change
    #[arg(long, requires = "who")]
    pub yes: bool,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub who: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub why: String,
}

#[cfg(feature = "store")]
mod stored;

#[cfg(feature = "kafka")]
pub use consumed::*;
#[cfg(feature = "serve")]
pub use served::*;
#[cfg(feature = "store")]
pub use stored::*;

/// `SOURCE:RECORD_ID`; a source's name ends at the first colon.
#[cfg(feature = "store")]
fn record_name(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((source, id)) if !source.is_empty() && !id.is_empty() => Ok((source.to_owned(), id.to_owned())),
        _ => Err("write it as `SOURCE:RECORD_ID`, such as `shop:1017`".to_owned()),
    }
}

fn named_source(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("write it as `NAME=PATH`, such as `till=kasse.csv`".to_owned()),
    }
}

fn attribute(text: &str) -> Result<Attribute, String> {
    let name = text.replace('-', "_");
    Attribute::from_name(&name).ok_or_else(|| {
        let names = || Attribute::ALL.iter().map(|attribute| attribute.name());
        match crate::rules::closest(&name, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use one of {}", names().collect::<Vec<_>>().join(", ")),
        }
    })
}

fn country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let valid = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    valid.then_some(code).ok_or_else(|| "two letters by ISO 3166-1, such as `DE` or `US`".to_owned())
}

/// Bytes from `3GiB`, `500MB` or a bare number.
fn size(text: &str) -> Result<u64, String> {
    const UNITS: &[(&str, u64)] = &[
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000),
        ("k", 1 << 10),
        ("m", 1 << 20),
        ("g", 1 << 30),
        ("b", 1),
        ("", 1),
    ];
    let lower = text.trim().to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    let factor = UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| *factor);
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number > 0.0 && number * (factor as f64) < 1e18 => {
            Ok((number * factor as f64) as u64)
        }
        _ => Err("write a size such as `3GiB` or `500MB`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, expected) in [
            ("3GiB", Some(3 << 30)),
            ("500MB", Some(500_000_000)),
            ("1.5k", Some(1536)),
            ("42", Some(42)),
            ("x", None),
            ("0", None),
            ("5 parsecs", None),
        ] {
            assert_eq!(size(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_type_gets_a_hint() {
        assert_eq!(attribute("phon"), Err("did you mean `phone`?".to_owned()));
        assert_eq!(attribute("given-name"), Ok(Attribute::GivenName));
    }
}
