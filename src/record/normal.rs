//! Records after normalising: one column per field, each distinct value once,
//! in a comparison form and a display form. The stages after read only this.

use super::attribute::Attribute;
use super::dictionary::{ABSENT, Code, Dictionary};
use super::hub::Hub;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// How far a value can be trusted as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Valid,
    /// Usable, but probably mistyped or incomplete.
    Doubtful,
    /// Taken from another value of the record, such as a name from an e-mail
    /// address. Evidence, but never shown.
    Inferred,
    /// Held by improbably many different people of these data. Shown where the
    /// customer has nothing better, and no evidence; only names stay evidence,
    /// since namesakes are weighed by how many there are.
    Hub,
    /// Stands for no value: `n/a`, `test@test.de`, `01.01.1900`. No evidence.
    Placeholder,
    /// Not a value of this attribute at all. No evidence.
    Invalid,
}

impl Verdict {
    /// Whether a golden record may show values so judged.
    pub fn is_shown(self) -> bool {
        !matches!(self, Self::Inferred | Self::Placeholder)
    }

    /// Whether values so judged may link or separate records.
    pub fn is_evidence(self) -> bool {
        matches!(self, Self::Valid | Self::Doubtful | Self::Inferred)
    }
}

/// A field of the normalised record: an attribute, and for labelled
/// attributes (two loyalty schemes) which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Field {
    pub attribute: Attribute,
    /// Empty unless [`Attribute::is_labelled`].
    pub label: String,
}

impl Field {
    pub fn of(attribute: Attribute) -> Self {
        Self { attribute, label: String::new() }
    }

    pub fn labelled(attribute: Attribute, label: impl Into<String>) -> Self {
        Self { attribute, label: label.into() }
    }

    /// The name in outputs and rule files: the label where there is one.
    pub fn name(&self) -> &str {
        if self.label.is_empty() { self.attribute.name() } else { &self.label }
    }
}

/// One field of all records. A multi-valued field (several phones) has several
/// columns of the same [`Field`], one per slot.
pub struct NormalColumn {
    pub field: Field,
    /// Per record, a code into `display`; [`super::ABSENT`] where missing.
    pub codes: Vec<Code>,
    /// Clean forms fit to be shown; the golden record chooses among them.
    pub display: Dictionary,
    /// Per display code minus one: the code of its comparison form, or
    /// [`super::ABSENT`] where the value is no evidence (placeholder, invalid).
    pub canonical_of: Vec<Code>,
    /// Comparison forms: folded so that equal strings mean the same value.
    pub canonical: Dictionary,
    /// Per display code minus one.
    pub verdicts: Vec<Verdict>,
    /// Per record, whether the value it holds is (part of) a hub; empty where
    /// none is.
    pub hub: Vec<bool>,
    /// Values that are shown alike and mean different things, by the first
    /// display code of the text; only while the column is being filled.
    namesakes: HashMap<(Code, Code, Verdict), Code>,
}

impl NormalColumn {
    /// A column in which `records` records hold nothing yet.
    pub fn empty(field: Field, records: usize) -> Self {
        Self {
            field,
            codes: vec![ABSENT; records],
            display: Dictionary::new(),
            canonical_of: Vec::new(),
            canonical: Dictionary::new(),
            verdicts: Vec::new(),
            hub: Vec::new(),
            namesakes: HashMap::new(),
        }
    }

    /// The code of a value, adding it where it is new. What a record's value
    /// means depends on that record alone: a text that was judged or folded
    /// differently elsewhere is another value.
    pub fn intern(&mut self, display: &str, canonical: &str, verdict: Verdict) -> Code {
        let first = self.display.intern(display);
        if first == ABSENT {
            return ABSENT;
        }
        let is_evidence = verdict.is_evidence() && self.field.attribute.is_evidence();
        let canonical = if is_evidence { self.canonical.intern(canonical) } else { ABSENT };
        let at = first as usize - 1;
        if at == self.verdicts.len() {
            self.canonical_of.push(canonical);
            self.verdicts.push(verdict);
            return first;
        }
        if (self.canonical_of[at], self.verdicts[at]) == (canonical, verdict) {
            return first;
        }
        *self.namesakes.entry((first, canonical, verdict)).or_insert_with(|| {
            self.canonical_of.push(canonical);
            self.verdicts.push(verdict);
            self.display.append(display)
        })
    }

    /// Makes room for that many more values, taken to be as long as those there.
    pub fn reserve(&mut self, values: usize) {
        for texts in [&mut self.display, &mut self.canonical] {
            let bytes = texts.text_bytes() / texts.len().max(1) * values;
            texts.reserve(values, bytes + bytes / 16);
        }
        self.canonical_of.reserve_exact(values);
        self.verdicts.reserve_exact(values);
    }

    /// Gives back what only filling needs.
    pub fn freeze(&mut self) {
        self.display.freeze();
        self.canonical.freeze();
        self.namesakes = HashMap::new();
    }

    /// The comparison code of `record`, [`super::ABSENT`] where it has no evidence.
    #[inline]
    pub fn canonical_code(&self, record: usize) -> Code {
        match self.codes[record] {
            ABSENT => ABSENT,
            _ if self.is_hub(record) && !self.is_name() => ABSENT,
            code => self.canonical_of[code as usize - 1],
        }
    }

    /// How the value that `record` holds was judged; `None` where it has none.
    pub fn verdict(&self, record: usize) -> Option<Verdict> {
        let code = (self.codes[record] as usize).checked_sub(1)?;
        Some(if self.is_hub(record) { Verdict::Hub } else { self.verdicts[code] })
    }

    fn is_name(&self) -> bool {
        matches!(self.field.attribute, Attribute::GivenName | Attribute::FamilyName)
    }

    /// Whether what `record` holds is shared by improbably many people.
    pub fn is_hub(&self, record: usize) -> bool {
        self.hub.get(record).copied().unwrap_or(false)
    }
}

/// The names of all records, sorted by (source, record id): a record's number
/// everywhere else is its place in this order, so numbers do not depend on the
/// order in which rows arrived.
#[derive(Default)]
pub struct RecordKeys {
    /// Source names, sorted.
    pub sources: Vec<String>,
    /// Per record, an index into `sources`.
    pub source_of: Vec<u16>,
    ids: String,
    id_ends: Vec<usize>,
}

impl RecordKeys {
    /// Takes (source index, record id) in the canonical order.
    pub fn from_sorted<'a>(sources: Vec<String>, keys: impl Iterator<Item = (u16, &'a str)>) -> Self {
        let mut result = Self { sources, ..Self::default() };
        for (source, id) in keys {
            result.push(source, id);
        }
        result
    }

    /// Makes room for that many more records.
    pub fn reserve(&mut self, records: usize) {
        self.source_of.reserve_exact(records);
        self.id_ends.reserve_exact(records);
    }

    /// Adds the record that comes next in the canonical order.
    pub fn push(&mut self, source: u16, id: &str) {
        self.source_of.push(source);
        self.ids.push_str(id);
        self.id_ends.push(self.ids.len());
    }

    pub fn len(&self) -> usize {
        self.id_ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.id_ends.is_empty()
    }

    /// The name of the record's source.
    pub fn source(&self, record: usize) -> &str {
        &self.sources[usize::from(self.source_of[record])]
    }

    /// The record's id within its source.
    #[inline]
    pub fn id(&self, record: usize) -> &str {
        let start = if record == 0 { 0 } else { self.id_ends[record - 1] };
        &self.ids[start..self.id_ends[record]]
    }

    /// Bytes held, for the memory budget.
    pub fn bytes(&self) -> usize {
        self.ids.capacity() + self.id_ends.capacity() * size_of::<usize>() + self.source_of.capacity() * 2
    }

    /// The number of the record of that name, by binary search.
    pub fn find(&self, source: &str, id: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            match (self.source(middle), self.id(middle)).cmp(&(source, id)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

/// All records, normalised, in the order of their keys.
#[derive(Default)]
pub struct NormalRecords {
    pub keys: RecordKeys,
    pub columns: Vec<NormalColumn>,
    /// Where a row's last change is known: seconds since 1970, per record; else empty.
    pub updated_at: Vec<Option<i64>>,
    /// The values that improbably many people hold, the most shared first.
    pub hubs: Vec<Hub>,
}

impl NormalRecords {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The slots of `field`, in order; empty where no column holds it.
    pub fn slots<'a>(&'a self, field: &'a Field) -> impl Iterator<Item = &'a NormalColumn> {
        self.columns.iter().filter(move |column| column.field == *field)
    }
}
