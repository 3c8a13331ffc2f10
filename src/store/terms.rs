//! Names that many rows share (sources, columns, fields), each by a small
//! number. Numbers are given once and never change.

use super::codec::broken;
use super::db::{Batch, Db, Family};
use crate::error::Result;
use crate::record::{Attribute, Field};
use hashbrown::HashMap;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Source = 0,
    Column = 1,
    Field = 2,
}

const KINDS: [Kind; 3] = [Kind::Source, Kind::Column, Kind::Field];

/// All names, in memory: there are as many as the inputs have columns.
#[derive(Debug, Default, Clone)]
pub struct Terms {
    by_kind: [Named; 3],
    /// Given since the last time they were written.
    unwritten: Vec<(Kind, u32)>,
}

#[derive(Debug, Default, Clone)]
struct Named {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
    /// For fields, what the texts stand for.
    fields: Vec<Field>,
}

impl Terms {
    pub fn load(db: &Db) -> Result<Self> {
        let mut terms = Self::default();
        for kind in KINDS {
            db.scan(Family::Meta, &[b't', kind as u8], &[], |_, value| {
                let text = std::str::from_utf8(value).map_err(|_| broken("name"))?;
                terms.add(kind, text)?;
                Ok(true)
            })?;
        }
        terms.unwritten.clear();
        Ok(terms)
    }

    /// The number of a name, given now if it has none yet.
    pub fn number(&mut self, kind: Kind, text: &str) -> u32 {
        match self.find(kind, text) {
            Some(number) => number,
            None => self.add(kind, text).unwrap_or_default(),
        }
    }

    pub fn find(&self, kind: Kind, text: &str) -> Option<u32> {
        self.by_kind[kind as usize].numbers.get(text).copied()
    }

    fn add(&mut self, kind: Kind, text: &str) -> Result<u32> {
        let named = &mut self.by_kind[kind as usize];
        if kind == Kind::Field {
            named.fields.push(field_of(text).ok_or_else(|| broken("name"))?);
        }
        let number = named.texts.len() as u32;
        named.numbers.insert(text.to_owned(), number);
        named.texts.push(text.to_owned());
        self.unwritten.push((kind, number));
        Ok(number)
    }

    pub fn field_number(&mut self, field: &Field) -> u32 {
        self.number(Kind::Field, &field_text(field))
    }

    pub fn find_field(&self, field: &Field) -> Option<u32> {
        self.find(Kind::Field, &field_text(field))
    }

    /// The name of that number; empty where there is none.
    pub fn text(&self, kind: Kind, number: u32) -> &str {
        self.by_kind[kind as usize].texts.get(number as usize).map_or("", String::as_str)
    }

    pub fn field(&self, number: u32) -> Option<&Field> {
        self.by_kind[Kind::Field as usize].fields.get(number as usize)
    }

    /// Source and record id of a name's key.
    pub fn part_name(key: &[u8]) -> Option<(&str, &str)> {
        let at = key.iter().position(|byte| *byte == 0)?;
        let text = |bytes| std::str::from_utf8(bytes).ok();
        Some((text(key.get(..at)?)?, text(key.get(at + 1..)?)?))
    }

    /// All names of a kind, by number.
    pub fn all(&self, kind: Kind) -> &[String] {
        &self.by_kind[kind as usize].texts
    }

    /// Adds the names given since the last time to `batch`.
    pub fn write(&mut self, db: &Db, batch: &mut Batch) {
        for (kind, number) in std::mem::take(&mut self.unwritten) {
            let mut key = vec![b't', kind as u8];
            key.extend_from_slice(&number.to_be_bytes());
            db.put(batch, Family::Meta, &key, self.text(kind, number).as_bytes());
        }
    }
}

/// An attribute's name, and for labelled ones the label after a colon.
pub(super) fn field_text(field: &Field) -> String {
    match field.label.as_str() {
        "" => field.attribute.name().to_owned(),
        label => format!("{}:{label}", field.attribute.name()),
    }
}

pub(super) fn field_of(text: &str) -> Option<Field> {
    let (name, label) = text.split_once(':').unwrap_or((text, ""));
    Some(Field::labelled(Attribute::from_name(name)?, label))
}
