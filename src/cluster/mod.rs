//! Turns weighed pairs into clusters. Not bare connected components: within a
//! component every pair is weighed, and the partition is the one on which the
//! evidence for and against agrees best (correlation clustering, Bansal, Blum &
//! Chawla 2004; greedy additive edge contraction, Keuper et al. 2015). Records
//! left alone are then judged against whole clusters.

mod components;
mod correlation;
mod entity;

pub use components::{Components, Edge, components};
pub use correlation::{NEVER, partition};
pub use entity::absorb;
