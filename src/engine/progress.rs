//! How a run says where it is. The engine talks only through this, so that the
//! faces decide what is shown.

/// Hears of the stages of a run, from any thread.
pub trait Progress: Sync {
    /// A stage begins; `items` is how much it will work through, where known.
    fn begin(&self, stage: &'static str, items: Option<u64>);
    /// `items` more are done.
    fn advance(&self, items: u64);
    /// Something the user should read.
    fn note(&self, text: &str);
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: &'static str, _items: Option<u64>) {}
    fn advance(&self, _items: u64) {}
    fn note(&self, _text: &str) {}
}
