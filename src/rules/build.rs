//! From the spelled document to proven rules: reads the small languages, knows
//! the fields' names, and finds what contradicts itself or stands twice.

use super::document::{
    ColumnEntry, ComparisonEntry, Document, RuleEntry, SurvivorshipEntry, TableEntry, WeightsEntry,
};
use super::grammar::{self, Slip};
use super::*;
use crate::record::Attribute;
use std::ops::Range;
use toml::Spanned;

/// The rules that `document`, read from `text`, spells; faults are added.
pub(super) fn build(document: Document, text: &str, faults: &mut Vec<Fault>) -> Rules {
    let labels =
        document.column.iter().filter_map(|entry| Some(entry.label.as_ref()?.get_ref().clone())).collect();
    let mut builder = Builder { text, labels, faults };
    let model = builder.model(&document);
    let thresholds = builder.thresholds(&document);
    let country = builder.country(&document);
    Rules {
        sources: builder.sources(document.source),
        columns: builder.columns(document.column),
        normalise: NormaliseRules {
            country,
            date_order: document.normalise.date_order,
            placeholders: document.normalise.placeholders.into_iter().collect(),
        },
        tables: builder.tables(document.table),
        blocking: BlockingRules {
            keys: builder.keys(&document.blocking.keys),
            block_size_max: document.blocking.block_size_max,
        },
        comparisons: builder.comparisons(document.comparison),
        decisions: builder.decisions(document.rule),
        model,
        thresholds,
        cluster: ClusterRules {
            link_only: document.cluster.link_only,
            size_review: document.cluster.size_review,
        },
        survivorship: builder.survivorship(document.survivorship),
        without: Without::default(),
    }
}

struct Builder<'a> {
    text: &'a str,
    /// Labels that the file itself gives to columns.
    labels: Vec<String>,
    faults: &'a mut Vec<Fault>,
}

impl Builder<'_> {
    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// A name that stands a second time.
    fn unlike<T: PartialEq>(&mut self, seen: &mut Vec<T>, key: T, span: Range<usize>, what: &str) -> bool {
        if seen.contains(&key) {
            self.fault(Fault::new(format!("{what} stands twice"), span).hint("leave one of them out"));
            return false;
        }
        seen.push(key);
        true
    }

    fn sources(&mut self, entries: Vec<document::SourceEntry>) -> Vec<SourceRule> {
        let mut seen = Vec::new();
        let mut sources = Vec::new();
        for entry in entries {
            let (span, name) = (entry.name.span(), entry.name.into_inner());
            self.unlike(&mut seen, name.clone(), span, &format!("source `{name}`"));
            sources.push(SourceRule {
                name,
                priority: entry.priority,
                free_of_duplicates: entry.free_of_duplicates,
            });
        }
        sources
    }

    fn columns(&mut self, entries: Vec<ColumnEntry>) -> Vec<ColumnRule> {
        let mut seen = Vec::new();
        let mut columns = Vec::new();
        for entry in entries {
            let span = entry.column.span();
            let source = entry.source.map(Spanned::into_inner);
            let column = entry.column.into_inner();
            self.unlike(&mut seen, (source.clone(), column.clone()), span, &format!("column `{column}`"));
            if let Some(label) = &entry.label {
                self.label(entry.is, label);
            }
            columns.push(ColumnRule {
                source,
                column,
                attribute: entry.is,
                label: entry.label.map(Spanned::into_inner),
            });
        }
        columns
    }

    fn label(&mut self, attribute: Attribute, label: &Spanned<String>) {
        let name = label.get_ref();
        if !attribute.is_labelled() {
            let message = format!("`{}` takes no label", attribute.name());
            self.fault(
                Fault::new(message, label.span())
                    .hint("columns of one such attribute are one field: leave it out"),
            );
        } else if Attribute::from_name(name).is_some_and(|named| named != attribute) {
            let message = format!("the label `{name}` is the name of an attribute");
            self.fault(
                Fault::new(message, label.span())
                    .hint(format!("write `is = \"{name}\"`, or choose another label")),
            );
        } else if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            let message = format!("the label `{name}` is no field's name");
            self.fault(
                Fault::new(message, label.span())
                    .hint("lower-case letters, digits and `_`, such as `loyalty_id`"),
            );
        }
    }

    fn country(&mut self, document: &Document) -> Option<String> {
        let country = document.normalise.country.as_ref()?;
        let code = country.get_ref();
        if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            let fault = Fault::new(format!("`{code}` is no country code"), country.span());
            self.fault(fault.hint("write two capital letters by ISO 3166-1, such as `DE`, `AT` or `US`"));
            return None;
        }
        Some(code.clone())
    }

    fn tables(&mut self, entries: Vec<TableEntry>) -> Vec<TableRule> {
        let mut tables = Vec::new();
        for entry in entries {
            let mut add = Vec::new();
            for added in entry.add {
                match entry.name.entry(added.get_ref()) {
                    Ok(entry) => add.push(entry),
                    Err((message, hint)) => self.fault(Fault::new(message, added.span()).hint(hint)),
                }
            }
            if let Some(removed) = entry.remove.first().filter(|_| entry.replace) {
                let message = format!("`{}` is replaced, so there is nothing to remove", entry.name.name());
                self.fault(Fault::new(message, removed.span()).hint("leave out `remove` or `replace`"));
            }
            let remove = entry.remove.into_iter().map(Spanned::into_inner).collect();
            tables.push(TableRule { name: entry.name, replace: entry.replace, add, remove });
        }
        tables
    }

    fn keys(&mut self, entries: &[Spanned<String>]) -> Vec<KeyRule> {
        let mut seen = Vec::new();
        let mut keys = Vec::new();
        for entry in entries {
            let mut slips = Vec::new();
            let key = grammar::key(entry.get_ref(), &mut slips);
            self.slips(entry, slips);
            let Some(key) = key else { continue };
            for expression in &key.expressions {
                if let Err(wrong) = fields::key(&expression.field, &self.labels) {
                    self.wrong(entry, &expression.field, wrong);
                }
            }
            if self.unlike(&mut seen, key.name.clone(), entry.span(), &format!("the key `{}`", key.name)) {
                keys.push(key);
            }
        }
        keys
    }

    fn comparisons(&mut self, entries: Vec<ComparisonEntry>) -> Vec<ComparisonRule> {
        let mut seen = Vec::new();
        let mut comparisons = Vec::new();
        for entry in entries {
            let on = entry.on.get_ref().clone();
            if on == "name" {
                let wrong = (
                    "`name` is a group for conditions only".into(),
                    "weigh `given_name` and `family_name`".into(),
                );
                self.wrong(&entry.on, &on, wrong);
            } else if let Err(wrong) = fields::comparison(&on, &self.labels) {
                self.wrong(&entry.on, &on, wrong);
            }
            self.unlike(&mut seen, on.clone(), entry.on.span(), &format!("the comparison on `{on}`"));
            let weights = weights(&entry.weights);
            if entry.off && !weights.is_empty() {
                let fault = Fault::new(format!("`{on}` is off and has weights"), entry.on.span());
                self.fault(fault.hint("leave out `off = true`, or the weights"));
            }
            if let Some((better, worse)) = upside_down(&weights) {
                let message = format!("on `{on}`, `{}` weighs more than `{}`", worse.name(), better.name());
                self.fault(Fault::new(message, entry.on.span()).hint("more agreement must not weigh less"));
            }
            comparisons.push(ComparisonRule {
                on,
                off: entry.off,
                weights,
                term_frequency: entry.term_frequency,
            });
        }
        comparisons
    }

    fn decisions(&mut self, entries: Vec<RuleEntry>) -> Vec<DecisionRule> {
        let (mut names, mut tests) = (Vec::new(), Vec::new());
        let mut decisions = Vec::new();
        for entry in entries {
            let name = entry.name.get_ref().clone();
            if name.trim().is_empty() {
                self.fault(
                    Fault::new("a rule's name is empty", entry.name.span()).hint("say what it stands for"),
                );
            }
            self.unlike(&mut names, name.clone(), entry.name.span(), &format!("rule `{name}`"));
            let mut slips = Vec::new();
            let when = grammar::conditions(entry.when.get_ref(), &mut slips);
            self.slips(&entry.when, slips);
            for condition in &when {
                if let Err(wrong) = fields::comparison(&condition.on, &self.labels) {
                    self.wrong(&entry.when, &condition.on, wrong);
                }
            }
            if let Some(on) = impossible(&when) {
                let fault =
                    Fault::new(format!("no pair can fulfil both conditions on `{on}`"), entry.when.span());
                self.fault(fault.hint("leave one of them out"));
            }
            let mut sorted: Vec<String> = when.iter().map(ToString::to_string).collect();
            sorted.sort();
            if tests.contains(&sorted) {
                let fault = Fault::new(format!("rule `{name}` never applies"), entry.when.span());
                self.fault(
                    fault.hint("an earlier rule has the same conditions, and the first that holds decides"),
                );
            }
            tests.push(sorted);
            decisions.push(DecisionRule { name, then: entry.then, when });
        }
        decisions
    }

    fn model(&mut self, document: &Document) -> ModelRules {
        let learn = *document.model.learn.get_ref();
        let by_hand = document.comparison.iter().any(|entry| !weights(&entry.weights).is_empty());
        if !learn && !by_hand && document.rule.is_empty() {
            let fault = Fault::new(
                "nothing decides: no rules, no weights, and nothing is learned",
                document.model.learn.span(),
            );
            self.fault(
                fault.hint("add a `[[rule]]` or a `[[comparison]]` with weights, or leave `learn` out"),
            );
        }
        ModelRules { learn, prior: document.model.prior.as_ref().map(|prior| *prior.get_ref()) }
    }

    fn thresholds(&mut self, document: &Document) -> Thresholds {
        let (link, review) = (&document.thresholds.link, &document.thresholds.review);
        if let (Some(link), Some(review)) = (link, review)
            && review.get_ref() > link.get_ref()
        {
            let message = format!("`review` ({}) is above `link` ({})", review.get_ref(), link.get_ref());
            self.fault(
                Fault::new(message, review.span())
                    .hint("pairs between `review` and `link` are put to review"),
            );
        }
        let value =
            |threshold: &Option<Spanned<f64>>| threshold.as_ref().map(|threshold| *threshold.get_ref());
        Thresholds { link: value(link), review: value(review) }
    }

    fn survivorship(&mut self, entries: Vec<SurvivorshipEntry>) -> Vec<SurvivorshipRule> {
        let mut seen = Vec::new();
        let mut rules = Vec::new();
        for entry in entries {
            let field = entry.field.as_ref().map(|field| field.get_ref().clone());
            let span = entry.field.as_ref().map_or(entry.order.span(), Spanned::span);
            if let (Some(name), Some(spanned)) = (&field, &entry.field)
                && let Err(wrong) = fields::golden(name, &self.labels)
            {
                self.wrong(spanned, name, wrong);
            }
            let what = field
                .as_deref()
                .map_or("the rule for all other fields".to_owned(), |name| format!("field `{name}`"));
            self.unlike(&mut seen, field.clone(), span, &what);
            let order_span = entry.order.span();
            let mut order = Vec::new();
            for preference in entry.order.into_inner() {
                self.unlike(&mut order, preference, order_span.clone(), "one preference");
            }
            rules.push(SurvivorshipRule { field, order });
        }
        rules
    }

    /// Slips of an expression, at their place within the quoted text.
    fn slips(&mut self, entry: &Spanned<String>, slips: Vec<Slip>) {
        for slip in slips {
            let span = self.inner(entry, slip.span);
            let fault = Fault::new(slip.message, span);
            self.fault(match slip.hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            });
        }
    }

    /// A fault on the first mention of `name` in the quoted text.
    fn wrong(&mut self, entry: &Spanned<String>, name: &str, (message, hint): fields::Wrong) {
        let at = whole_word(entry.get_ref(), name).unwrap_or(0);
        let span = self.inner(entry, at..at + name.len());
        self.fault(Fault::new(message, span).hint(hint));
    }

    /// Where a part of a quoted text stands in the file; the whole of it where
    /// escapes or several lines move things about.
    fn inner(&self, entry: &Spanned<String>, part: Range<usize>) -> Range<usize> {
        let outer = entry.span();
        let quoted = self.text.get(outer.clone()).unwrap_or("");
        match quoted.get(1..quoted.len().saturating_sub(1)) {
            Some(inside) if inside == entry.get_ref() && !inside.is_empty() => {
                let start = outer.start + 1 + part.start.min(inside.len());
                start..(outer.start + 1 + part.end).min(outer.end).max(start)
            }
            _ => outer,
        }
    }
}

fn whole_word(text: &str, word: &str) -> Option<usize> {
    let part = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = text.as_bytes();
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !part(before) && !part(bytes.get(at + word.len()))
    })
}

fn weights(entry: &WeightsEntry) -> Vec<(Level, f64)> {
    [
        (Level::Same, entry.same),
        (Level::Variant, entry.variant),
        (Level::Close, entry.close),
        (Level::Similar, entry.similar),
        (Level::Weak, entry.weak),
        (Level::Different, entry.different),
    ]
    .into_iter()
    .filter_map(|(level, bits)| Some((level, bits?)))
    .collect()
}

/// Two levels of which the one with more agreement weighs less.
fn upside_down(weights: &[(Level, f64)]) -> Option<(Level, Level)> {
    weights.windows(2).find_map(|pair| match pair {
        [(better, more), (worse, less)] if less > more => Some((*better, *worse)),
        _ => None,
    })
}

/// A comparison whose conditions leave no level.
fn impossible(when: &[Condition]) -> Option<&str> {
    when.iter().map(|condition| condition.on.as_str()).find(|on| {
        !Level::ALL.into_iter().any(|level| when.iter().filter(|c| c.on == **on).all(|c| c.test.holds(level)))
    })
}
