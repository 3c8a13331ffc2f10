//! Evaluates a blocking key's expressions: per distinct value once, to hashes.
//! Equal hashes put records into one block; they are never evidence.

use crate::normalise::phonetic;
use crate::record::{ABSENT, Code, NormalColumn, NormalRecords};
use crate::rules::{KeyExpression, KeyFunction, KeyRule};
use hashbrown::HashMap;
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64;

/// A key of a record; 0 is never one. It is a function of the rule and the
/// record's values that never changes, since it is stored.
pub type KeyHash = u64;

/// The most keys that one rule gives one record; further ones are dropped by hash.
pub const KEYS_PER_RECORD_MAX: usize = 16;

/// Records whose values are looked up together.
const RECORDS_AT_ONCE: usize = 64;

/// Every expression of a set of rules, evaluated once over the distinct values,
/// however many rules share it.
pub struct Expressions {
    evaluated: HashMap<(KeyExpression, usize), ValueHashes>,
}

/// One expression over one column, still to be evaluated.
pub struct Task<'a> {
    expression: &'a KeyExpression,
    place: usize,
    column: &'a NormalColumn,
}

/// A key rule made ready for one set of records.
pub struct PreparedKey<'a> {
    expressions: Vec<PreparedExpression<'a>>,
    seed: u64,
}

/// One expression: for each slot of its field, the hashes of each value.
struct PreparedExpression<'a> {
    slots: Vec<(&'a NormalColumn, &'a ValueHashes)>,
    /// The expression itself, where values have so many hashes that they are
    /// made anew each time rather than kept.
    evaluated_anew: Option<KeyExpression>,
}

/// Hashes per canonical code: `hashes[ends[code - 1]..ends[code]]`.
pub struct ValueHashes {
    ends: Vec<u32>,
    hashes: Vec<u64>,
    /// Whether a value has more than one.
    is_multiple: bool,
    /// Whether each value has exactly one.
    is_single: bool,
}

impl Expressions {
    /// What there is to evaluate for `rules`; each is independent of the others.
    pub fn tasks<'a>(rules: &'a [KeyRule], records: &'a NormalRecords) -> Vec<Task<'a>> {
        let mut tasks: Vec<Task> = Vec::new();
        for expression in rules.iter().flat_map(|rule| &rule.expressions) {
            for (place, column) in records.columns.iter().enumerate() {
                let known = tasks.iter().any(|task| task.expression == expression && task.place == place);
                if column.field.name() == expression.field && !known {
                    tasks.push(Task { expression, place, column });
                }
            }
        }
        tasks
    }

    /// Puts evaluated tasks together.
    pub fn new<'a>(evaluated: impl Iterator<Item = (Task<'a>, ValueHashes)>) -> Self {
        let keyed = evaluated.map(|(task, hashes)| ((task.expression.clone(), task.place), hashes));
        Self { evaluated: keyed.collect() }
    }
}

impl Task<'_> {
    /// Evaluates the expression over the column's distinct values.
    pub fn evaluate(&self) -> ValueHashes {
        ValueHashes::new(self.column, self.expression)
    }
}

impl<'a> PreparedKey<'a> {
    /// Makes `rule` ready. `None` where the records lack one of its fields.
    pub fn new(rule: &KeyRule, expressions: &'a Expressions, records: &'a NormalRecords) -> Option<Self> {
        let prepared: Option<Vec<_>> = rule
            .expressions
            .iter()
            .map(|expression| PreparedExpression::new(expression, expressions, records))
            .collect();
        Some(Self { expressions: prepared?, seed: xxh3_64(rule.name.as_bytes()) })
    }

    /// Calls `found` with each key of `record`, in no order and perhaps twice; a
    /// record that lacks a value of one expression has none.
    pub fn keys(&self, record: usize, mut found: impl FnMut(KeyHash)) {
        let mut only = self.seed;
        let mut expressions = self.expressions.iter();
        // Most rules give a record one key at most.
        let first = loop {
            let Some(expression) = expressions.next() else { return found(only.max(1)) };
            match expression.only(record) {
                Some([]) => return,
                Some(&[hash]) => only = mix(only, hash),
                _ => break expression,
            }
        };
        let mut keys: SmallVec<[u64; KEYS_PER_RECORD_MAX]> = SmallVec::from_iter([only]);
        for expression in std::iter::once(first).chain(expressions) {
            let mut longer: SmallVec<[u64; KEYS_PER_RECORD_MAX]> = SmallVec::new();
            for &key in &keys {
                expression.hashes(record, |hash| longer.push(mix(key, hash)));
            }
            // Equal keys do no harm but where there are too many.
            if longer.len() > KEYS_PER_RECORD_MAX {
                longer.sort_unstable();
                longer.dedup();
                longer.truncate(KEYS_PER_RECORD_MAX);
            }
            keys = longer;
        }
        keys.into_iter().for_each(|key| found(key.max(1)));
    }

    /// Whether no record has several keys, and each is made of values that were
    /// evaluated before.
    pub fn is_plain(&self) -> bool {
        let plain = |expression: &PreparedExpression| expression.evaluated_anew.is_none();
        !self.is_multiple() && self.expressions.iter().all(plain)
    }

    /// As [`PreparedKey::keys`] of one record after the other, where the key
    /// [is plain](PreparedKey::is_plain). What some records hold is looked up
    /// before any key is made of it, so that the waits for memory overlap.
    pub fn plain_keys(&self, records: impl Iterator<Item = u32>, mut found: impl FnMut(u32, KeyHash)) {
        let mut records = records.fuse();
        loop {
            let mut held = [0; RECORDS_AT_ONCE];
            let mut filled = 0;
            for (place, record) in held.iter_mut().zip(records.by_ref().take(RECORDS_AT_ONCE)) {
                *place = record;
                filled += 1;
            }
            let held = &held[..filled];
            let mut keys = [Some(self.seed); RECORDS_AT_ONCE];
            let slots = self.expressions.iter().flat_map(|expression| &expression.slots);
            for (column, values) in slots {
                let codes: [Code; RECORDS_AT_ONCE] = std::array::from_fn(|at| {
                    held.get(at).map_or(ABSENT, |&record| column.canonical_code(record as usize))
                });
                for (key, hash) in keys.iter_mut().zip(codes.map(|code| values.at_most_one(code))) {
                    *key = key.zip(hash).map(|(key, hash)| mix(key, hash));
                }
            }
            for (&record, key) in held.iter().zip(keys) {
                if let Some(key) = key {
                    found(record, key.max(1));
                }
            }
            if filled < RECORDS_AT_ONCE {
                return;
            }
        }
    }

    /// Whether a record may have several keys.
    pub fn is_multiple(&self) -> bool {
        self.expressions.iter().any(|expression| match expression.slots.as_slice() {
            [(_, values)] => values.is_multiple,
            _ => true,
        })
    }

    /// Whether [`PreparedKey::values`] tells all that the keys are made of.
    pub fn is_narrow(&self) -> bool {
        self.expressions.len() <= 2 && self.expressions.iter().all(|expression| expression.slots.len() == 1)
    }

    /// The values that the keys of `record` are made of, in one number; `None`
    /// where one is missing. Equal values have equal keys.
    pub fn values(&self, record: usize) -> Option<u64> {
        let codes = self.expressions.iter().map(|expression| {
            expression.slots.first().map_or(ABSENT, |(column, _)| column.canonical_code(record))
        });
        codes
            .into_iter()
            .try_fold(0, |values, code| (code != ABSENT).then_some(values << 32 | u64::from(code)))
    }

    /// What each expression makes of `record`, in the order of the rule; empty
    /// where it makes nothing. For explaining a key, not for blocking by it.
    pub fn parts(&self, record: usize) -> Vec<Vec<u64>> {
        let of = |expression: &PreparedExpression| {
            let mut hashes = Vec::new();
            expression.hashes(record, |hash| hashes.push(hash));
            hashes
        };
        self.expressions.iter().map(of).collect()
    }
}

impl<'a> PreparedExpression<'a> {
    fn new(
        expression: &KeyExpression,
        expressions: &'a Expressions,
        records: &'a NormalRecords,
    ) -> Option<Self> {
        let of_column = |(place, column): (usize, &'a NormalColumn)| {
            Some((column, expressions.evaluated.get(&(expression.clone(), place))?))
        };
        let slots: Vec<_> = records.columns.iter().enumerate().filter_map(of_column).collect();
        let many = expression.function == KeyFunction::Deletion;
        let evaluated_anew = many.then(|| expression.clone());
        (!slots.is_empty()).then_some(Self { slots, evaluated_anew })
    }

    /// The hashes of `record`, of a field of one slot.
    fn only(&self, record: usize) -> Option<&[u64]> {
        let ([(column, values)], None) = (self.slots.as_slice(), &self.evaluated_anew) else { return None };
        let code = column.canonical_code(record);
        Some(if code == ABSENT { &[] } else { values.of(code) })
    }

    fn hashes(&self, record: usize, mut found: impl FnMut(u64)) {
        for (column, values) in &self.slots {
            let code = column.canonical_code(record);
            if let Some(expression) = self.evaluated_anew.as_ref().filter(|_| code != ABSENT) {
                hashes(expression, column.canonical.get(code), &mut found);
            } else if code != ABSENT {
                values.of(code).iter().for_each(|&hash| found(hash));
            }
        }
    }
}

impl ValueHashes {
    fn new(column: &NormalColumn, expression: &KeyExpression) -> Self {
        let mut result = Self { ends: vec![0], hashes: Vec::new(), is_multiple: false, is_single: false };
        if expression.function == KeyFunction::Deletion {
            return Self { is_multiple: true, ..result };
        }
        result.hashes.reserve(column.canonical.len());
        for value in column.canonical.iter() {
            hashes(expression, value, |hash| result.hashes.push(hash));
            let before = result.ends.last().copied().unwrap_or(0);
            result.ends.push(result.hashes.len() as u32);
            result.is_multiple |= result.hashes.len() > before as usize + 1;
        }
        result.is_single = !result.is_multiple && result.hashes.len() == column.canonical.len();
        result
    }

    /// The hash of a value that has no second one.
    #[inline]
    fn at_most_one(&self, code: Code) -> Option<u64> {
        let code = code as usize;
        if code == ABSENT as usize {
            None
        } else if self.is_single {
            Some(self.hashes[code - 1])
        } else {
            let start = self.ends[code - 1];
            (start < self.ends[code]).then(|| self.hashes[start as usize])
        }
    }

    fn of(&self, code: u32) -> &[u64] {
        let code = code as usize;
        if self.is_single {
            return &self.hashes[code - 1..code];
        }
        &self.hashes[self.ends[code - 1] as usize..self.ends[code] as usize]
    }
}

/// Calls `found` with the hash of each text that the expression makes of `value`.
fn hashes(expression: &KeyExpression, value: &str, mut found: impl FnMut(u64)) {
    evaluate(expression, value, |text| {
        if !text.is_empty() {
            found(xxh3_64(text.as_bytes()));
        }
    });
}

/// Puts a hash to a key (multiply and fold, as wyhash does).
fn mix(key: u64, hash: u64) -> u64 {
    let product = u128::from(key ^ 0x9e37_79b9_7f4a_7c15) * u128::from(hash | 1);
    (product >> 64) as u64 ^ product as u64
}

/// Calls `found` with each text that the expression makes of `value`.
pub fn evaluate(expression: &KeyExpression, value: &str, mut found: impl FnMut(&str)) {
    let length = usize::from(expression.length);
    let first = value.split(' ').next().unwrap_or(value);
    match expression.function {
        KeyFunction::Value => found(value),
        KeyFunction::First => found(first),
        KeyFunction::Prefix => found(value.get(..length).unwrap_or(value)),
        KeyFunction::Suffix => {
            // A value shorter than the suffix says too little to block on.
            if let Some(start) = value.len().checked_sub(length) {
                found(value.get(start..).unwrap_or_default());
            }
        }
        KeyFunction::Cologne => found(&phonetic::cologne(first)),
        KeyFunction::Metaphone => found(&phonetic::double_metaphone(first)),
        KeyFunction::Word => value.split(' ').filter(|word| word.len() >= 3).for_each(found),
        KeyFunction::Year => found(value.get(..4).unwrap_or_default()),
        KeyFunction::MonthDay => found(value.get(5..10).unwrap_or_default()),
        KeyFunction::LocalPart => found(value.split('@').next().unwrap_or_default()),
        KeyFunction::Deletion => deletions(value, found),
    }
}

/// The value itself and every form with one byte left out. Values of fewer
/// than four bytes would agree with too much.
fn deletions(value: &str, mut found: impl FnMut(&str)) {
    found(value);
    if value.len() < 4 || !value.is_ascii() {
        return;
    }
    let mut shorter = String::with_capacity(value.len());
    for at in 0..value.len() {
        shorter.clear();
        shorter.push_str(&value[..at]);
        shorter.push_str(&value[at + 1..]);
        found(&shorter);
    }
}
