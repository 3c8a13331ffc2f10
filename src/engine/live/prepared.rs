//! What of some operations can be worked out while those before them are still
//! being worked in: the records that come, normalised, and their keys. Both are
//! functions of a record and the model, so that nothing here reads the store.

use super::bundle::Bundle;
use super::intake::Intake;
use super::keys::{RecordKeys, keys_of};
use super::operation::Operation;
use crate::record::NormalRecords;
use std::sync::Arc;

/// Operations on their way into the graph, made ready under one model.
pub struct Prepared {
    bundle: Arc<Bundle>,
    /// Per operation, the place of the record that it brings.
    places: Vec<Option<u32>>,
    pub(super) records: NormalRecords,
    /// Per record, its blocks.
    keys: Vec<RecordKeys>,
}

impl Prepared {
    /// Makes operations ready under `bundle`.
    pub fn new(bundle: &Arc<Bundle>, operations: &[Operation]) -> Self {
        Self::of_some(bundle, operations, |_| true)
    }

    /// As [`Prepared::new`], of those at the places that `is_wanted` names.
    pub(super) fn of_some(
        bundle: &Arc<Bundle>,
        operations: &[Operation],
        is_wanted: impl Fn(usize) -> bool,
    ) -> Self {
        let comes = |at: &usize| operations.get(*at).is_some_and(|operation| operation.fields.is_some());
        let mut coming: Vec<usize> = (0..operations.len()).filter(|at| comes(at) && is_wanted(*at)).collect();
        let name = |at: &usize| operations.get(*at).map(|of| (of.source.as_str(), of.record_id.as_str()));
        coming.sort_by(|a, b| name(a).cmp(&name(b)));
        let mut places = vec![None; operations.len()];
        let mut intake = Intake::new(bundle);
        for (place, at) in coming.into_iter().enumerate() {
            let (Some(operation), Some(known)) = (operations.get(at), places.get_mut(at)) else { continue };
            let fields = operation.fields.iter().flatten();
            let fields = fields.map(|(column, value)| (column.as_str(), value.as_str()));
            // Which version it is only the store can say.
            intake.push(&operation.source, &operation.record_id, None, fields);
            *known = Some(place as u32);
        }
        let records = intake.finish();
        let keys = keys_of(bundle, &records);
        Self { bundle: Arc::clone(bundle), places, records, keys }
    }

    /// How many operations they are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether it was made ready under that very model.
    pub(super) fn is_under(&self, bundle: &Arc<Bundle>) -> bool {
        Arc::ptr_eq(&self.bundle, bundle)
    }

    /// The place of the record that an operation brings.
    pub(super) fn place(&self, operation: usize) -> Option<usize> {
        self.places.get(operation).copied().flatten().map(|place| place as usize)
    }

    /// The blocks of the record at that place.
    pub(super) fn keys(&self, place: usize) -> RecordKeys {
        self.keys.get(place).cloned().unwrap_or_default()
    }
}
