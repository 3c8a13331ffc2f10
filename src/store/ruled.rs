//! Rule files as people wrote them: each version that came into force with who
//! wrote it, who approved it and why, and drafts that are not in force yet.

use super::Store;
use super::codec::{Reader, Writer};
use super::db::{Batch, Family};
use crate::error::Result;

const VERSION_PREFIX: &[u8] = b"ruleset version ";
const DRAFT_PREFIX: &[u8] = b"ruleset draft ";

/// A rule file that is or was in force, under the version of its bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionRow {
    pub version: u32,
    /// As it was written, comments included.
    pub text: String,
    pub author: String,
    /// Who took it into force.
    pub approver: String,
    pub reason: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// A rule file that is being worked on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftRow {
    pub number: u32,
    pub text: String,
    pub author: String,
    pub reason: String,
    /// When it was written last, in microseconds since 1970.
    pub at: i64,
    /// The version in force when it was begun.
    pub base: u32,
    /// Whether the model is learned anew with it.
    pub learns: bool,
    /// Whether its author asks for it to be taken into force.
    pub is_submitted: bool,
}

impl Store {
    pub fn rule_version(&self, version: u32) -> Result<Option<VersionRow>> {
        let row = self.db.get(Family::Meta, &key(VERSION_PREFIX, version))?;
        row.as_deref().map(|bytes| VersionRow::decode(version, bytes)).transpose()
    }

    pub fn put_rule_version(&self, batch: &mut Batch, row: &VersionRow) {
        self.db.put(batch, Family::Meta, &key(VERSION_PREFIX, row.version), &row.encode());
    }

    pub fn draft(&self, number: u32) -> Result<Option<DraftRow>> {
        let row = self.db.get(Family::Meta, &key(DRAFT_PREFIX, number))?;
        row.as_deref().map(|bytes| DraftRow::decode(number, bytes)).transpose()
    }

    /// Every draft, the oldest first.
    pub fn drafts(&self) -> Result<Vec<DraftRow>> {
        let mut found = Vec::new();
        self.db.scan(Family::Meta, DRAFT_PREFIX, &[], |key, value| {
            let number =
                Reader::new("draft", key.get(DRAFT_PREFIX.len()..).unwrap_or_default()).key_number()?;
            found.push(DraftRow::decode(number, value)?);
            Ok(true)
        })?;
        Ok(found)
    }

    pub fn put_draft(&self, batch: &mut Batch, row: &DraftRow) {
        self.db.put(batch, Family::Meta, &key(DRAFT_PREFIX, row.number), &row.encode());
    }

    pub fn delete_draft(&self, batch: &mut Batch, number: u32) {
        self.db.delete(batch, Family::Meta, &key(DRAFT_PREFIX, number));
    }
}

fn key(prefix: &[u8], number: u32) -> Vec<u8> {
    let mut key = prefix.to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
}

impl VersionRow {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.text(&self.text).text(&self.author).text(&self.approver).text(&self.reason).signed(self.at);
        writer.bytes
    }

    fn decode(version: u32, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("rule version", bytes);
        Ok(Self {
            version,
            text: reader.text()?.to_owned(),
            author: reader.text()?.to_owned(),
            approver: reader.text()?.to_owned(),
            reason: reader.text()?.to_owned(),
            at: reader.signed()?,
        })
    }
}

impl DraftRow {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.text(&self.text).text(&self.author).text(&self.reason).signed(self.at);
        writer.number(u64::from(self.base)).byte(u8::from(self.learns)).byte(u8::from(self.is_submitted));
        writer.bytes
    }

    fn decode(number: u32, bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("draft", bytes);
        Ok(Self {
            number,
            text: reader.text()?.to_owned(),
            author: reader.text()?.to_owned(),
            reason: reader.text()?.to_owned(),
            at: reader.signed()?,
            base: reader.small()?,
            learns: reader.byte()? != 0,
            is_submitted: reader.byte()? != 0,
        })
    }
}
