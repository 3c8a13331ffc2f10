//! The sample of pairs that was drawn for stewards to judge: strata, what they
//! stand for, and their pairs by name. What follows from the answers is the
//! engine's work. A pair goes when one of its records is erased.

use super::Store;
use super::codec::{Reader, Writer};
use super::db::{Batch, Family};
use crate::error::Result;

const KEY: &[u8] = b"sample";

/// A sample of the pairs of a store at a moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleRow {
    /// When it was drawn, in microseconds since 1970.
    pub at: i64,
    /// Who asked for it.
    pub who: String,
    /// The model version and the last change then.
    pub model: u32,
    pub last_change: u64,
    pub strata: Vec<StratumRow>,
}

/// Pairs of one band of weights, in one customer or not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StratumRow {
    /// How many pairs it stands for, and how many of these the model takes for
    /// matches.
    pub size: f64,
    pub expected: f64,
    /// Whether its pairs were in one customer.
    pub is_joined: bool,
    pub pairs: Vec<SampledPair>,
}

/// A pair to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledPair {
    /// Source and record id of each, in canonical order.
    pub a: (String, String),
    pub b: (String, String),
    /// Its weight when it was drawn.
    pub bits: f32,
}

impl Store {
    /// The sample, where one was drawn.
    pub fn sample(&self) -> Result<Option<SampleRow>> {
        self.db.get(Family::Meta, KEY)?.as_deref().map(SampleRow::decode).transpose()
    }

    /// Adds a sample to `batch`, in place of a former one.
    pub fn put_sample(&self, batch: &mut Batch, row: &SampleRow) {
        self.db.put(batch, Family::Meta, KEY, &row.encode());
    }

    /// Takes the pairs that name one of the records out of the sample.
    pub fn strike_sample(&self, batch: &mut Batch, names: &[(String, String)]) -> Result<()> {
        let Some(mut row) = self.sample()? else { return Ok(()) };
        let mut struck = false;
        for stratum in &mut row.strata {
            let count = stratum.pairs.len();
            stratum.pairs.retain(|pair| !names.contains(&pair.a) && !names.contains(&pair.b));
            struck |= stratum.pairs.len() < count;
        }
        if struck {
            self.put_sample(batch, &row);
        }
        Ok(())
    }
}

impl SampleRow {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.signed(self.at).text(&self.who).number(u64::from(self.model)).number(self.last_change);
        writer.number(self.strata.len() as u64);
        for stratum in &self.strata {
            writer.fixed(stratum.size.to_bits()).fixed(stratum.expected.to_bits());
            writer.byte(u8::from(stratum.is_joined)).number(stratum.pairs.len() as u64);
            for SampledPair { a, b, bits } in &stratum.pairs {
                writer.text(&a.0).text(&a.1).text(&b.0).text(&b.1).float(*bits);
            }
        }
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("sample", bytes);
        let (at, who) = (reader.signed()?, reader.text()?.to_owned());
        let (model, last_change) = (reader.small()?, reader.number()?);
        let mut strata = Vec::new();
        for _ in 0..reader.length()? {
            let (size, expected) = (f64::from_bits(reader.fixed()?), f64::from_bits(reader.fixed()?));
            let is_joined = reader.byte()? != 0;
            let mut pairs = Vec::new();
            for _ in 0..reader.length()? {
                let mut name = || -> Result<(String, String)> {
                    Ok((reader.text()?.to_owned(), reader.text()?.to_owned()))
                };
                let (a, b) = (name()?, name()?);
                pairs.push(SampledPair { a, b, bits: reader.float()? });
            }
            strata.push(StratumRow { size, expected, is_joined, pairs });
        }
        Ok(Self { at, who, model, last_change, strata })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let name = |id: &str| ("crm".to_owned(), id.to_owned());
        let pair = SampledPair { a: name("1"), b: name("2"), bits: -1.5 };
        let stratum = StratumRow { size: 1e6, expected: 0.25, is_joined: true, pairs: vec![pair] };
        let row = SampleRow {
            at: -7,
            who: "anna".to_owned(),
            model: 3,
            last_change: 12,
            strata: vec![stratum, StratumRow::default()],
        };
        assert_eq!(SampleRow::decode(&row.encode()).unwrap(), row);
    }
}
