//! The rows of the store and their bytes, one type per column family.
//! `docs/design/store-format.md` describes each field.

use super::codec::{Reader, Writer, broken};
use crate::error::Result;
use crate::record::Verdict;
use compact_str::CompactString;
use smallvec::SmallVec;

/// Names a record within the store; given once and never again.
pub type Number = u32;

/// What the store knows of a record's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameRow {
    /// `None`: deleted.
    pub number: Option<Number>,
    /// Version of the last operation on it, in microseconds since 1970.
    pub at: Option<i64>,
}

/// A record as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordRow {
    /// A term of the sources.
    pub source: u32,
    pub id: String,
    pub at: Option<i64>,
    /// Column (a term) and value, in the order in which they are read.
    pub fields: Vec<(u32, CompactString)>,
}

/// A record after normalising.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NormalRow {
    pub source: u32,
    pub id: CompactString,
    /// Seconds since 1970.
    pub updated_at: Option<i64>,
    pub values: Vec<NormalValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalValue {
    /// A term of the fields.
    pub field: u32,
    pub display: CompactString,
    /// `None` where the value is no evidence.
    pub canonical: Option<CompactString>,
    /// How the value was judged by itself.
    pub verdict: Verdict,
    /// Whether it is (part of) a value that improbably many people share.
    pub is_hub: bool,
}

/// The path to a block: a rule and a key's hash, then what refined it.
pub type BlockPath = SmallVec<[u8; 26]>;

/// The records of a block; mostly one or two.
pub type Members = SmallVec<[Number; 4]>;

/// The records that share a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockRow {
    pub size: u32,
    /// Ascending; `None` where they are too many, and stand in `crowds`.
    pub members: Option<Members>,
}

/// One kept pair, as one of its records sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub other: Number,
    /// Match weight in bits after rules and before judgements.
    pub bits: f32,
    /// Whether clustering follows it.
    pub joins: bool,
}

/// A customer as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerRow {
    /// Sequence number of the change that made it.
    pub born: u64,
    /// In canonical order.
    pub members: Vec<Number>,
    pub golden: Vec<GoldenValue>,
}

/// One golden value and the record that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenValue {
    /// A term of the fields.
    pub field: u32,
    pub value: CompactString,
    pub origin: Number,
    /// The number of the pin that holds it, where a steward pinned it.
    pub pin: Option<u64>,
}

/// What happened to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    Created,
    Merged,
    Split,
    Changed,
    Retired,
    Erased,
}

impl EventKind {
    const ALL: [EventKind; 6] =
        [Self::Created, Self::Merged, Self::Split, Self::Changed, Self::Retired, Self::Erased];

    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Changed => "changed",
            Self::Retired => "retired",
            Self::Erased => "erased",
        }
    }
}

/// One entry of the change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub kind: EventKind,
    /// Microseconds since 1970.
    pub at: i64,
    pub customer: CompactString,
    /// Merged: those taken in. Split: those that came of it. Retired: the
    /// successors.
    pub others: Vec<CompactString>,
    /// What brought it about, such as `upsert shop:17`.
    pub cause: CompactString,
    pub model: u32,
    /// The customer after the change; `None` where it is no more.
    pub state: Option<EventState>,
}

/// A customer in full, by names that outlive the records' numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventState {
    /// Source (a term) and record id, in canonical order.
    pub members: Vec<(u32, CompactString)>,
    pub golden: Vec<ToldValue>,
}

/// One golden value as the feed tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldValue {
    /// A term of the fields.
    pub field: u32,
    pub value: CompactString,
    /// Which member it comes from.
    pub member: u32,
    /// As [`GoldenValue::pin`].
    pub pin: Option<u64>,
}

fn verdict(code: u8) -> Option<Verdict> {
    const ALL: [Verdict; 6] = [
        Verdict::Valid,
        Verdict::Doubtful,
        Verdict::Inferred,
        Verdict::Placeholder,
        Verdict::Invalid,
        Verdict::Hub,
    ];
    ALL.get(usize::from(code)).copied()
}

fn verdict_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Doubtful => 1,
        Verdict::Inferred => 2,
        Verdict::Placeholder => 3,
        Verdict::Invalid => 4,
        Verdict::Hub => 5,
    }
}

/// The key of a record's name: sources and ids sort as their texts do.
pub fn name_key(source: &str, id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(source.len() + id.len() + 1);
    key.extend_from_slice(source.as_bytes());
    key.push(0);
    key.extend_from_slice(id.as_bytes());
    key
}

/// The key under which a customer stands for a word of its golden values.
pub fn word_key(word: &str, customer: &str) -> Vec<u8> {
    name_key(word, customer)
}

/// The key under which a large block's member stands. No refiner has the
/// number 255, so a block's members stand after those of its parts.
pub fn crowd_key(path: &[u8], member: Number) -> Vec<u8> {
    let mut key = crowd_prefix(path);
    key.extend_from_slice(&member.to_be_bytes());
    key
}

pub fn crowd_prefix(path: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(path.len() + 5);
    key.extend_from_slice(path);
    key.push(u8::MAX);
    key
}

/// The path of a root block.
pub fn root_path(rule: u16, key: u32) -> BlockPath {
    let mut path = BlockPath::new();
    path.extend_from_slice(&rule.to_be_bytes());
    path.extend_from_slice(&key.to_be_bytes());
    path
}

/// The path of the part of a block that shares a refiner's key.
pub fn child_path(path: &[u8], refiner: u8, key: u32) -> BlockPath {
    let mut child = BlockPath::from_slice(path);
    child.push(refiner);
    child.extend_from_slice(&key.to_be_bytes());
    child
}

/// The last refiner of a path.
pub fn last_refiner(path: &[u8]) -> Option<u8> {
    if path.len() <= 6 { None } else { path.get(path.len() - 5).copied() }
}

impl NameRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.optional(self.number, |writer, number| _ = writer.number(u64::from(number)));
        writer.optional(self.at, |writer, at| _ = writer.signed(at));
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("record name", bytes);
        Ok(Self { number: reader.optional(Reader::small)?, at: reader.optional(Reader::signed)? })
    }
}

impl RecordRow {
    pub fn encode(&self) -> Vec<u8> {
        let fields = self.fields.iter().map(|(column, value)| (*column, value.as_str()));
        Self::encode_over(self.source, &self.id, self.at, fields, Vec::new())
    }

    /// The row of a record, in the place of `bytes`.
    pub fn encode_over<'v>(
        source: u32,
        id: &str,
        at: Option<i64>,
        fields: impl ExactSizeIterator<Item = (u32, &'v str)>,
        mut bytes: Vec<u8>,
    ) -> Vec<u8> {
        bytes.clear();
        let mut writer = Writer { bytes };
        writer.number(u64::from(source)).text(id);
        writer.optional(at, |writer, at| _ = writer.signed(at));
        writer.number(fields.len() as u64);
        for (column, value) in fields {
            writer.number(u64::from(column)).text(value);
        }
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("record", bytes);
        let (source, id) = (reader.small()?, reader.text()?.to_owned());
        let at = reader.optional(Reader::signed)?;
        let length = reader.length()?;
        let mut fields = Vec::with_capacity(length);
        for _ in 0..length {
            fields.push((reader.small()?, reader.text()?.into()));
        }
        Ok(Self { source, id, at, fields })
    }
}

impl NormalRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(u64::from(self.source)).text(&self.id);
        writer.optional(self.updated_at, |writer, at| _ = writer.signed(at));
        writer.number(self.values.len() as u64);
        for value in &self.values {
            // Eight times the verdict, four for a hub, and how the comparison
            // form is spelled: none, as displayed, or in full.
            let form = match &value.canonical {
                None => 0,
                Some(canonical) if *canonical == value.display => 1,
                Some(_) => 2,
            };
            writer
                .number(u64::from(value.field))
                .byte(verdict_code(value.verdict) << 3 | u8::from(value.is_hub) << 2 | form);
            writer.text(&value.display);
            if let (2, Some(canonical)) = (form, &value.canonical) {
                writer.text(canonical);
            }
        }
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("normalised record", bytes);
        let (source, id) = (reader.small()?, reader.text()?.into());
        let updated_at = reader.optional(Reader::signed)?;
        let length = reader.length()?;
        let mut values = Vec::with_capacity(length);
        for _ in 0..length {
            let field = reader.small()?;
            let form = reader.byte()?;
            let display: CompactString = reader.text()?.into();
            let canonical = match form & 3 {
                0 => None,
                1 => Some(display.clone()),
                _ => Some(reader.text()?.into()),
            };
            let verdict = verdict(form >> 3).ok_or_else(|| broken("normalised record"))?;
            values.push(NormalValue { field, display, canonical, verdict, is_hub: form & 4 != 0 });
        }
        Ok(Self { source, id, updated_at, values })
    }
}

impl BlockRow {
    pub fn encode(&self) -> Vec<u8> {
        self.encode_over(Vec::new())
    }

    /// As [`BlockRow::encode`], in the place of `bytes`.
    pub fn encode_over(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match &self.members {
            Some(members) => Self::encode_members(members, bytes),
            None => {
                bytes.clear();
                let mut writer = Writer { bytes };
                writer.byte(1).number(u64::from(self.size));
                writer.bytes
            }
        }
    }

    /// The row of a block that holds its members, in the place of `bytes`.
    pub fn encode_members(members: &[Number], mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.clear();
        let mut writer = Writer { bytes };
        writer.byte(0).ascending(members);
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("block", bytes);
        match reader.byte()? {
            0 => {
                let members: Members = reader.ascending()?;
                Ok(Self { size: members.len() as u32, members: Some(members) })
            }
            1 => Ok(Self { size: reader.small()?, members: None }),
            _ => Err(broken("block")),
        }
    }
}

/// The kept pairs of one record, by the other record's number.
pub fn encode_links(links: &[Link]) -> Vec<u8> {
    let mut writer = Writer::new();
    for link in links {
        writer.number(u64::from(link.other)).float(link.bits).byte(u8::from(link.joins));
    }
    writer.bytes
}

pub fn decode_links(bytes: &[u8]) -> Result<Vec<Link>> {
    let mut reader = Reader::new("list of links", bytes);
    let mut links = Vec::new();
    while !reader.is_empty() {
        let (other, bits) = (reader.small()?, reader.float()?);
        links.push(Link { other, bits, joins: reader.byte()? != 0 });
    }
    Ok(links)
}

/// The pins of a list of golden values, at the end of a row: which have one, and
/// which. A row without any has the bytes that it had before there were pins.
fn write_pins(writer: &mut Writer, pins: impl Iterator<Item = Option<u64>>) {
    let pinned: Vec<(usize, u64)> = pins.enumerate().filter_map(|(place, pin)| Some((place, pin?))).collect();
    if pinned.is_empty() {
        return;
    }
    writer.number(pinned.len() as u64);
    for (place, pin) in pinned {
        writer.number(place as u64).number(pin);
    }
}

fn read_pins(reader: &mut Reader) -> Result<Vec<(usize, u64)>> {
    if reader.is_empty() {
        return Ok(Vec::new());
    }
    (0..reader.length()?).map(|_| Ok((reader.small()? as usize, reader.number()?))).collect()
}

impl CustomerRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(self.born).number(self.members.len() as u64);
        for &member in &self.members {
            writer.number(u64::from(member));
        }
        writer.number(self.golden.len() as u64);
        for golden in &self.golden {
            let place = self.members.iter().position(|&member| member == golden.origin).unwrap_or_default();
            writer.number(u64::from(golden.field)).text(&golden.value).number(place as u64);
        }
        write_pins(&mut writer, self.golden.iter().map(|golden| golden.pin));
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("customer", bytes);
        let born = reader.number()?;
        let count = reader.length()?;
        let members = (0..count).map(|_| reader.small()).collect::<Result<Vec<_>>>()?;
        let length = reader.length()?;
        let mut golden = Vec::with_capacity(length);
        for _ in 0..length {
            let (field, value) = (reader.small()?, reader.text()?.into());
            let place = reader.small()? as usize;
            let origin = *members.get(place).ok_or_else(|| broken("customer"))?;
            golden.push(GoldenValue { field, value, origin, pin: None });
        }
        for (place, pin) in read_pins(&mut reader)? {
            golden.get_mut(place).ok_or_else(|| broken("customer"))?.pin = Some(pin);
        }
        Ok(Self { born, members, golden })
    }
}

impl EventRow {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let kind = EventKind::ALL.iter().position(|kind| *kind == self.kind).unwrap_or_default();
        writer.byte(kind as u8).signed(self.at).text(&self.customer).number(self.others.len() as u64);
        for other in &self.others {
            writer.text(other);
        }
        writer.text(&self.cause).number(u64::from(self.model));
        writer.optional(self.state.as_ref(), |writer, state| {
            writer.number(state.members.len() as u64);
            for (source, id) in &state.members {
                writer.number(u64::from(*source)).text(id);
            }
            writer.number(state.golden.len() as u64);
            for told in &state.golden {
                writer.number(u64::from(told.field)).text(&told.value).number(u64::from(told.member));
            }
            write_pins(writer, state.golden.iter().map(|told| told.pin));
        });
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("change", bytes);
        let kind = *EventKind::ALL.get(usize::from(reader.byte()?)).ok_or_else(|| broken("change"))?;
        let (at, customer) = (reader.signed()?, reader.text()?.into());
        let length = reader.length()?;
        let others =
            (0..length).map(|_| reader.text().map(CompactString::from)).collect::<Result<Vec<_>>>()?;
        let (cause, model) = (reader.text()?.into(), reader.small()?);
        let state = reader.optional(|reader| {
            let mut state = EventState::default();
            for _ in 0..reader.length()? {
                state.members.push((reader.small()?, reader.text()?.into()));
            }
            for _ in 0..reader.length()? {
                let (field, value) = (reader.small()?, reader.text()?.into());
                state.golden.push(ToldValue { field, value, member: reader.small()?, pin: None });
            }
            for (place, pin) in read_pins(reader)? {
                state.golden.get_mut(place).ok_or_else(|| broken("change"))?.pin = Some(pin);
            }
            Ok(state)
        })?;
        Ok(Self { kind, at, customer, others, cause, model, state })
    }
}
