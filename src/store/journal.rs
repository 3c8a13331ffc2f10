//! What changed the store, in order, so that a copy of it can be brought to any
//! later moment. An entry says what was asked, not what came of it: working it
//! in again gives the same. Judgements, pins and models stand in their own rows
//! and are only named here; what is erased goes from the entries too.

use super::codec::{Reader, Writer, broken};
use super::db::{Batch, Family};
use super::{Counters, Store};
use crate::error::Result;

const LINES_KEY: &[u8] = b"lines";

/// One set of changes that was made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Microseconds since 1970.
    pub at: i64,
    /// The sequence number of the last change of the feed after it.
    pub last_change: u64,
    pub deed: Deed,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Records came or went; and how far streams came with it.
    Operations(Vec<OperationRow>, Vec<(String, u64)>),
    /// So many judgements from that number on.
    Judgements(u64, u64),
    Pin(u64),
    /// A model version came into force, by that cause.
    Model(u32, String),
}

/// A record that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRow {
    pub source: String,
    pub id: String,
    pub at: Option<i64>,
    /// Column (a term) and value; `None`: it went.
    pub fields: Option<Vec<(u32, String)>>,
}

/// A stretch of the store's life: which it is, and the first entry of it. A
/// store that is made of a copy begins a new one.
pub type Line = (u64, u64);

impl Store {
    /// Adds an entry to `batch`.
    pub fn put_entry(&mut self, batch: &mut Batch, at: i64, deed: Deed) {
        let entry = Entry { at, last_change: self.counters.last_change, deed };
        let Counters { journal, .. } = &mut self.counters;
        self.db.put(batch, Family::Journal, &journal.to_be_bytes(), &entry.encode());
        *journal += 1;
    }

    /// Adds to `batch` what an entry is to say instead.
    pub fn rewrite_entry(&self, batch: &mut Batch, number: u64, entry: &Entry) {
        self.db.put(batch, Family::Journal, &number.to_be_bytes(), &entry.encode());
    }

    /// Hands the entries from that number on to `each`, until it returns false.
    ///
    /// # Errors
    /// The store cannot be read, and what `each` returns.
    pub fn entries(&self, from: u64, mut each: impl FnMut(u64, Entry) -> Result<bool>) -> Result<()> {
        self.db.scan(Family::Journal, &[], &from.to_be_bytes(), |key, value| {
            each(Reader::new("journal entry", key).key_wide()?, Entry::decode(value)?)
        })
    }

    /// Takes entries before that time away, for good.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn trim_journal(&self, before: i64) -> Result<()> {
        let mut end = None;
        self.db.scan(Family::Journal, &[], &[], |key, value| {
            let is_old = Reader::new("journal entry", value).signed()? < before;
            if is_old {
                end = Some(key.to_vec());
            }
            Ok(is_old)
        })?;
        match end {
            Some(end) => self.db.clear_until(Family::Journal, &end),
            None => Ok(()),
        }
    }

    /// The stretches of the store's life, the oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn lines(&self) -> Result<Vec<Line>> {
        let row = self.db.get(Family::Meta, LINES_KEY)?.unwrap_or_default();
        let mut reader = Reader::new("line", &row);
        let mut lines = Vec::new();
        while !reader.is_empty() {
            lines.push((reader.fixed()?, reader.number()?));
        }
        Ok(lines)
    }

    /// Adds to `batch` that a new stretch of the store's life begins.
    ///
    /// # Errors
    /// The store cannot be read, or the system gives no random numbers.
    pub fn put_new_line(&self, batch: &mut Batch) -> Result<()> {
        let mut id = [0; 8];
        super::fill_random(&mut id)?;
        let mut writer = Writer::new();
        for (line, from) in self.lines()?.into_iter().chain([(u64::from_le_bytes(id), self.counters.journal)])
        {
            writer.fixed(line).number(from);
        }
        self.db.put(batch, Family::Meta, LINES_KEY, &writer.bytes);
        Ok(())
    }
}

impl Entry {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.signed(self.at).number(self.last_change);
        match &self.deed {
            Deed::Operations(operations, positions) => {
                writer.byte(0).number(operations.len() as u64);
                operations.iter().for_each(|operation| operation.write(&mut writer));
                writer.number(positions.len() as u64);
                for (stream, place) in positions {
                    writer.text(stream).number(*place);
                }
            }
            Deed::Judgements(first, count) => _ = writer.byte(1).number(*first).number(*count),
            Deed::Pin(number) => _ = writer.byte(2).number(*number),
            Deed::Model(version, cause) => _ = writer.byte(3).number(u64::from(*version)).text(cause),
        }
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("journal entry", bytes);
        let (at, last_change) = (reader.signed()?, reader.number()?);
        let deed = match reader.byte()? {
            0 => {
                let count = reader.length()?;
                let operations =
                    (0..count).map(|_| OperationRow::read(&mut reader)).collect::<Result<_>>()?;
                let count = reader.length()?;
                let position = |_| Ok((reader.text()?.to_owned(), reader.number()?));
                Deed::Operations(operations, (0..count).map(position).collect::<Result<_>>()?)
            }
            1 => Deed::Judgements(reader.number()?, reader.number()?),
            2 => Deed::Pin(reader.number()?),
            3 => Deed::Model(reader.small()?, reader.text()?.to_owned()),
            _ => return Err(broken("journal entry")),
        };
        Ok(Self { at, last_change, deed })
    }
}

impl OperationRow {
    fn write(&self, writer: &mut Writer) {
        writer.text(&self.source).text(&self.id);
        writer.optional(self.at, |writer, at| _ = writer.signed(at));
        writer.optional(self.fields.as_ref(), |writer, fields| {
            writer.number(fields.len() as u64);
            for (column, value) in fields {
                writer.number(u64::from(*column)).text(value);
            }
        });
    }

    fn read(reader: &mut Reader) -> Result<Self> {
        let (source, id) = (reader.text()?.to_owned(), reader.text()?.to_owned());
        let at = reader.optional(Reader::signed)?;
        let fields = reader.optional(|reader| {
            let count = reader.length()?;
            (0..count).map(|_| Ok((reader.small()?, reader.text()?.to_owned()))).collect()
        })?;
        Ok(Self { source, id, at, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let operation = |fields| OperationRow { source: "crm".into(), id: "1".into(), at: Some(-3), fields };
        let some = operation(Some(vec![(300, "Eva".to_owned()), (0, String::new())]));
        for deed in [
            Deed::Operations(vec![some, operation(None)], vec![("crm/3".to_owned(), 9)]),
            Deed::Judgements(7, 2),
            Deed::Pin(0),
            Deed::Model(4, "training".to_owned()),
        ] {
            let entry = Entry { at: 5, last_change: 1000, deed };
            assert_eq!(Entry::decode(&entry.encode()).unwrap(), entry);
        }
    }
}
