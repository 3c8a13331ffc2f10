//! Tries blocking keys that a run does not use: which expressions a field
//! offers, and the blocks that a key would make. What they are wanted for, an
//! explanation or a forecast, is decided by who asks.

use super::blocking::{BLOCK_SIZE_MAX, evaluate};
use super::matching::{Matcher, evidence_fields};
use crate::blocking::{self, Blocks, PreparedKey, RuleBlocks};
use crate::record::{Attribute, Field};
use crate::rules::{KeyExpression, KeyFunction, KeyRule};
use KeyFunction::{
    Cologne, Deletion, First, LocalPart, Metaphone, MonthDay, Prefix, Suffix, Value, Word, Year,
};
use rayon::prelude::*;

/// One key per expression worth trying on the records' fields.
pub fn single_keys(matcher: &Matcher) -> Vec<KeyRule> {
    let fields = evidence_fields(matcher.records);
    fields.iter().flat_map(expressions).map(|expression| key(vec![expression])).collect()
}

/// The key of all expressions together.
pub fn key(expressions: Vec<KeyExpression>) -> KeyRule {
    let name = expressions.iter().map(KeyExpression::to_string).collect::<Vec<_>>().join(" + ");
    KeyRule { name, expressions }
}

/// Calls `each` with every key of `rules` made ready for the records, on all
/// threads; keeps what it returns, in order.
pub fn prepared<T: Send>(
    matcher: &Matcher,
    rules: &[KeyRule],
    each: impl Fn(usize, &PreparedKey) -> Option<T> + Sync,
) -> Vec<T> {
    let expressions = evaluate(rules, matcher.records);
    let tried = rules.par_iter().enumerate().filter_map(|(at, rule)| {
        let key = PreparedKey::new(rule, &expressions, matcher.records)?;
        each(at, &key)
    });
    tried.collect()
}

/// Calls `each` with every key of `rules` and the blocks that it would make.
pub fn blocked<T: Send>(
    matcher: &Matcher,
    rules: &[KeyRule],
    each: impl Fn(&KeyRule, &Blocks) -> Option<T> + Sync,
) -> Vec<T> {
    let refining = blocking::refiners(&evidence_fields(matcher.records));
    let expressions = evaluate(&refining, matcher.records);
    let refiners: Vec<PreparedKey> =
        refining.iter().filter_map(|rule| PreparedKey::new(rule, &expressions, matcher.records)).collect();
    let size = matcher.records.len();
    prepared(matcher, rules, |at, key| {
        let made = RuleBlocks::new(key, 0..size as u32, &refiners, BLOCK_SIZE_MAX);
        each(rules.get(at)?, &Blocks::new(vec![made], size))
    })
}

/// Pairs of `blocks` that may match and that no key in use brings.
pub fn pairs_new(matcher: &Matcher, blocks: &Blocks) -> u64 {
    let of_block = |block: usize| {
        let mut new = 0;
        blocks.pairs(
            block,
            |_| true,
            |x, y| {
                let known = matcher.blocks.first_common(x as usize, y as usize).is_some();
                new += u64::from(!known && matcher.is_allowed(x, y));
            },
        );
        new
    };
    (0..blocks.len()).into_par_iter().map(of_block).sum()
}

/// The expressions worth trying on a field.
fn expressions(field: &Field) -> Vec<KeyExpression> {
    let functions: &[(KeyFunction, u8)] = match field.attribute {
        Attribute::GivenName | Attribute::MiddleName | Attribute::FamilyName | Attribute::BirthName => {
            &[(Value, 0), (First, 0), (Deletion, 0), (Cologne, 0), (Metaphone, 0), (Prefix, 4), (Prefix, 2)]
        }
        Attribute::Organisation | Attribute::Street | Attribute::City | Attribute::Text => {
            &[(Value, 0), (Deletion, 0), (Word, 0), (Prefix, 6), (Prefix, 4)]
        }
        Attribute::BirthDate => &[(Value, 0), (Deletion, 0), (MonthDay, 0), (Year, 0)],
        Attribute::Email => &[(Value, 0), (LocalPart, 0), (Deletion, 0), (Prefix, 6)],
        Attribute::Phone => &[(Value, 0), (Suffix, 7), (Deletion, 0)],
        Attribute::Postcode => &[(Value, 0), (Deletion, 0), (Prefix, 3)],
        Attribute::Identifier | Attribute::Iban | Attribute::VatId => &[(Value, 0), (Deletion, 0)],
        Attribute::Gender | Attribute::Country | Attribute::Nationality => &[],
        _ => &[(Value, 0)],
    };
    let expression = |&(function, length): &(KeyFunction, u8)| KeyExpression {
        function,
        field: field.name().to_owned(),
        length,
    };
    functions.iter().map(expression).collect()
}
