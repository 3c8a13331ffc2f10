//! Turns weighed pairs into clusters. Not bare connected components: within a
//! component every pair is weighed, and the partition is the one on which the
//! evidence for and against agrees best (correlation clustering, Bansal, Blum &
//! Chawla 2004; greedy additive edge contraction, Keuper et al. 2015).

mod components;
mod correlation;

pub use components::{Component, Components, Edge, components};
pub use correlation::{NEVER, partition};
