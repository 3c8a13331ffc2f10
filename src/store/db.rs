//! The only file, with those of its folder and the environment for encrypted files,
//! that names rocksdb: column families, reads, atomic synced batches, checkpoints,
//! compaction. What the rows mean is not known here.

mod bulk;
mod pages;
mod tuning;

pub use super::batch::Batch;
use super::batch::{self, InFlight, Next};
use super::blocks::{RootsNow, RootsThen};
use super::encryption::encrypted_env;
pub use super::family::Family;
use super::faults::Faults;
use super::location::Location;
use super::packed::root_key;
use crate::error::{Error, Result};
pub use bulk::{BulkBlocks, BulkFile, BulkOptions};
use rocksdb::{
    BottommostLevelCompaction, Cache, ColumnFamily, ColumnFamilyDescriptor, CompactOptions, DB,
    DBPinnableSlice, Direction, Env, IteratorMode, Options, ReadOptions, WriteBatch, WriteOptions,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tuning::{BLOCK_BYTES, CACHE_BYTES, database_options, family_options};

/// How often opening beside a writer is tried.
const OPEN_TRIES: usize = 10;

/// A key and its value.
pub type Row = (Box<[u8]>, Box<[u8]>);

/// An open database, or a moment of it.
pub struct Db {
    db: Arc<DB>,
    path: PathBuf,
    /// Where its files are encrypted: what encrypts them.
    env: Option<Env>,
    /// What is read is as it was then; `None`: as it is now.
    moment: Option<Arc<Moment>>,
    /// Changes on their way to disk that are read as if they were there.
    in_flight: Option<Arc<InFlight>>,
    /// Writes, by this process, to what follows from the records; and those
    /// before the moment.
    writes: Arc<AtomicU64>,
    writes_before: u64,
    faults: Arc<Faults>,
    /// Where the rows of whole blocks stand: now, and at the moment.
    roots: Arc<RootsNow>,
    roots_then: Option<RootsThen>,
}

type Snapshot<'a> = rocksdb::Snapshot<'a>;

self_cell::self_cell!(
    struct Moment {
        owner: Arc<DB>,
        #[covariant]
        dependent: Snapshot,
    }
);

impl Db {
    /// Makes an empty database in `path`.
    pub fn create(location: &Location) -> Result<Self> {
        Self::open_with(location, true, Arc::default())
    }

    /// Opens the database for reading and writing.
    pub fn open(location: &Location) -> Result<Self> {
        Self::open_with(location, false, Arc::default())
    }

    /// As [`Db::open`]; some writes fail as planned.
    pub fn open_failing(location: &Location, faults: Arc<Faults>) -> Result<Self> {
        Self::open_with(location, false, faults)
    }

    /// Opens the database as it is now; later writes are not seen.
    pub fn open_read_only(location: &Location) -> Result<Self> {
        // A writer beside may remove a file between the reading of the list of
        // files and their opening; the next list is without it.
        let mut tries = 1;
        loop {
            match Self::try_open_read_only(location) {
                Err(error) if tries < OPEN_TRIES && error.to_string().contains("No such file") => tries += 1,
                done => return done,
            }
        }
    }

    fn try_open_read_only(location: &Location) -> Result<Self> {
        let (path, env) = (location.path.as_path(), env_of(location)?);
        let (options, cache) =
            (database_options(false, env.as_ref()), Cache::new_hyper_clock_cache(CACHE_BYTES, BLOCK_BYTES));
        check_families(&options, path)?;
        let families =
            Family::ALL.map(|family| (family.name(), family_options(family, &cache, env.is_none())));
        let db = DB::open_cf_with_opts_for_read_only(&options, path, families, false)
            .map_err(|error| cannot("open", path, error))?;
        Ok(Self::around(db, path, env, Arc::default()))
    }

    /// Opens the database beside the process that writes to it.
    pub fn follow(location: &Location) -> Result<Self> {
        let (path, env) = (location.path.as_path(), env_of(location)?);
        let own = std::env::temp_dir().join(format!("einklang-follows-{}", std::process::id()));
        let mut options = database_options(false, env.as_ref());
        // A follower must hold every file open, for the writer may remove it.
        options.set_max_open_files(-1);
        check_families(&options, path)?;
        let db = DB::open_cf_as_secondary(&options, path, &own, Family::ALL.map(Family::name))
            .map_err(|error| cannot("open", path, error))?;
        Ok(Self::around(db, path, env, Arc::default()))
    }

    /// Sees what the writer wrote since.
    pub fn catch_up(&self) -> Result<()> {
        // Nobody may read meanwhile where rows stood before.
        let _writing = self.roots.lock();
        self.roots.forget();
        self.db.try_catch_up_with_primary().map_err(|error| cannot("read", &self.path, error))
    }

    fn open_with(location: &Location, create: bool, faults: Arc<Faults>) -> Result<Self> {
        let (path, env) = (location.path.as_path(), env_of(location)?);
        let cache = Cache::new_hyper_clock_cache(CACHE_BYTES, BLOCK_BYTES);
        let options = |family| family_options(family, &cache, env.is_none());
        let families = Family::ALL.map(|family| ColumnFamilyDescriptor::new(family.name(), options(family)));
        let db = DB::open_cf_descriptors(&database_options(create, env.as_ref()), path, families)
            .map_err(|error| cannot("open", path, error))?;
        Ok(Self::around(db, path, env, faults))
    }

    /// What was opened, as it is now.
    fn around(db: DB, path: &Path, env: Option<Env>, faults: Arc<Faults>) -> Self {
        Self {
            db: Arc::new(db),
            path: path.to_owned(),
            env,
            moment: None,
            in_flight: None,
            writes: Arc::default(),
            writes_before: 0,
            faults,
            roots: Arc::default(),
            roots_then: None,
        }
    }

    /// The database as it is now, for readers beside the writer. It keeps what
    /// is deleted later from being removed.
    pub fn moment(&self) -> Self {
        // Between a write and what is remembered of it there is no moment.
        let _writing = self.roots.lock();
        let moment = Moment::new(Arc::clone(&self.db), |db| db.snapshot());
        let then = self.roots.known().map_or_else(RootsThen::new, RootsThen::from);
        Self {
            moment: Some(Arc::new(moment)),
            writes_before: self.writes(),
            roots_then: Some(then),
            ..self.sharer()
        }
    }

    /// The same database at the same moment, where this is one.
    pub fn again(&self) -> Self {
        let roots_then = self.roots_then.clone();
        Self { moment: self.moment.clone(), writes_before: self.writes_before, roots_then, ..self.sharer() }
    }

    /// How often what follows from the records was written before this moment;
    /// the same number, in one process, means the same rows.
    pub fn writes(&self) -> u64 {
        match self.moment {
            Some(_) => self.writes_before,
            None => self.writes.load(Ordering::Acquire),
        }
    }

    /// The same database, always as it is.
    pub fn sharer(&self) -> Self {
        Self {
            db: Arc::clone(&self.db),
            path: self.path.clone(),
            env: self.env.clone(),
            moment: None,
            in_flight: None,
            writes: Arc::clone(&self.writes),
            writes_before: 0,
            faults: Arc::clone(&self.faults),
            roots: Arc::clone(&self.roots),
            roots_then: None,
        }
    }

    pub(super) fn roots_now(&self) -> &RootsNow {
        &self.roots
    }

    pub(super) fn roots_then(&self) -> Option<&RootsThen> {
        self.roots_then.as_ref()
    }

    pub(super) fn in_flight(&self) -> Option<&InFlight> {
        self.in_flight.as_deref()
    }

    /// Reads through changes that are on their way to disk; `None`: no more.
    pub fn read_through(&mut self, changes: Option<Arc<InFlight>>) {
        self.in_flight = changes;
    }

    fn reading(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        if let Some(moment) = &self.moment {
            options.set_snapshot(moment.borrow_dependent());
        }
        options
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn family(&self, family: Family) -> &ColumnFamily {
        self.db.cf_handle(family.name()).expect("every family is opened with the database")
    }

    pub fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        if let Some(changed) = self.in_flight.as_ref().and_then(|changes| changes.find(family, key)) {
            return Ok(changed.map(<[u8]>::to_vec));
        }
        self.stored(family, key)
    }

    /// A row as it is stored.
    pub(super) fn stored(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.db.get_cf_opt(self.family(family), key, &self.reading());
        found.map_err(|error| cannot("read", &self.path, error))
    }

    /// The rows of several keys, in their order, each as `decode` reads it.
    pub fn get_many<K: AsRef<[u8]>, T>(
        &self,
        family: Family,
        keys: &[K],
        decode: impl Fn(&[u8]) -> Result<T>,
    ) -> Result<Vec<Option<T>>> {
        if family == Family::Blocks {
            return self.block_rows(keys, decode);
        }
        let mut rows = Vec::with_capacity(keys.len());
        let in_order = keys.is_sorted_by(before);
        let mut before = 0;
        self.stored_many(family, keys, |at, stored| {
            before = if in_order { before } else { 0 };
            let key = keys.get(at).map(K::as_ref).unwrap_or_default();
            let changed = self.in_flight.as_ref().and_then(|of| of.find_from(family, key, &mut before));
            rows.push(changed.unwrap_or(stored).map(&decode).transpose()?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands the rows of several keys, as they are stored, to `take`, each with its
    /// key's place.
    pub(super) fn stored_many<K: AsRef<[u8]>>(
        &self,
        family: Family,
        keys: &[K],
        mut take: impl FnMut(usize, Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let options = self.reading_many(family);
        // Together they take fewer instructions than one by one.
        let in_order = keys.is_sorted_by(before);
        let found = self.db.batched_multi_get_cf_opt(self.family(family), keys, in_order, &options);
        for (at, row) in found.into_iter().enumerate() {
            let row: Option<DBPinnableSlice> = row.map_err(|error| cannot("read", &self.path, error))?;
            take(at, row.as_deref())?;
        }
        Ok(())
    }

    /// As [`Db::stored_many`], of few rows that are large: each is found by itself,
    /// and not copied where files are mapped.
    pub(super) fn stored_each<K: AsRef<[u8]>>(
        &self,
        family: Family,
        keys: &[K],
        mut take: impl FnMut(usize, Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut rows = self.db.raw_iterator_cf_opt(self.family(family), self.reading_many(family));
        for (at, key) in keys.iter().enumerate() {
            rows.seek(key);
            take(at, rows.item().filter(|(found, _)| *found == key.as_ref()).map(|(_, row)| row))?;
        }
        rows.status().map_err(|error| cannot("read", &self.path, error))
    }

    fn reading_many(&self, family: Family) -> ReadOptions {
        let mut options = self.reading();
        // Blocks are derived and read by the dozen; `verify` reads them with
        // their checksums.
        options.set_verify_checksums(!matches!(family, Family::Blocks | Family::Roots));
        options
    }

    /// Reads the families that each change reads at random once through, in the
    /// background, so that the system's cache has them: what a bulk load wrote it
    /// has not. As much as half of the memory that is free.
    pub fn bring_near(&self) {
        const NEAR: [Family; 8] = [
            Family::Roots,
            Family::Blocks,
            Family::Normals,
            Family::Links,
            Family::Owners,
            Family::Names,
            Family::Customers,
            Family::Records,
        ];
        let Ok(files) = self.db.live_files() else { return };
        let of = |family: Family| files.iter().filter(move |file| file.column_family_name == family.name());
        let folder = self.path.clone();
        let paths: Vec<PathBuf> = NEAR
            .into_iter()
            .flat_map(of)
            .map(|file| folder.join(file.name.trim_start_matches('/')))
            .collect();
        let is_open = Arc::downgrade(&self.db);
        // Where no thread is to be had, the first reads are slower.
        let _ = std::thread::Builder::new().name("bring near".to_owned()).spawn(move || {
            let mut room = free_memory() / 2;
            let mut buffer = vec![0; 1 << 20];
            for mut file in paths.iter().filter_map(|path| std::fs::File::open(path).ok()) {
                while room > 0 && is_open.strong_count() > 0 {
                    match std::io::Read::read(&mut file, &mut buffer) {
                        Ok(count) if count > 0 => room = room.saturating_sub(count as u64),
                        _ => break,
                    }
                }
            }
        });
    }

    /// Calls `found` with each row whose key begins with `prefix` and is not
    /// before `from`, in order, until it says stop by `false`. Of blocks only those
    /// that are parts of others.
    pub fn scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        found: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        self.scan_through(self.in_flight(), family, prefix, from, found)
    }

    /// As [`Db::scan`], of what is stored.
    pub(super) fn stored_scan(
        &self,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        found: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        self.scan_through(None, family, prefix, from, found)
    }

    fn scan_through(
        &self,
        changes: Option<&InFlight>,
        family: Family,
        prefix: &[u8],
        from: &[u8],
        mut found: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let mut options = self.reading();
        options.set_total_order_seek(true);
        options.set_readahead_size(if prefix.is_empty() { 2 << 20 } else { 0 });
        if let Some(end) = after(prefix) {
            options.set_iterate_upper_bound(end);
        }
        // Rows are looked at where they stand, not copied one by one.
        let mut rows = self.db.raw_iterator_cf_opt(self.family(family), options);
        rows.seek(from.max(prefix));
        let changes = changes.iter().flat_map(|changes| changes.range(family, prefix, from));
        let mut changes = changes.peekable();
        while let Some(next) = batch::next(rows.key(), changes.peek().map(|(key, _)| *key)) {
            let row = match next {
                Next::Stored => rows.item(),
                Next::Changed { .. } => changes.next().and_then(|(key, value)| Some((key, value?))),
            };
            if let Some((key, value)) = row
                && !found(key, value)?
            {
                return Ok(());
            }
            if matches!(next, Next::Stored | Next::Changed { replaces: true }) {
                rows.next();
            }
        }
        rows.status().map_err(|error| cannot("read", &self.path, error))
    }

    /// The rows whose key begins with `prefix`, in order. Not through changes that
    /// are on their way.
    pub fn rows(&self, family: Family, prefix: &[u8]) -> Box<dyn Iterator<Item = Result<Row>> + '_> {
        assert!(self.in_flight.is_none(), "rows are listed once what was changed is written");
        if family != Family::Blocks {
            return Box::new(self.stored_rows(family, prefix));
        }
        match self.all_block_rows(prefix) {
            Ok(rows) => Box::new(rows),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    /// As [`Db::rows`], of what is stored.
    pub(super) fn stored_rows(
        &self,
        family: Family,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<Row>> + use<'_> {
        let mut options = self.reading();
        options.set_total_order_seek(true);
        options.set_readahead_size(2 << 20);
        if let Some(end) = after(prefix) {
            options.set_iterate_upper_bound(end);
        }
        let mode = IteratorMode::From(prefix, Direction::Forward);
        let rows = self.db.iterator_cf_opt(self.family(family), options, mode);
        rows.map(|row| row.map_err(|error| cannot("read", &self.path, error)))
    }

    /// The last row whose key begins with `prefix`. Not through changes that are
    /// on their way.
    pub fn last(&self, family: Family, prefix: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        assert!(self.in_flight.is_none(), "rows are listed once what was changed is written");
        let end = after(prefix);
        let mode = match &end {
            Some(end) => IteratorMode::From(end, Direction::Reverse),
            None => IteratorMode::End,
        };
        let mut options = self.reading();
        options.set_total_order_seek(true);
        for row in self.db.iterator_cf_opt(self.family(family), options, mode).take(2) {
            let (key, value) = row.map_err(|error| cannot("read", &self.path, error))?;
            if key.starts_with(prefix) {
                return Ok(Some((key.into_vec(), value.into_vec())));
            }
        }
        Ok(None)
    }

    pub fn put(&self, batch: &mut Batch, family: Family, key: &[u8], value: &[u8]) {
        batch.put(family, key, Some(value));
    }

    pub fn delete(&self, batch: &mut Batch, family: Family, key: &[u8]) {
        batch.put(family, key, None);
    }

    /// Makes all changes of `batch` at once; they are on disk when it returns.
    pub fn commit(&self, batch: Batch) -> Result<()> {
        self.write(&InFlight::new(batch))
    }

    /// As [`Db::commit`], of changes that may be read through meanwhile.
    pub fn write(&self, changes: &InFlight) -> Result<()> {
        let _writing = self.roots.lock();
        let step = self.step(changes)?;
        let mut batch = WriteBatch::with_capacity_bytes(changes.bytes() * 2);
        let mut whole = 0;
        for family in Family::ALL {
            let handle = self.family(family);
            for (key, value) in changes.rows(family) {
                if family == Family::Blocks && root_key(key).is_some() {
                    // The step has it.
                    whole += 1;
                    continue;
                }
                match value {
                    Some(value) => batch.put_cf(handle, key, value),
                    None => batch.delete_cf(handle, key),
                }
            }
        }
        step.iter().for_each(|step| self.put_step(&mut batch, step));
        let written = self.write_batch(batch, changes.is_derived());
        match step {
            // Whether it is there is not known.
            _ if written.is_err() => self.roots.forget(),
            Some(step) => {
                self.roots.take(step);
                // What cannot be put into pages stays beside them, and a disk that is
                // full says so at the next write.
                let _ = self.pages_due(whole).and_then(|step| self.write_pages(step));
            }
            None => {}
        }
        written
    }

    fn write_batch(&self, batch: WriteBatch, is_derived: bool) -> Result<()> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        // Rows come sorted, so each goes in next to the one before.
        options.set_memtable_insert_hint_per_batch(true);
        if is_derived {
            self.writes.fetch_add(1, Ordering::AcqRel);
        }
        self.faults.write(|| {
            self.db.write_opt(batch, &options).map_err(|error| cannot("write to", &self.path, error))
        })
    }

    /// Takes every row of a family away.
    pub fn clear(&self, family: Family) -> Result<()> {
        let _writing = self.roots.lock();
        let mut batch = WriteBatch::default();
        let families = match family {
            Family::Blocks => &[Family::Blocks, Family::Roots, Family::Recent][..],
            _ => &[family],
        };
        for family in families {
            // Longer than any key that begins like it.
            batch.delete_range_cf(self.family(*family), &[][..], &[u8::MAX; 32][..]);
        }
        self.roots.forget();
        self.write_batch(batch, true)
    }

    /// Takes every row of a family up to that key away, that one included.
    pub fn clear_until(&self, family: Family, last: &[u8]) -> Result<()> {
        let mut batch = WriteBatch::default();
        let end = [last, &[0]].concat();
        batch.delete_range_cf(self.family(family), &[][..], end.as_slice());
        self.write_batch(batch, false)
    }

    /// Writes what only the log holds to files, so that opening is quick.
    pub fn flush(&self) -> Result<()> {
        let families: Vec<&ColumnFamily> =
            Family::ALL.into_iter().map(|family| self.family(family)).collect();
        self.faults.write(|| {
            self.db
                .flush_cfs_opt(&families, &rocksdb::FlushOptions::default())
                .map_err(|error| cannot("write to", &self.path, error))
        })
    }

    /// Rewrites every file, so that what was deleted is gone from the disk.
    pub fn compact(&self) -> Result<()> {
        self.fill_pages()?;
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        options.set_exclusive_manual_compaction(true);
        for family in Family::ALL {
            self.faults.write(|| {
                self.db
                    .flush_cf(self.family(family))
                    .map_err(|error| cannot("write to", &self.path, error))?;
                self.db.compact_range_cf_opt(self.family(family), None::<&[u8]>, None::<&[u8]>, &options);
                // Compacting by hand tells of no failure itself.
                match self.count(family, rocksdb::properties::BACKGROUND_ERRORS) {
                    0 => Ok(()),
                    _ => Err(Error::failed(format!("cannot rewrite the files of `{}`", self.path.display()))
                        .with_hint(match self.env {
                            None => "the file `LOG` in the store's folder says why; do it again afterwards",
                            Some(_) => "the system's log may say why; do it again afterwards",
                        })),
                }
            })?;
        }
        Ok(())
    }

    /// Bytes that a family's files take.
    pub fn bytes(&self, family: Family) -> u64 {
        self.count(family, rocksdb::properties::TOTAL_SST_FILES_SIZE)
    }

    fn count(&self, family: Family, property: &rocksdb::properties::PropName) -> u64 {
        self.db.property_int_value_cf(self.family(family), property).ok().flatten().unwrap_or(0)
    }
}

/// A reader cannot make the families that an older format lacks.
fn check_families(options: &Options, path: &Path) -> Result<()> {
    let known = DB::list_cf(options, path).map_err(|error| cannot("open", path, error))?;
    match Family::ALL.iter().all(|family| known.iter().any(|name| name == family.name())) {
        true => Ok(()),
        false => Err(older_format(path)),
    }
}

/// Why a store of an earlier format is not read.
pub fn older_format(path: &Path) -> Error {
    Error::failed(format!("the store in `{}` has an older format", path.display()))
        .with_hint("`einklang upsert --store DIR < /dev/null` brings it up to date")
}

/// What encrypts the files; `None` where they are not encrypted.
fn env_of(location: &Location) -> Result<Option<Env>> {
    location.check_key()?;
    let env = location.key.as_ref().map(|key| encrypted_env(key).ok_or_else(no_env));
    env.transpose()
}

fn no_env() -> Error {
    Error::failed("the database cannot be made to encrypt its files")
}

fn before<K: AsRef<[u8]>>(a: &K, b: &K) -> bool {
    a.as_ref() <= b.as_ref()
}

/// Bytes of memory that the system could give.
fn free_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}

/// The first key after all that begin with `prefix`; `None`: there is none.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

/// A failure of the database, with what the user can do about it.
fn cannot(doing: &str, path: &Path, error: rocksdb::Error) -> Error {
    let text = error.to_string();
    let place = path.display();
    if text.contains("lock file") || text.contains("LOCK") {
        return Error::failed(format!("the store `{place}` is in use by another process"))
            .with_hint("one process writes at a time; reading commands work meanwhile")
            .with_source(error);
    }
    let failure = match text.as_str() {
        text if text.contains("No space left") => {
            Error::failed(format!("the disk of the store `{place}` is full"))
                .with_hint("free some space; what was acknowledged is safe, and nothing was half done")
        }
        text if text.contains("Corruption") => {
            Error::failed(format!("the store `{place}` is damaged: {text}"))
                .with_hint("restore the last backup with `einklang restore`")
        }
        text if text.contains("Read-only") || text.contains("Permission denied") => {
            Error::failed(format!("cannot {doing} the store `{place}`: {text}"))
                .with_hint("the store's folder must be writable")
        }
        _ => Error::failed(format!("cannot {doing} the store `{place}`: {text}")),
    };
    failure.with_source(error)
}
