//! The candidate partners of a stretch of records at once, by going through all
//! blocks in order. [`Blocks::partners`] looks the blocks of each record up,
//! which is quicker while they are in memory; out of core each look-up would
//! wait for a page of its own.

use super::blocks::{Blocks, Partner};
use std::ops::Range;

/// The partners of the records at some places of an order.
pub struct Listed {
    /// Per place, the end of its partners.
    ends: Vec<usize>,
    /// As the blocks bring them, so that some are there more than once.
    partners: Vec<Partner>,
}

/// Partners that are listed at once, about: 128 MiB of them.
const LISTED: u64 = 16 << 20;

impl Listed {
    /// In how many stretches of like size to go through all records.
    pub fn stretches(blocks: &Blocks) -> usize {
        let pairs = (0..blocks.len()).map(|block| {
            let size = blocks.members(block).len() as u64;
            size * (size - 1) / 2
        });
        pairs.sum::<u64>().div_ceil(LISTED) as usize
    }

    /// Lists the partners of the records at `places`; `place_of` gives each
    /// record's place.
    pub fn new(blocks: &Blocks, place_of: &[u32], places: Range<u32>) -> Self {
        let size = places.len();
        let within = |record: u32| {
            let place = place_of[record as usize].wrapping_sub(places.start) as usize;
            (place < size).then_some(place)
        };
        // First how many each has, then which.
        let mut ends = vec![0; size + 1];
        for block in 0..blocks.len() {
            let members = blocks.members(block);
            for (at, &record) in members.iter().enumerate() {
                if let Some(place) = within(record) {
                    ends[place + 1] += members.len() - at - 1;
                }
            }
        }
        for place in 0..size {
            ends[place + 1] += ends[place];
        }
        let mut partners = vec![Partner::default(); ends[size]];
        for block in 0..blocks.len() {
            let members = blocks.members(block);
            for (at, &record) in members.iter().enumerate() {
                let Some(place) = within(record) else { continue };
                // What was the start of the place's partners ends as their end.
                for &later in &members[at + 1..] {
                    partners[ends[place]] = Partner::new(later, block as u32);
                    ends[place] += 1;
                }
            }
        }
        Self { ends, partners }
    }

    /// As [`Blocks::partners`], of the record at the stretch's place `at`.
    pub fn partners(&self, at: usize, found: &mut Vec<Partner>) {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        found.clear();
        found.extend_from_slice(&self.partners[start..self.ends[at]]);
        found.sort_unstable();
        found.dedup_by_key(|partner| partner.record());
    }
}
