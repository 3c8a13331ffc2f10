//! Golden values that stewards pinned: each kept for ever with who, when and
//! why. A pin rests on records by name, so that it survives whatever becomes of
//! them; which customer shows it is the engine's work.

use super::Store;
use super::codec::{Reader, Writer};
use super::db::{Batch, Db, Family};
use super::rows::name_key;
use super::terms::{field_of, field_text};
use crate::error::Result;
use crate::record::Field;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

const PREFIX: &[u8] = b"pin ";

/// One pinned value, or that pins are released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRow {
    /// Source and record id. The pin rests on the first of them that is there.
    pub records: Vec<(String, String)>,
    pub field: Field,
    /// `None`: what it takes the place of is released.
    pub value: Option<String>,
    /// Numbers of the pins that it takes the place of.
    pub supersedes: Vec<u64>,
    pub who: String,
    pub why: String,
    /// Microseconds since 1970.
    pub at: i64,
    /// Who approved it, where somebody else had to.
    pub approver: Option<String>,
}

/// The pins in force, and which records each names.
#[derive(Debug, Default, Clone)]
pub struct Pinned {
    rows: BTreeMap<u64, PinRow>,
    of: HashMap<Vec<u8>, Vec<u64>>,
    /// How many were ever made.
    pub made: u64,
}

impl Pinned {
    pub fn load(db: &Db) -> Result<Self> {
        let mut pinned = Self::default();
        scan(db, 0, |number, row| {
            pinned.take(number, row);
            Ok(true)
        })?;
        Ok(pinned)
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The pin of that number, where it is in force.
    pub fn get(&self, number: u64) -> Option<&PinRow> {
        self.rows.get(&number)
    }

    /// The numbers of the pins in force that name this record (as a key).
    pub fn of(&self, name: &[u8]) -> &[u64] {
        self.of.get(name).map_or(&[], Vec::as_slice)
    }

    fn take(&mut self, number: u64, row: PinRow) {
        self.made = self.made.max(number + 1);
        let superseded: HashSet<u64> = row.supersedes.iter().copied().collect();
        superseded.iter().for_each(|former| self.release(*former));
        if row.value.is_none() {
            return;
        }
        for (source, id) in &row.records {
            self.of.entry(name_key(source, id)).or_default().push(number);
        }
        self.rows.insert(number, row);
    }

    fn release(&mut self, number: u64) {
        let Some(row) = self.rows.remove(&number) else { return };
        for (source, id) in &row.records {
            let key = name_key(source, id);
            if let Some(numbers) = self.of.get_mut(&key) {
                numbers.retain(|known| *known != number);
                if numbers.is_empty() {
                    self.of.remove(&key);
                }
            }
        }
    }

    /// Adds a new pin to `batch` and puts it into force; returns its number.
    pub fn write(&mut self, db: &Db, batch: &mut Batch, row: PinRow) -> u64 {
        let number = self.made;
        db.put(batch, Family::Meta, &key(number), &row.encode());
        self.take(number, row);
        number
    }

    /// Takes the values out of these pins, in `batch` and in force. Which
    /// records they named stays, so that an interrupted erasure goes on.
    pub fn strike(&mut self, db: &Db, batch: &mut Batch, struck: Vec<(u64, PinRow)>) {
        for (number, row) in struck {
            self.release(number);
            let row = PinRow { value: None, who: String::new(), why: String::new(), approver: None, ..row };
            db.put(batch, Family::Meta, &key(number), &row.encode());
        }
    }
}

impl Store {
    /// A pin as it was made, in force or not.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pin(&self, number: u64) -> Result<Option<PinRow>> {
        self.db.get(Family::Meta, &key(number))?.as_deref().map(PinRow::decode).transpose()
    }

    /// Hands the pins from that number on to `each`, until it returns false.
    ///
    /// # Errors
    /// The store cannot be read, and what `each` returns.
    pub fn pins(&self, from: u64, each: impl FnMut(u64, PinRow) -> Result<bool>) -> Result<()> {
        scan(&self.db, from, each)
    }

    /// Takes a pin away for good.
    pub fn delete_pin(&self, batch: &mut Batch, number: u64) {
        self.db.delete(batch, Family::Meta, &key(number));
    }
}

fn scan(db: &Db, from: u64, mut each: impl FnMut(u64, PinRow) -> Result<bool>) -> Result<()> {
    db.scan(Family::Meta, PREFIX, &key(from), |key, value| {
        let number = Reader::new("pin", key.get(PREFIX.len()..).unwrap_or_default()).key_wide()?;
        each(number, PinRow::decode(value)?)
    })
}

fn key(number: u64) -> Vec<u8> {
    let mut key = PREFIX.to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

impl PinRow {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(self.records.len() as u64);
        for (source, id) in &self.records {
            writer.text(source).text(id);
        }
        writer.text(&field_text(&self.field));
        writer.optional(self.value.as_deref(), |writer, value| _ = writer.text(value));
        writer.number(self.supersedes.len() as u64);
        for &number in &self.supersedes {
            writer.number(number);
        }
        writer.text(&self.who).text(&self.why).signed(self.at);
        if let Some(approver) = &self.approver {
            writer.text(approver);
        }
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("pin", bytes);
        let mut records = Vec::new();
        for _ in 0..reader.length()? {
            records.push((reader.text()?.to_owned(), reader.text()?.to_owned()));
        }
        let field = field_of(reader.text()?).ok_or_else(|| super::broken("pin"))?;
        let value = reader.optional(|reader| reader.text().map(str::to_owned))?;
        let supersedes = (0..reader.length()?).map(|_| reader.number()).collect::<Result<_>>()?;
        Ok(Self {
            records,
            field,
            value,
            supersedes,
            who: reader.text()?.to_owned(),
            why: reader.text()?.to_owned(),
            at: reader.signed()?,
            approver: match reader.is_empty() {
                true => None,
                false => Some(reader.text()?.to_owned()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Attribute;

    fn row(id: &str, value: Option<&str>, supersedes: &[u64]) -> PinRow {
        PinRow {
            records: vec![("crm".to_owned(), id.to_owned()), ("shop".to_owned(), "2".to_owned())],
            field: Field::of(Attribute::Email),
            value: value.map(str::to_owned),
            supersedes: supersedes.to_vec(),
            who: "anna".to_owned(),
            why: String::new(),
            at: -7,
            approver: (id == "1").then(|| "otto".to_owned()),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for row in [row("1", Some("eva@example.org"), &[]), row("1", None, &[3, 900])] {
            assert_eq!(PinRow::decode(&row.encode()).unwrap(), row);
        }
    }

    #[test]
    fn what_is_superseded_is_not_in_force() {
        let mut pinned = Pinned::default();
        pinned.take(0, row("1", Some("a"), &[]));
        pinned.take(1, row("2", Some("b"), &[]));
        assert_eq!(pinned.of(&name_key("shop", "2")), [0, 1]);
        pinned.take(2, row("1", Some("c"), &[0]));
        assert_eq!(pinned.of(&name_key("crm", "1")), [2]);
        pinned.take(3, row("1", None, &[1, 2]));
        assert!(pinned.is_empty() && pinned.of(&name_key("shop", "2")).is_empty());
        assert_eq!(pinned.made, 4);
    }
}
