//! Writes the pages of whole blocks, with changes and after them.

use super::{Db, Family, cannot};
use crate::error::Result;
use crate::store::blocks::Step;
use crate::store::roots::page_key;
use rocksdb::{FlushOptions, WriteBatch, WriteOptions};

impl Db {
    /// Works all changes of whole blocks into their pages.
    pub(super) fn fill_pages(&self) -> Result<()> {
        /// Pages that are written at once.
        const PAGES_TOGETHER: u64 = 1 << 12;
        let _writing = self.roots.lock();
        loop {
            if let Some(step) = self.end_due()? {
                let mut batch = WriteBatch::default();
                self.put_step(&mut batch, &step);
                self.write_batch(batch, false)?;
                self.roots.take(step);
            }
            match self.pages_left(PAGES_TOGETHER)? {
                None => return Ok(()),
                step => self.write_pages(step)?,
            }
        }
    }

    /// Writes pages past the log: until they are in files, the changes that they
    /// are made of are kept.
    pub(super) fn write_pages(&self, step: Option<Step>) -> Result<()> {
        let Some(step) = step else { return Ok(()) };
        let mut batch = WriteBatch::default();
        self.put_step(&mut batch, &step);
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        options.set_memtable_insert_hint_per_batch(true);
        let failed = |error| cannot("write to", &self.path, error);
        self.db.write_opt(batch, &options).map_err(failed)?;
        if step.is_last() {
            let mut options = FlushOptions::default();
            options.set_wait(true);
            self.db.flush_cf_opt(self.family(Family::Roots), &options).map_err(failed)?;
        }
        self.roots.take(step);
        Ok(())
    }

    pub(super) fn put_step(&self, batch: &mut WriteBatch, step: &Step) {
        for &(rule, bits) in &step.given_up {
            let (from, to) = (page_key(rule, bits, 0), page_key(rule, bits + 1, 0));
            batch.delete_range_cf(self.family(Family::Roots), &from[..], &to[..]);
        }
        for put in &step.puts {
            match &put.value {
                Some(value) => batch.put_cf(self.family(put.family), &put.key, value),
                None => batch.delete_cf(self.family(put.family), &put.key),
            }
        }
        if let Some(until) = step.until {
            let (from, to) = ([0; 8], until.to_be_bytes());
            batch.delete_range_cf(self.family(Family::Recent), &from[..], &to[..]);
        }
    }
}
