//! What stewards note of a pair without deciding it: whose work it is, and what
//! was said about it. A note goes when one of its records is erased.

use super::Store;
use super::codec::{Reader, Writer};
use super::db::{Batch, Family};
use super::rows::name_key;
use crate::error::Result;

const PREFIX: &[u8] = b"note ";

/// What is noted of two records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoteRow {
    /// Source and record id of each, in canonical order.
    pub a: (String, String),
    pub b: (String, String),
    /// Who is to decide it.
    pub assigned: Option<String>,
    pub comments: Vec<Comment>,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub who: String,
    pub text: String,
    /// Microseconds since 1970.
    pub at: i64,
}

impl Store {
    /// What is noted of two records, in canonical order.
    pub fn note(&self, a: &(String, String), b: &(String, String)) -> Result<Option<NoteRow>> {
        self.db.get(Family::Meta, &key(a, b))?.as_deref().map(NoteRow::decode).transpose()
    }

    /// Every note.
    pub fn notes(&self) -> Result<Vec<NoteRow>> {
        let mut found = Vec::new();
        self.db.scan(Family::Meta, PREFIX, &[], |_, value| {
            found.push(NoteRow::decode(value)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Adds a note to `batch`, or takes away one that says nothing any more.
    pub fn put_note(&self, batch: &mut Batch, note: &NoteRow) {
        let key = key(&note.a, &note.b);
        match note.assigned.is_none() && note.comments.is_empty() {
            true => self.db.delete(batch, Family::Meta, &key),
            false => self.db.put(batch, Family::Meta, &key, &note.encode()),
        }
    }

    /// Takes away the notes that name one of the records.
    pub fn strike_notes(&self, batch: &mut Batch, names: &[(String, String)]) -> Result<()> {
        for note in self.notes()? {
            if names.contains(&note.a) || names.contains(&note.b) {
                self.db.delete(batch, Family::Meta, &key(&note.a, &note.b));
            }
        }
        Ok(())
    }
}

fn key(a: &(String, String), b: &(String, String)) -> Vec<u8> {
    let mut key = PREFIX.to_vec();
    key.extend(name_key(&a.0, &a.1));
    key.push(0);
    key.extend(name_key(&b.0, &b.1));
    key
}

impl NoteRow {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        for (source, id) in [&self.a, &self.b] {
            writer.text(source).text(id);
        }
        writer.optional(self.assigned.as_deref(), |writer, who| _ = writer.text(who));
        writer.number(self.comments.len() as u64);
        for comment in &self.comments {
            writer.text(&comment.who).text(&comment.text).signed(comment.at);
        }
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("note", bytes);
        let mut name =
            || -> Result<(String, String)> { Ok((reader.text()?.to_owned(), reader.text()?.to_owned())) };
        let (a, b) = (name()?, name()?);
        let assigned = reader.optional(|reader| reader.text().map(str::to_owned))?;
        let mut comments = Vec::new();
        for _ in 0..reader.length()? {
            let (who, text) = (reader.text()?.to_owned(), reader.text()?.to_owned());
            comments.push(Comment { who, text, at: reader.signed()? });
        }
        Ok(Self { a, b, assigned, comments })
    }
}
