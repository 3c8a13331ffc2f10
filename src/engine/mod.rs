//! Layer 4: drives the stages over whole inputs, on all threads. The only
//! module that names rayon.

pub mod load;
