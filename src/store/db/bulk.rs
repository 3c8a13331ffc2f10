//! Bulk loads: sorted files that the database takes in whole.

use super::tuning::bulk_options;
use super::{Db, Family, cannot};
use crate::error::{Error, Result};
use crate::store::faults::Faults;
use crate::store::packed::{Held, PageMaker, root_key};
use crate::store::roots::{Layout, layout_key, page_key, page_of};
use rocksdb::{Cache, IngestExternalFileOptions, Options, SstFileWriter};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One file of a bulk load: rows of one family in the order of their keys.
pub struct BulkFile<'a> {
    writer: SstFileWriter<'a>,
    family: Family,
    path: PathBuf,
    rows: u64,
    faults: &'a Faults,
}

/// The files of the blocks of one rule: pages of whole blocks, and rows of parts of
/// large ones.
pub struct BulkBlocks<'a> {
    pages: BulkFile<'a>,
    parts: BulkFile<'a>,
    rule: u16,
    layout: Layout,
    page: u32,
    maker: PageMaker,
}

/// What bulk files are written with.
pub struct BulkOptions {
    options: Vec<(Family, Options)>,
    folder: PathBuf,
    faults: Arc<Faults>,
}

impl Db {
    /// Where and how bulk files are written.
    pub fn bulk(&self) -> Result<BulkOptions> {
        let folder = self.path.join("load");
        std::fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
        let cache = Cache::new_lru_cache(1 << 20);
        let mut options: Vec<(Family, Options)> =
            Family::ALL.map(|family| (family, bulk_options(family, &cache, self.env.is_none()))).into();
        if let Some(env) = &self.env {
            options.iter_mut().for_each(|(_, options)| options.set_env(env));
        }
        Ok(BulkOptions { options, folder, faults: Arc::clone(&self.faults) })
    }

    /// Takes bulk files into the database; each family's must not overlap.
    pub fn ingest(&self, files: Vec<(Family, PathBuf)>) -> Result<()> {
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let _writing = self.roots_now().lock();
        self.roots_now().forget();
        self.writes.fetch_add(1, Ordering::AcqRel);
        for family in Family::ALL {
            let of_family: Vec<&PathBuf> =
                files.iter().filter(|(of, _)| *of == family).map(|(_, path)| path).collect();
            if !of_family.is_empty() {
                self.faults.write(|| {
                    self.db
                        .ingest_external_file_cf_opts(self.family(family), &options, of_family)
                        .map_err(|error| cannot("write to", &self.path, error))
                })?;
            }
        }
        let folder = self.path.join("load");
        std::fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))
    }
}

impl BulkOptions {
    /// Begins a file of `family`; `part` tells its files apart.
    pub fn file(&self, family: Family, part: usize) -> Result<BulkFile<'_>> {
        let path = self.folder.join(format!("{}-{part}.sst", family.name()));
        let (_, options) =
            self.options.iter().find(|(of, _)| *of == family).expect("every family has its options");
        let writer = SstFileWriter::create(options);
        writer.open(&path).map_err(|error| cannot("write to", &path, error))?;
        Ok(BulkFile { writer, family, path, rows: 0, faults: &self.faults })
    }

    /// Begins the files of the blocks of a rule, of which so many are whole ones.
    pub fn blocks(&self, rule: u16, rows: u64) -> Result<BulkBlocks<'_>> {
        let part = usize::from(rule);
        Ok(BulkBlocks {
            pages: self.file(Family::Roots, part)?,
            parts: self.file(Family::Blocks, part)?,
            rule,
            layout: Layout::for_rows(rows),
            page: 0,
            maker: PageMaker::default(),
        })
    }
}

impl BulkFile<'_> {
    /// Adds the next row.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.rows += 1;
        self.writer.put(key, value).map_err(|error| cannot("write to", &self.path, error))
    }

    /// Completes the file; `None` where it has no rows.
    pub fn finish(mut self) -> Result<Option<(Family, PathBuf)>> {
        if self.rows == 0 {
            drop(self.writer);
            let _ = std::fs::remove_file(&self.path);
            return Ok(None);
        }
        let Self { writer, path, faults, .. } = &mut self;
        faults.write(|| writer.finish().map_err(|error| cannot("write to", path, error)))?;
        Ok(Some((self.family, self.path)))
    }
}

impl BulkBlocks<'_> {
    /// Adds the next row of the rule.
    pub fn put(&mut self, path: &[u8], row: &[u8]) -> Result<()> {
        let Some(key) = root_key(path) else { return self.parts.put(path, row) };
        self.turn_to(key as u32)?;
        self.maker.push(key as u32, Held::new(Some(row)));
        Ok(())
    }

    /// As [`BulkBlocks::put`], of a whole block of one record.
    pub fn put_only(&mut self, hash: u32, number: u32) -> Result<()> {
        self.turn_to(hash)?;
        self.maker.push_only(hash, number);
        Ok(())
    }

    /// Goes on to the page of a hash.
    fn turn_to(&mut self, hash: u32) -> Result<()> {
        let page = page_of(self.layout.bits, hash);
        if page != self.page {
            self.put_page()?;
            self.page = page;
        }
        Ok(())
    }

    fn put_page(&mut self) -> Result<()> {
        if self.maker.is_empty() {
            return Ok(());
        }
        self.pages.put(&page_key(self.rule, self.layout.bits, self.page), &self.maker.finish())
    }

    /// Completes the files; none where there are no rows.
    pub fn finish(mut self) -> Result<Vec<(Family, PathBuf)>> {
        self.put_page()?;
        if self.pages.rows > 0 {
            self.pages.put(&layout_key(self.rule), &self.layout.encode())?;
        }
        Ok(self.pages.finish()?.into_iter().chain(self.parts.finish()?).collect())
    }
}
