//! Stewards' judgements: each kept for ever with who, when and why; the latest
//! on a pair is in force. Pairs are named by their records, not by numbers, so
//! that judgements survive whatever becomes of the records.

use super::codec::{Reader, Writer, broken};
use super::db::{Batch, Db, Family};
use super::rows::name_key;
use crate::error::Result;
use crate::judgement::Judgement;
use hashbrown::HashMap;

/// One decision about two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgementRow {
    /// Source and record id of each, in canonical order.
    pub a: (String, String),
    pub b: (String, String),
    pub judgement: Judgement,
    pub who: String,
    pub why: String,
    /// Microseconds since 1970.
    pub at: i64,
    /// What each record was compared as then, in one number; `None`: not noted.
    pub evidence: Option<[u64; 2]>,
    /// Who approved it, where somebody else had to; kept with the evidence,
    /// which every judgement on records of a store has.
    pub approver: Option<String>,
}

/// The judgements in force, by the names of their records.
#[derive(Debug, Default, Clone)]
pub struct Judged {
    of: HashMap<Vec<u8>, Vec<(Vec<u8>, Judgement)>>,
    /// What the records of a pair were compared as when it was judged, by both
    /// names in their order.
    evidence: HashMap<(Vec<u8>, Vec<u8>), [u64; 2]>,
    /// How many were ever made.
    pub made: u64,
}

impl Judged {
    pub fn load(db: &Db) -> Result<Self> {
        let mut judged = Self::default();
        db.scan(Family::Judgements, &[], &[], |key, value| {
            judged.take(&JudgementRow::decode(value)?);
            judged.made = Reader::new("judgement", key).key_wide()? + 1;
            Ok(true)
        })?;
        Ok(judged)
    }

    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The records that are judged together with others.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Puts a judgement into force.
    pub fn take(&mut self, row: &JudgementRow) {
        let (a, b) = (name_key(&row.a.0, &row.a.1), name_key(&row.b.0, &row.b.1));
        self.evidence.remove(&(a.clone(), b.clone()));
        if let Some(evidence) = row.evidence.filter(|_| row.judgement != Judgement::Withdrawn) {
            self.evidence.insert((a.clone(), b.clone()), evidence);
        }
        for (from, to) in [(&a, &b), (&b, &a)] {
            let others = self.of.entry(from.clone()).or_default();
            others.retain(|(other, _)| other != to);
            if row.judgement != Judgement::Withdrawn {
                others.push((to.clone(), row.judgement));
            }
            if others.is_empty() {
                self.of.remove(from);
            }
        }
    }

    /// Every pair of names (as keys) with the judgement in force, each once.
    pub fn pairs(&self) -> Vec<(&[u8], &[u8], Judgement)> {
        let all = self.of.iter().flat_map(|(a, others)| others.iter().map(move |(b, said)| (a, b, *said)));
        let mut found: Vec<_> =
            all.filter(|(a, b, _)| a < b).map(|(a, b, said)| (a.as_slice(), b.as_slice(), said)).collect();
        found.sort_unstable_by_key(|(a, b, _)| (*a, *b));
        found
    }

    /// What the records of two names (as keys) were compared as when they were
    /// judged, in this order; `None`: they are not judged, or it was not noted.
    pub fn evidence(&self, a: &[u8], b: &[u8]) -> Option<[u64; 2]> {
        let of = |a: &[u8], b: &[u8]| self.evidence.get(&(a.to_vec(), b.to_vec())).copied();
        of(a, b).or_else(|| of(b, a).map(|[b, a]| [a, b]))
    }

    /// What is in force of two names (as keys).
    pub fn between(&self, a: &[u8], b: &[u8]) -> Option<Judgement> {
        self.of(a).iter().find(|(other, _)| other == b).map(|(_, said)| *said)
    }

    /// The names (as keys) of the records judged together with this one.
    pub fn of(&self, name: &[u8]) -> &[(Vec<u8>, Judgement)] {
        self.of.get(name).map_or(&[], Vec::as_slice)
    }

    /// Adds a new judgement to `batch` and puts it into force.
    pub fn write(&mut self, db: &Db, batch: &mut Batch, row: &JudgementRow) {
        db.put(batch, Family::Judgements, &self.made.to_be_bytes(), &row.encode());
        self.made += 1;
        self.take(row);
    }
}

impl JudgementRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        for (source, id) in [&self.a, &self.b] {
            writer.text(source).text(id);
        }
        writer.byte(match self.judgement {
            Judgement::Positive => 0,
            Judgement::Negative => 1,
            Judgement::Unsure => 2,
            Judgement::Withdrawn => 3,
        });
        writer.text(&self.who).text(&self.why).signed(self.at);
        if let Some([a, b]) = self.evidence {
            writer.fixed(a).fixed(b);
            if let Some(approver) = &self.approver {
                writer.text(approver);
            }
        }
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("judgement", bytes);
        let mut name =
            || -> Result<(String, String)> { Ok((reader.text()?.to_owned(), reader.text()?.to_owned())) };
        let (a, b) = (name()?, name()?);
        let judgement = match reader.byte()? {
            0 => Judgement::Positive,
            1 => Judgement::Negative,
            2 => Judgement::Unsure,
            3 => Judgement::Withdrawn,
            _ => return Err(broken("judgement")),
        };
        let (who, why, at) = (reader.text()?.to_owned(), reader.text()?.to_owned(), reader.signed()?);
        let evidence = match reader.is_empty() {
            true => None,
            false => Some([reader.fixed()?, reader.fixed()?]),
        };
        let approver = match reader.is_empty() {
            true => None,
            false => Some(reader.text()?.to_owned()),
        };
        Ok(Self { a, b, judgement, who, why, at, evidence, approver })
    }
}
