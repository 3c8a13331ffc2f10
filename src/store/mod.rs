//! Layer 3: the identity graph on disk. Rows, their bytes and their families;
//! what follows from them is the engine's work. `docs/design/store-format.md`
//! describes the format.

mod batch;
mod blocks;
mod codec;
mod db;
mod encryption;
mod family;
mod faults;
mod journal;
mod judged;
mod location;
mod noted;
mod packed;
mod pinned;
mod proposed;
mod roots;
mod rows;
mod ruled;
mod sampled;
mod terms;

pub use batch::InFlight;
pub use codec::{Reader, Writer, broken};
pub use db::{Batch, BulkBlocks, BulkFile, BulkOptions, Db, Family, Row};
pub use encryption::{Key, Opened};
pub use faults::Faults;
pub use journal::{Deed, Entry, Line, OperationRow};
pub use judged::{Judged, JudgementRow};
pub use location::Location;
pub use noted::{Comment, NoteRow};
pub use pinned::{PinRow, Pinned};
pub use proposed::{ProposalRow, Proposed};
pub use rows::*;
pub use ruled::{DraftRow, VersionRow};
pub use sampled::{SampleRow, SampledPair, StratumRow};
pub use terms::{Kind as TermKind, Terms};

use crate::error::{Error, Result};
use std::sync::Arc;

/// The version of the format. A store of an earlier one is brought up to it
/// when it is opened for writing; one of a later is refused.
pub const FORMAT_VERSION: u64 = 4;

const FORMAT_KEY: &[u8] = b"format";
const COUNTERS_KEY: &[u8] = b"counters";
const SECRET_KEY: &[u8] = b"secret";
const PENDING_KEY: &[u8] = b"pending";

/// A change of the whole store, noted before it is made, so that it is
/// completed whatever happens in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The model version that comes into force.
    pub version: u32,
    /// What the change feed gives as the cause.
    pub cause: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// The cause of changes that a repair makes.
const REPAIR: &str = "repair";

impl Pending {
    /// Everything derived is made anew under the version in force.
    pub fn repair(version: u32, at: i64) -> Self {
        Self { version, cause: REPAIR.to_owned(), at }
    }

    pub fn is_repair(&self) -> bool {
        self.cause == REPAIR
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(u64::from(self.version)).text(&self.cause).signed(self.at);
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("pending change", bytes);
        Ok(Self { version: reader.small()?, cause: reader.text()?.to_owned(), at: reader.signed()? })
    }
}

/// What the store counts as it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// The number that the next new record gets.
    pub next_number: Number,
    /// The sequence number of the last change; the first is 1.
    pub last_change: u64,
    pub records: u64,
    pub customers: u64,
    /// Sum of the hashes of all customers' member lists: the partition's digest.
    pub digest: u128,
    /// The model version in force.
    pub model: u32,
    /// Erased records whose names are kept from coming back.
    pub suppressed: u64,
    /// The number that the next entry of the journal gets.
    pub journal: u64,
}

/// An open store.
pub struct Store {
    pub db: Db,
    pub terms: Terms,
    pub counters: Counters,
    /// Stewards' judgements in force.
    pub judged: Arc<Judged>,
    /// Golden values that stewards pinned, as far as they are in force.
    pub pinned: Arc<Pinned>,
    /// The format that the store has.
    pub format: u64,
    /// What the store's secret hashes are keyed with.
    secret: [u8; 32],
}

impl Store {
    /// Makes an empty store in a folder that may exist but hold no store.
    ///
    /// # Errors
    /// There is a store already, or the folder cannot be written to.
    pub fn create(location: impl Into<Location>) -> Result<Self> {
        let location = location.into();
        let path = &location.path;
        if location.holds_store() {
            return Err(Error::failed(format!("there is a store in `{}` already", path.display()))
                .with_hint("`einklang upsert` adds to it; name another folder to begin anew"));
        }
        std::fs::create_dir_all(path).map_err(|error| Error::io("create", path, error))?;
        let db = Db::create(&location)?;
        let mut secret = [0; 32];
        fill_random(&mut secret)?;
        let store = Self {
            db,
            terms: Terms::default(),
            counters: Counters::default(),
            judged: Arc::default(),
            pinned: Arc::default(),
            format: FORMAT_VERSION,
            secret,
        };
        let mut batch = Batch::default();
        store.put_format(&mut batch);
        store.db.put(&mut batch, Family::Meta, SECRET_KEY, &secret);
        store.put_new_line(&mut batch)?;
        store.put_counters(&mut batch);
        store.db.commit(batch)?;
        Ok(store)
    }

    /// Opens the store for reading and writing.
    ///
    /// # Errors
    /// There is none, another process writes to it, or it has another format or
    /// key.
    pub fn open(location: impl Into<Location>) -> Result<Self> {
        Self::ready(Db::open(&is_there(location)?)?)
    }

    /// As [`Store::open`]; some writes fail as planned.
    ///
    /// # Errors
    /// As [`Store::open`], and planned ones.
    pub fn open_failing(location: impl Into<Location>, faults: Arc<Faults>) -> Result<Self> {
        Self::ready(Db::open_failing(&is_there(location)?, faults)?)
    }

    /// Opens the store as it is now, also beside a writer.
    ///
    /// # Errors
    /// There is none, or it has another format or key.
    pub fn open_read_only(location: impl Into<Location>) -> Result<Self> {
        Self::ready(Db::open_read_only(&is_there(location)?)?)?.up_to_date()
    }

    /// Opens the store beside a writer; [`Store::catch_up`] shows what
    /// was written since.
    ///
    /// # Errors
    /// There is none, or it has another format or key.
    pub fn follow(location: impl Into<Location>) -> Result<Self> {
        Self::ready(Db::follow(&is_there(location)?)?)?.up_to_date()
    }

    /// Sees what the writer wrote since.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn catch_up(&mut self) -> Result<()> {
        self.db.catch_up()?;
        self.terms = Terms::load(&self.db)?;
        let bytes = self.db.get(Family::Meta, COUNTERS_KEY)?.ok_or_else(|| broken("counter"))?;
        self.counters = Counters::decode(&bytes)?;
        Ok(())
    }

    /// The store as it is now, for readers beside the writer. What is deleted
    /// later stays in the files until this is dropped.
    pub fn moment(&self) -> Self {
        Self { db: self.db.moment(), ..self.sharer() }
    }

    /// The same rows, always as they are; names and counts as they are now.
    pub fn sharer(&self) -> Self {
        Self {
            db: self.db.sharer(),
            terms: self.terms.clone(),
            counters: self.counters,
            judged: Arc::clone(&self.judged),
            pinned: Arc::clone(&self.pinned),
            format: self.format,
            secret: self.secret,
        }
    }

    /// The same moment of the same rows, to be worked on without being changed.
    pub fn again(&self) -> Self {
        Self { db: self.db.again(), ..self.sharer() }
    }

    /// Writes every row, as it is now, to a new store, which may have another
    /// key.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub fn copy_to(&self, target: &Location) -> Result<()> {
        std::fs::create_dir_all(&target.path).map_err(|error| Error::io("create", &target.path, error))?;
        let copy = Db::create(target)?;
        let bulk = copy.bulk()?;
        let mut files = Vec::new();
        for family in Family::ALL {
            let mut file = bulk.file(family, 0)?;
            for row in self.db.stored_rows(family, &[]) {
                let (key, value) = row?;
                file.put(&key, &value)?;
            }
            files.extend(file.finish()?);
        }
        drop(bulk);
        copy.ingest(files)
    }

    fn ready(db: Db) -> Result<Self> {
        let format = db.get(Family::Meta, FORMAT_KEY)?.unwrap_or_default();
        let version = Reader::new("format", &format).number()?;
        if version == 0 || version > FORMAT_VERSION {
            return Err(Error::failed(format!(
                "the store has format {version}, this version reads {FORMAT_VERSION}"
            ))
            .with_hint("use the version of Einklang that wrote it"));
        }
        let terms = Terms::load(&db)?;
        let bytes = db.get(Family::Meta, COUNTERS_KEY)?.ok_or_else(|| broken("counter"))?;
        let secret = db.get(Family::Meta, SECRET_KEY)?.and_then(|bytes| bytes.try_into().ok());
        let secret = secret.ok_or_else(|| broken("secret"))?;
        let judged = Arc::new(Judged::load(&db)?);
        let pinned = Arc::new(Pinned::load(&db)?);
        Ok(Self { counters: Counters::decode(&bytes)?, db, terms, judged, pinned, format: version, secret })
    }

    /// A store that is only read must have the format of this version.
    fn up_to_date(self) -> Result<Self> {
        match self.format {
            FORMAT_VERSION => Ok(self),
            _ => Err(db::older_format(self.db.path())),
        }
    }

    /// Adds to `batch` that the store has the format of this version.
    pub fn put_format(&self, batch: &mut Batch) {
        let mut version = Writer::new();
        version.number(FORMAT_VERSION);
        self.db.put(batch, Family::Meta, FORMAT_KEY, &version.bytes);
    }

    /// Adds the counters to `batch`.
    pub fn put_counters(&self, batch: &mut Batch) {
        self.db.put(batch, Family::Meta, COUNTERS_KEY, &self.counters.encode());
    }

    /// Notes a change of the whole store that is being made, or that none is.
    pub fn put_pending(&self, batch: &mut Batch, pending: Option<&Pending>) {
        match pending {
            Some(pending) => self.db.put(batch, Family::Meta, PENDING_KEY, &pending.encode()),
            None => self.db.delete(batch, Family::Meta, PENDING_KEY),
        }
    }

    /// The change of the whole store that was begun and not completed.
    pub fn pending(&self) -> Result<Option<Pending>> {
        self.db.get(Family::Meta, PENDING_KEY)?.as_deref().map(Pending::decode).transpose()
    }

    /// How far a stream of operations came; `None`: nothing came of it yet.
    pub fn position(&self, stream: &str) -> Result<Option<u64>> {
        let row = self.db.get(Family::Meta, &position_key(stream))?;
        row.map(|row| Reader::new("position", &row).number()).transpose()
    }

    /// Adds to `batch` how far a stream came.
    pub fn put_position(&self, batch: &mut Batch, stream: &str, place: u64) {
        let mut writer = Writer::new();
        writer.number(place);
        self.db.put(batch, Family::Meta, &position_key(stream), &writer.bytes);
    }

    /// Rows of a family by number.
    pub fn by_number<T>(
        &self,
        family: Family,
        numbers: &[Number],
        decode: impl Fn(&[u8]) -> Result<T>,
    ) -> Result<Vec<Option<T>>> {
        let keys: Vec<[u8; 4]> = numbers.iter().map(|number| number.to_be_bytes()).collect();
        self.db.get_many(family, &keys, decode)
    }

    /// What the store knows of a record's name.
    pub fn name(&self, source: &str, id: &str) -> Result<NameRow> {
        let row = self.db.get(Family::Names, &name_key(source, id))?;
        row.as_deref().map_or(Ok(NameRow::default()), NameRow::decode)
    }

    /// The key under which an erased record's name is remembered: tells nobody
    /// the name who does not know it and the store's secret.
    pub fn suppression_key(&self, source: &str, id: &str) -> [u8; 32] {
        *blake3::keyed_hash(&self.secret, &name_key(source, id)).as_bytes()
    }

    pub fn is_suppressed(&self, source: &str, id: &str) -> Result<bool> {
        if self.counters.suppressed == 0 {
            return Ok(false);
        }
        Ok(self.db.get(Family::Suppressed, &self.suppression_key(source, id))?.is_some())
    }

    /// The successors of a customer that is no more; `None` where no customer
    /// ever had the id, or it still is one.
    pub fn successors(&self, id: &str) -> Result<Option<Vec<String>>> {
        let row = self.db.get(Family::Lineage, id.as_bytes())?;
        row.map(|row| {
            let text = String::from_utf8(row).map_err(|_| broken("lineage"))?;
            Ok(text.lines().map(str::to_owned).collect())
        })
        .transpose()
    }

    pub fn customer(&self, id: &str) -> Result<Option<CustomerRow>> {
        self.db.get(Family::Customers, id.as_bytes())?.as_deref().map(CustomerRow::decode).transpose()
    }
}

fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|error| Error::failed(format!("the system gives no random numbers: {error}")))
}

fn position_key(stream: &str) -> Vec<u8> {
    let mut key = b"position ".to_vec();
    key.extend_from_slice(stream.as_bytes());
    key
}

fn is_there(location: impl Into<Location>) -> Result<Location> {
    let location = location.into();
    if location.holds_store() {
        return Ok(location);
    }
    Err(Error::failed(format!("there is no store in `{}`", location.path.display())).with_hint(
        "`einklang unify --store DIR` makes one from exports, `einklang upsert --store DIR` an empty one",
    ))
}

impl Counters {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.number(u64::from(self.next_number)).number(self.last_change);
        writer.number(self.records).number(self.customers);
        writer.wide(self.digest).number(u64::from(self.model)).number(self.suppressed);
        writer.number(self.journal);
        writer.bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new("counter", bytes);
        Ok(Self {
            next_number: reader.small()?,
            last_change: reader.number()?,
            records: reader.number()?,
            customers: reader.number()?,
            digest: reader.wide()?,
            model: reader.small()?,
            suppressed: reader.number()?,
            // Format 2 had no journal.
            journal: if reader.is_empty() { 0 } else { reader.number()? },
        })
    }
}
