//! Einklang finds the records of one customer in the exports of many channels
//! and merges them into golden customers, each link explained.
//!
//! `ARCHITECTURE.md` has the map; the modules stand here in layer order.

// Tests may unwrap and print.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

pub mod error;
pub mod judgement;
pub mod record;

pub mod rules;

pub mod normalise;
pub mod recognise;

pub mod ingest;
#[cfg(feature = "store")]
pub mod store;

pub mod blocking;
pub mod cluster;
pub mod compare;
pub mod score;
pub mod survivorship;

pub mod engine;

#[cfg(feature = "kafka")]
pub mod consume;
pub mod report;

#[cfg(feature = "serve")]
pub mod serve;

#[cfg(feature = "cli")]
pub mod cli;
