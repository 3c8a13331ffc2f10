//! What comparing one pair gave: a level per comparison, packed into 64 bits so
//! that equal vectors can be counted and weighed once.

use crate::rules::Level;

/// The most comparisons one model can hold.
pub const COMPARISONS_MAX: usize = 16;

/// Frequency classes that `Same` is split into: agreeing on a rare value says
/// more, and the model learns how much.
pub const FREQUENCY_CLASSES: usize = 10;

/// Four bits per comparison: a [`Level`] below `Same` as its number, `Same` as
/// 6 plus the agreed value's frequency class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Vector(pub u64);

/// One comparison's four bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grade(u8);

impl Grade {
    pub const COUNT: usize = 16;

    /// A level; for `Same` with the agreed value's frequency class.
    #[inline]
    pub fn new(level: Level, class: u8) -> Self {
        match level {
            Level::Same => Self(Level::Same as u8 + class.min(FREQUENCY_CLASSES as u8 - 1)),
            level => Self(level as u8),
        }
    }

    /// The grade of that number, below [`Grade::COUNT`].
    pub fn from_index(index: usize) -> Self {
        Self(index as u8 & 15)
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    #[inline]
    pub fn level(self) -> Level {
        Level::ALL[usize::from(self.0.min(Level::Same as u8))]
    }

    /// The frequency class, where the level is `Same`.
    #[inline]
    pub fn class(self) -> Option<u8> {
        self.0.checked_sub(Level::Same as u8)
    }
}

impl Vector {
    /// The grade of comparison number `at`.
    #[inline]
    pub fn grade(self, at: usize) -> Grade {
        Grade((self.0 >> (4 * at)) as u8 & 15)
    }

    /// Sets the grade of comparison number `at`, which must not be set yet.
    #[inline]
    pub fn set(&mut self, at: usize, grade: Grade) {
        debug_assert!(at < COMPARISONS_MAX && self.grade(at).0 == 0);
        self.0 |= u64::from(grade.0) << (4 * at);
    }
}

/// The frequency class of a value that `count` records hold.
#[inline]
pub fn frequency_class(count: u32) -> u8 {
    match count {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        9..=16 => 3,
        17..=32 => 4,
        33..=64 => 5,
        65..=256 => 6,
        257..=1024 => 7,
        1025..=8192 => 8,
        _ => 9,
    }
}
