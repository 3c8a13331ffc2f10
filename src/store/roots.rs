//! Where the rows of whole blocks stand: in pages, each of one rule and of the
//! keys whose hashes begin alike, and in changes that are not in pages yet, which
//! are held in memory. Once there are many, they are worked into the pages, some
//! pages with each write, so that no write takes long. Nothing here reads or
//! writes; `blocks.rs` does.

use super::codec::{Reader, Writer};
use super::packed::{Held, Packed, RootKey, rule_of};
use crate::error::Result;
use std::sync::Arc;

/// Bits of a hash that tell the pages of a rule apart where nothing else was said.
const BITS_LEAST: u8 = 4;
const BITS_MOST: u8 = 31;
/// Rows of a page, about: between half as many and as many. A set of thousands of
/// changes looks at most pages of a million records, for several keys each, and what
/// it takes to find a page is more than what it takes to look into a large one.
const PAGE_ROWS: u64 = 2048;
/// A rule whose pages hold that many times as many gets more of them.
const PAGES_CROWDED: u64 = 2;
/// Changes held in memory before they are worked into pages, at least and at
/// most; between, this part of the rows.
const CHANGES_LEAST: u64 = 1 << 20;
const CHANGES_MOST: u64 = 1 << 24;
const CHANGES_PART: u64 = 8;
/// Changes are put to those before them unless these are so many times as many.
const RUNS_GROWTH: usize = 4;
/// Ends the key of what is noted of a rule; no page has as many bits.
const LAYOUT: u8 = u8::MAX;

/// How the rows of a rule are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Leading bits of a hash that tell its page.
    pub bits: u8,
    /// Rows, about.
    pub rows: u64,
}

impl Default for Layout {
    fn default() -> Self {
        Self { bits: BITS_LEAST, rows: 0 }
    }
}

impl Layout {
    /// For that many rows.
    pub fn for_rows(rows: u64) -> Self {
        let pages = rows.div_ceil(PAGE_ROWS).max(1).next_power_of_two();
        Self { bits: (pages.ilog2() as u8).clamp(BITS_LEAST, BITS_MOST), rows }
    }

    fn is_crowded(self, rows: u64) -> bool {
        rows >> self.bits > PAGE_ROWS * PAGES_CROWDED
    }

    pub fn encode(self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.byte(self.bits).number(self.rows);
        writer.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("layout of blocks", bytes);
        Ok(Self { bits: reader.byte()?.clamp(BITS_LEAST, BITS_MOST), rows: reader.number()? })
    }

    pub fn pages(self) -> u64 {
        1 << self.bits
    }
}

/// The page of a hash.
pub fn page_of(bits: u8, hash: u32) -> u32 {
    (u64::from(hash) >> (32 - bits)) as u32
}

/// The first hash of a page; that of the page after the last is out of reach.
fn first_hash(bits: u8, page: u64) -> u64 {
    page << (32 - bits)
}

/// The key under which a page is stored.
pub fn page_key(rule: u16, bits: u8, page: u32) -> [u8; 7] {
    let ([a, b], [c, d, e, f]) = (rule.to_be_bytes(), page.to_be_bytes());
    [a, b, bits, c, d, e, f]
}

/// The key under which stands how a rule's rows are parted.
pub fn layout_key(rule: u16) -> [u8; 3] {
    let [a, b] = rule.to_be_bytes();
    [a, b, LAYOUT]
}

/// Changes that are being worked into pages.
#[derive(Debug, Clone)]
struct Folding {
    changes: Arc<Packed>,
    /// The rules that have pages or changes, those still to come.
    rules: Vec<u16>,
    /// How the rule in hand is parted from now on, its next page, and its rows up
    /// to there.
    layout: Layout,
    page: u64,
    rows: u64,
    /// How the rules are parted whose pages are all written.
    finished: Vec<(u16, Layout)>,
    /// The first of the stored changes that are no part of it.
    until: u64,
}

/// Where all rows stand at a moment.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    layouts: Arc<Vec<Option<Layout>>>,
    /// Changes, the oldest first.
    runs: Vec<Arc<Packed>>,
    folding: Option<Folding>,
    /// The number of the next stored change.
    pub next: u64,
    /// How often working in was begun or ended. Pages that were given up are removed
    /// when the next begins, when nobody may look there any more.
    pub round: u64,
}

/// Pages to be written with changes.
pub struct Due {
    pub rule: u16,
    /// How the rule was parted, and is to be.
    pub before: Layout,
    pub after: Layout,
    pub page: u64,
    pub changes: Arc<Packed>,
    /// Which of the changes are the page's.
    pub places: (usize, usize),
}

impl Due {
    /// A page as it is, to be read. `from` is how many of the changes are before it.
    pub fn listing(layout: Layout, rule: u16, page: u64, changes: Arc<Packed>, from: &mut usize) -> Self {
        let start = *from;
        *from = changes.place((u64::from(rule) << 32) + first_hash(layout.bits, page + 1), start);
        Self { rule, before: layout, after: layout, page, changes, places: (start, *from) }
    }

    /// The first and the last hash of the page.
    pub fn hashes(&self) -> [u32; 2] {
        let first = |page| first_hash(self.after.bits, page);
        [first(self.page) as u32, (first(self.page + 1) - 1) as u32]
    }
}

/// How far the runs were gone through for keys that come in order.
#[derive(Default)]
pub struct Going {
    runs: Vec<usize>,
    folding: usize,
}

impl Roots {
    pub fn new(layouts: Vec<Option<Layout>>) -> Self {
        Self { layouts: Arc::new(layouts), ..Self::default() }
    }

    pub fn layout(&self, rule: u16) -> Layout {
        self.layouts.get(usize::from(rule)).copied().flatten().unwrap_or_default()
    }

    /// By how many bits the page of a key is found.
    pub fn bits(&self, key: RootKey) -> u8 {
        let (rule, hash) = (rule_of(key), u64::from(key as u32));
        match &self.folding {
            Some(now) if now.rules.first() == Some(&rule) && hash < first_hash(now.layout.bits, now.page) => {
                now.layout.bits
            }
            _ => self.layout(rule).bits,
        }
    }

    /// What changes say of a key. `going` is kept as long as keys come in order.
    pub fn changed(&self, key: RootKey, going: &mut Going) -> Option<Held<'_>> {
        going.runs.resize(self.runs.len(), 0);
        let runs = self.runs.iter().zip(&mut going.runs).rev();
        let recent = runs.filter_map(|(run, from)| run.find(key, from)).next();
        recent.or_else(|| self.folding.as_ref()?.changes.find(key, &mut going.folding))
    }

    /// All changes that are not in pages yet, together.
    pub fn changes(&self) -> Packed {
        let first = self.folding.as_ref().map(|now| Packed::clone(&now.changes)).unwrap_or_default();
        self.runs.iter().fold(first, |all, run| all.followed_by(run))
    }

    /// The rules that have pages or changes.
    pub fn rules(&self) -> Vec<u16> {
        let laid = self.layouts.iter().zip(0..).filter(|(layout, _)| layout.is_some()).map(|(_, rule)| rule);
        let mut rules: Vec<u16> = laid.collect();
        let folding = self.folding.iter().map(|now| &now.changes);
        for changes in self.runs.iter().chain(folding) {
            let mut at = 0;
            while let Some(key) = changes.key(at) {
                rules.push(rule_of(key));
                at = changes.place((u64::from(rule_of(key)) + 1) << 32, at);
            }
        }
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Adds what was stored as the next change.
    pub fn push(&mut self, changes: Packed) {
        self.next += 1;
        let mut changes = Arc::new(changes);
        while let Some(before) = self.runs.pop_if(|run| run.len() < changes.len() * RUNS_GROWTH) {
            changes = Arc::new(before.followed_by(&changes));
        }
        self.runs.push(changes);
    }

    fn pages(&self) -> u64 {
        self.layouts.iter().flatten().map(|layout| layout.pages()).sum()
    }

    /// Changes that are held before they are worked into pages.
    pub fn changes_max(&self) -> u64 {
        let rows: u64 = self.layouts.iter().flatten().map(|layout| layout.rows).sum();
        (rows / CHANGES_PART).clamp(CHANGES_LEAST, CHANGES_MOST)
    }

    /// Whether there are changes to work in, that take the memory of more than `max`.
    pub fn is_full(&self, max: u64) -> bool {
        self.folding.is_none() && self.runs.iter().map(|run| run.held_in_words()).sum::<u64>() > max
    }

    /// How many pages are to be written with that many changes, so that working in
    /// has an end before half as many came as are held at most.
    pub fn share(&self, changes: u64, max: u64) -> u64 {
        changes.saturating_mul(self.pages() + 1) * 2 / max.max(1) + 1
    }

    /// Begins to work in what there is.
    pub fn begin(&mut self) {
        let rules = self.rules();
        let changes = Arc::new(self.changes());
        self.runs.clear();
        self.round += 1;
        let until = self.next;
        let mut folding = Folding {
            changes,
            rules,
            layout: Layout::default(),
            page: 0,
            rows: 0,
            finished: Vec::new(),
            until,
        };
        folding.layout = self.layout_of_next(&folding);
        self.folding = Some(folding);
    }

    /// How the next rule is to be parted.
    fn layout_of_next(&self, folding: &Folding) -> Layout {
        let Some(&rule) = folding.rules.first() else { return Layout::default() };
        let start = folding.changes.place(u64::from(rule) << 32, 0);
        let end = folding.changes.place((u64::from(rule) + 1) << 32, start);
        let layout = self.layout(rule);
        let rows = layout.rows + (end - start) as u64;
        if layout.is_crowded(rows) { Layout::for_rows(rows) } else { layout }
    }

    /// The next page to be written; `None`: all are.
    pub fn due(&self) -> Option<Due> {
        let now = self.folding.as_ref()?;
        let rule = *now.rules.first()?;
        let key = |page| (u64::from(rule) << 32) + first_hash(now.layout.bits, page);
        let from = now.changes.place(key(now.page), 0);
        let to = now.changes.place(key(now.page + 1), from);
        Some(Due {
            rule,
            before: self.layout(rule),
            after: now.layout,
            page: now.page,
            changes: Arc::clone(&now.changes),
            places: (from, to),
        })
    }

    /// The page that was due is written, with so many rows.
    pub fn written(&mut self, rows: u64) {
        let Some(mut now) = self.folding.take() else { return };
        now.page += 1;
        now.rows += rows;
        if now.page == now.layout.pages() {
            let rule = now.rules.remove(0);
            let layout = Layout { rows: now.rows, ..now.layout };
            let layouts = Arc::make_mut(&mut self.layouts);
            layouts.resize(layouts.len().max(usize::from(rule) + 1), None);
            if let Some(place) = layouts.get_mut(usize::from(rule)) {
                *place = Some(layout);
            }
            now.finished.push((rule, layout));
            (now.page, now.rows) = (0, 0);
            now.layout = self.layout_of_next(&now);
        }
        self.folding = Some(now);
    }

    /// Whether all pages are written, and it is to be noted.
    pub fn is_written(&self) -> bool {
        self.folding.as_ref().is_some_and(|now| now.rules.is_empty())
    }

    /// Once all pages are written and safe: forgets the changes that are in them.
    /// Says how rules are parted now, and up to which number the changes are.
    pub fn end(&mut self) -> (Vec<(u16, Layout)>, u64) {
        self.round += 1;
        self.folding.take().map_or((Vec::new(), 0), |now| (now.finished, now.until))
    }
}
