//! Spells rules as a commented rule file, such that parsing it gives the same
//! rules again. What the rules should be is decided elsewhere.

use super::*;
use std::fmt::Write;

/// The rule file for `rules`. `comments` go beside the columns, in their order;
/// there may be fewer.
pub fn write(rules: &Rules, comments: &[String]) -> String {
    let mut file = String::from(
        "# Einklang rules. What stands here is decided; what is left out is decided from the data.\n\
         # Check this file with `einklang rules check FILE`; every key is explained in docs/rules.md.\n",
    );
    sources(&mut file, &rules.sources);
    columns(&mut file, &rules.columns, comments);
    normalise(&mut file, &rules.normalise);
    tables(&mut file, &rules.tables);
    blocking(&mut file, &rules.blocking);
    comparisons(&mut file, &rules.comparisons);
    decisions(&mut file, &rules.decisions);
    settings(&mut file, rules);
    survivorship(&mut file, &rules.survivorship);
    file
}

/// Writing to a string cannot fail.
macro_rules! line {
    ($file:expr, $($part:tt)*) => {{ let _ = writeln!($file, $($part)*); }};
}

fn sources(file: &mut String, sources: &[SourceRule]) {
    if sources.is_empty() {
        return;
    }
    line!(file, "\n# The inputs. `priority` ranks them for golden values, 1 first;");
    line!(file, "# `free_of_duplicates` says that no two of its records are one customer.");
    for source in sources {
        line!(file, "[[source]]\nname = {}", quoted(&source.name));
        if let Some(priority) = source.priority {
            line!(file, "priority = {priority}");
        }
        if source.free_of_duplicates {
            line!(file, "free_of_duplicates = true");
        }
        line!(file, "");
    }
}

fn columns(file: &mut String, columns: &[ColumnRule], comments: &[String]) {
    let mut source = None;
    for (at, column) in columns.iter().enumerate() {
        if at == 0 || source != Some(&column.source) {
            match &column.source {
                Some(name) => line!(file, "\n# What the columns of `{}` hold.", one_line(name)),
                None => line!(file, "\n# What columns of these names hold, in every source."),
            }
            source = Some(&column.source);
        }
        if let Some(comment) = comments.get(at).filter(|comment| !comment.is_empty()) {
            line!(file, "# {}", one_line(comment));
        }
        line!(file, "[[column]]");
        if let Some(name) = &column.source {
            line!(file, "source = {}", quoted(name));
        }
        line!(file, "column = {}", quoted(&column.column));
        line!(file, "is = \"{}\"", column.attribute.name());
        if let Some(label) = &column.label {
            line!(file, "label = {}", quoted(label));
        }
        line!(file, "");
    }
}

fn normalise(file: &mut String, rules: &NormaliseRules) {
    if *rules == NormaliseRules::default() {
        return;
    }
    line!(file, "\n# How values are read.\n[normalise]");
    if let Some(country) = &rules.country {
        line!(file, "# The country of records that name none.\ncountry = {}", quoted(country));
    }
    if let Some(order) = rules.date_order {
        let name = match order {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
            DateOrder::Ymd => "ymd",
        };
        line!(file, "date_order = \"{name}\"");
    }
    if !rules.placeholders.is_empty() {
        line!(file, "\n# Further values that stand for \"no value\".\n[normalise.placeholders]");
        for (attribute, values) in &rules.placeholders {
            line!(file, "{} = [{}]", attribute.name(), listed(values.iter().map(|value| quoted(value))));
        }
    }
}

fn tables(file: &mut String, tables: &[TableRule]) {
    if !tables.is_empty() {
        line!(file, "\n# Changes to the tables that ship with the normalisers.");
    }
    for table in tables {
        line!(file, "[[table]]\nname = \"{}\"", table.name.name());
        if table.replace {
            line!(file, "replace = true");
        }
        if !table.add.is_empty() {
            let entry = |(key, meaning): &(String, String)| match meaning.as_str() {
                "" => quoted(key),
                meaning => quoted(&format!("{key} = {meaning}")),
            };
            line!(file, "add = [{}]", listed(table.add.iter().map(entry)));
        }
        if !table.remove.is_empty() {
            line!(file, "remove = [{}]", listed(table.remove.iter().map(|key| quoted(key))));
        }
        line!(file, "");
    }
}

fn blocking(file: &mut String, rules: &BlockingRules) {
    if *rules == BlockingRules::default() {
        return;
    }
    line!(file, "\n# Records that agree on one of these keys are compared.\n[blocking]");
    if !rules.keys.is_empty() {
        line!(file, "keys = [");
        for key in &rules.keys {
            let spelled = listed_by(" + ", key.expressions.iter().map(ToString::to_string));
            line!(file, "    {},", quoted(&spelled));
        }
        line!(file, "]");
    }
    if let Some(size) = rules.block_size_max {
        line!(file, "block_size_max = {size}");
    }
}

fn comparisons(file: &mut String, comparisons: &[ComparisonRule]) {
    if !comparisons.is_empty() {
        line!(file, "\n# What agreement is worth, in bits; what is left out is learned.");
    }
    for comparison in comparisons {
        line!(file, "[[comparison]]\non = {}", quoted(&comparison.on));
        if comparison.off {
            line!(file, "off = true");
        }
        if !comparison.weights.is_empty() {
            let weights =
                comparison.weights.iter().map(|(level, bits)| format!("{} = {bits:?}", level.name()));
            line!(file, "weights = {{ {} }}", listed(weights));
        }
        if let Some(term_frequency) = comparison.term_frequency {
            line!(file, "term_frequency = {term_frequency}");
        }
        line!(file, "");
    }
}

fn decisions(file: &mut String, decisions: &[DecisionRule]) {
    if !decisions.is_empty() {
        line!(file, "\n# Tried in order; the first whose conditions all hold decides the pair.");
    }
    for decision in decisions {
        let then = match decision.then {
            Decision::Link => "link",
            Decision::Review => "review",
            Decision::Never => "never",
        };
        let when = listed_by(" and ", decision.when.iter().map(ToString::to_string));
        line!(
            file,
            "[[rule]]\nname = {}\nthen = \"{then}\"\nwhen = {}\n",
            quoted(&decision.name),
            quoted(&when)
        );
    }
}

fn settings(file: &mut String, rules: &Rules) {
    if rules.model != ModelRules::default() {
        line!(file, "\n[model]\nlearn = {}", rules.model.learn);
        if let Some(prior) = rules.model.prior {
            line!(file, "prior = {prior:?}");
        }
    }
    if rules.thresholds != Thresholds::default() {
        line!(file, "\n# Match probabilities from which pairs are linked, or put to review.\n[thresholds]");
        for (name, value) in [("link", rules.thresholds.link), ("review", rules.thresholds.review)] {
            if let Some(value) = value {
                line!(file, "{name} = {value:?}");
            }
        }
    }
    if rules.cluster != ClusterRules::default() {
        line!(file, "\n[cluster]\nlink_only = {}", rules.cluster.link_only);
        if let Some(size) = rules.cluster.size_review {
            line!(file, "# Customers of more records than this are put to review.\nsize_review = {size}");
        }
    }
}

fn survivorship(file: &mut String, rules: &[SurvivorshipRule]) {
    if !rules.is_empty() {
        line!(file, "\n# Which record's value a golden record shows; a later word decides only ties.");
    }
    for rule in rules {
        line!(file, "[[survivorship]]");
        if let Some(field) = &rule.field {
            line!(file, "field = {}", quoted(field));
        }
        line!(file, "order = [{}]\n", listed(rule.order.iter().map(|preference| quoted(preference.name()))));
    }
}

impl Preference {
    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Preference::Verified => "verified",
            Preference::SourcePriority => "source_priority",
            Preference::MostRecent => "most_recent",
            Preference::MostFrequent => "most_frequent",
            Preference::Longest => "longest",
            Preference::MostRestrictive => "most_restrictive",
        }
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    listed_by(", ", parts)
}

fn listed_by(between: &str, parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// A comment must not break out of its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
