//! What stewards propose and nobody has approved yet: judgements on pairs, or a
//! pinned value. A proposal goes when it is approved, turned down, or one of its
//! records is erased.

use super::Store;
use super::codec::{Reader, Writer, broken};
use super::db::{Batch, Family};
use super::terms::{field_of, field_text};
use crate::error::Result;
use crate::judgement::Judgement;
use crate::record::Field;

const PREFIX: &[u8] = b"proposal ";
/// Under which the number that the next proposal gets stands.
const NEXT_KEY: &[u8] = b"proposals";

/// A record's source and id.
type Name = (String, String);

/// A decision that waits for somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    pub number: u64,
    pub proposed: Proposed,
    pub who: String,
    pub why: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposed {
    /// Pairs in canonical order, each with what it is to be judged.
    Judgements(Vec<(Name, Name, Judgement)>),
    /// What a field of the records' customer is to show; `None`: what is pinned
    /// is released.
    Pin { records: Vec<Name>, field: Field, value: Option<String> },
}

impl Store {
    /// The number that the next proposal gets. None is given twice, so that
    /// nobody approves another proposal than the one seen.
    pub fn next_proposal(&self) -> Result<u64> {
        let next = self.db.get(Family::Meta, NEXT_KEY)?;
        next.map_or(Ok(1), |bytes| Reader::new("count of proposals", &bytes).number())
    }

    pub fn proposal(&self, number: u64) -> Result<Option<ProposalRow>> {
        let row = self.db.get(Family::Meta, &key(number))?;
        row.as_deref().map(|bytes| ProposalRow::decode(number, bytes)).transpose()
    }

    /// Every open proposal, the oldest first.
    pub fn proposals(&self) -> Result<Vec<ProposalRow>> {
        let mut found = Vec::new();
        self.db.scan(Family::Meta, PREFIX, &[], |key, value| {
            let number = Reader::new("proposal", key.get(PREFIX.len()..).unwrap_or_default()).key_wide()?;
            found.push(ProposalRow::decode(number, value)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Adds a new proposal to `batch`.
    pub fn put_proposal(&self, batch: &mut Batch, row: &ProposalRow) {
        let mut next = Writer::new();
        next.number(row.number + 1);
        self.db.put(batch, Family::Meta, NEXT_KEY, &next.bytes);
        self.db.put(batch, Family::Meta, &key(row.number), &row.encode());
    }

    pub fn delete_proposal(&self, batch: &mut Batch, number: u64) {
        self.db.delete(batch, Family::Meta, &key(number));
    }

    /// Takes away the proposals that name one of the records.
    pub fn strike_proposals(&self, batch: &mut Batch, names: &[Name]) -> Result<()> {
        for row in self.proposals()? {
            if row.names().any(|name| names.contains(name)) {
                self.delete_proposal(batch, row.number);
            }
        }
        Ok(())
    }
}

fn key(number: u64) -> Vec<u8> {
    let mut key = PREFIX.to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

impl ProposalRow {
    /// The records that it names.
    pub fn names(&self) -> Box<dyn Iterator<Item = &Name> + '_> {
        match &self.proposed {
            Proposed::Judgements(pairs) => Box::new(pairs.iter().flat_map(|(a, b, _)| [a, b])),
            Proposed::Pin { records, .. } => Box::new(records.iter()),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.text(&self.who).text(&self.why).signed(self.at);
        match &self.proposed {
            Proposed::Judgements(pairs) => {
                writer.byte(0).number(pairs.len() as u64);
                for (a, b, judgement) in pairs {
                    writer.text(&a.0).text(&a.1).text(&b.0).text(&b.1).text(judgement.name());
                }
            }
            Proposed::Pin { records, field, value } => {
                writer.byte(1).number(records.len() as u64);
                records.iter().for_each(|(source, id)| _ = writer.text(source).text(id));
                writer.text(&field_text(field));
                writer.optional(value.as_deref(), |writer, value| _ = writer.text(value));
            }
        }
        writer.bytes
    }

    fn decode(number: u64, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("proposal", bytes);
        let (who, why, at) = (reader.text()?.to_owned(), reader.text()?.to_owned(), reader.signed()?);
        let name = |reader: &mut Reader| -> Result<Name> {
            Ok((reader.text()?.to_owned(), reader.text()?.to_owned()))
        };
        let proposed = match reader.byte()? {
            0 => {
                let mut pairs = Vec::new();
                for _ in 0..reader.length()? {
                    let (a, b) = (name(&mut reader)?, name(&mut reader)?);
                    let judgement = match reader.text()? {
                        "withdrawn" => Some(Judgement::Withdrawn),
                        other => Judgement::from_name(other),
                    };
                    pairs.push((a, b, judgement.ok_or_else(|| broken("proposal"))?));
                }
                Proposed::Judgements(pairs)
            }
            1 => {
                let mut records = Vec::new();
                for _ in 0..reader.length()? {
                    records.push(name(&mut reader)?);
                }
                let field = field_of(reader.text()?).ok_or_else(|| broken("proposal"))?;
                let value = reader.optional(|reader| reader.text().map(str::to_owned))?;
                Proposed::Pin { records, field, value }
            }
            _ => return Err(broken("proposal")),
        };
        Ok(Self { number, proposed, who, why, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Attribute;

    #[test]
    fn what_is_written_is_read() {
        let name = |id: &str| ("crm".to_owned(), id.to_owned());
        let pairs = [Judgement::Positive, Judgement::Negative, Judgement::Unsure, Judgement::Withdrawn];
        let pairs = pairs.map(|judgement| (name("1"), name("2"), judgement)).to_vec();
        let pin = |value: Option<&str>| Proposed::Pin {
            records: vec![name("1"), name("7")],
            field: Field::of(Attribute::Email),
            value: value.map(str::to_owned),
        };
        for proposed in [Proposed::Judgements(pairs), pin(None), pin(Some("eva@example.org"))] {
            let row =
                ProposalRow { number: 9, proposed, who: "anna".to_owned(), why: "sure".to_owned(), at: -3 };
            assert_eq!(ProposalRow::decode(9, &row.encode()).unwrap(), row);
        }
    }
}
