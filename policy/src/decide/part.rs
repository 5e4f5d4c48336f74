//! The rows of one version of an activity for one service in one direction, with their policies.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::cedar::{Policies, Slice};
use crate::register::activity::ActivityVersion;
use crate::register::row::Row;
use crate::{Direction, Operation};

/// The parts of one version of an activity.
#[derive(Debug, Default)]
pub(super) struct Parts(HashMap<Direction, HashMap<Arc<str>, Part>>);

/// The rows for one service in one direction.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Indices into the version's rows.
    rows: Vec<usize>,
    /// The policies that can say something, by index of operation and of data group. Where no row is about the two,
    /// there are none: nothing can permit. So an activity with many rows costs no more than one with few.
    slices: HashMap<(u32, usize), Arc<Slice>>,
}

impl Parts {
    /// Sorts the rows of a version; `None` when a policy set cannot be made.
    pub(super) fn new(version: &ActivityVersion, policies: &Policies) -> Option<Parts> {
        let mut parts = Parts::default();
        for (index, row) in version.rows.iter().enumerate() {
            let services = parts.0.entry(row.direction).or_default();
            services
                .entry(row.service.clone())
                .or_default()
                .rows
                .push(index);
        }
        for part in parts.0.values_mut().flat_map(HashMap::values_mut) {
            part.slice(version, policies)?;
        }
        Some(parts)
    }

    /// The part for a service and direction.
    pub(super) fn part(&self, direction: Direction, service: &str) -> Option<&Part> {
        self.0.get(&direction)?.get(service)
    }
}

impl Part {
    /// The rows.
    pub(super) fn rows<'v>(&self, version: &'v ActivityVersion) -> Vec<&'v Row> {
        self.rows
            .iter()
            .filter_map(|index| version.rows.get(*index))
            .collect()
    }

    /// The policies that can say something about an operation and a data group.
    pub(super) fn slice_for(&self, operation: &Operation, group: usize) -> Option<&Slice> {
        self.slices
            .get(&(operation.0.index, group))
            .map(Arc::as_ref)
    }

    fn slice(&mut self, version: &ActivityVersion, policies: &Policies) -> Option<()> {
        let rows = self.rows(version);
        let mut made: BTreeMap<Vec<Arc<str>>, Arc<Slice>> = BTreeMap::new();
        for operation in rows.iter().flat_map(|row| &row.operations) {
            for group in operation.groups().indices() {
                let key = (operation.0.index, group);
                let of_both = |row: &&&Row| {
                    row.groups.contains(group)
                        && row
                            .operations
                            .iter()
                            .any(|known| known.0.index == operation.0.index)
                };
                let rows: Vec<&Row> = rows.iter().filter(of_both).copied().collect();
                if rows.is_empty() || self.slices.contains_key(&key) {
                    continue;
                }
                let selection = policies.about(operation, group, &rows);
                let slice = match made.get(selection.ids()) {
                    Some(slice) => slice.clone(),
                    None => Arc::new(selection.slice()?),
                };
                made.insert(selection.ids().to_vec(), slice.clone());
                self.slices.insert(key, slice);
            }
        }
        Some(())
    }
}
