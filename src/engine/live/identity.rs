//! Which customer id each new cluster bears. On a merge the older customer
//! survives, on a split the part that holds most of the golden evidence keeps
//! the id; `docs/customer-ids.md` is the promise.

use crate::engine::customer_id::id_of_name;
use crate::store::{CustomerRow, Number};
use compact_str::CompactString;
use hashbrown::HashMap;

/// A customer as it was.
pub struct Former {
    pub id: CompactString,
    pub row: CustomerRow,
}

/// What becomes of some customers.
#[derive(Debug, PartialEq, Eq)]
pub struct Identities {
    /// Per new cluster: its id, where it is a former customer's.
    pub kept: Vec<Option<usize>>,
    /// Per new cluster: the other former customers that it takes in.
    pub merged: Vec<Vec<usize>>,
    /// Per former customer: the new clusters that hold a member of it.
    pub parts: Vec<Vec<usize>>,
}

/// Settles the identities of `clusters` (members in canonical order, clusters
/// in the order of their first member) that came of `former` customers.
pub fn settle(former: &[Former], clusters: &[Vec<Number>]) -> Identities {
    let cluster_of: HashMap<Number, usize> = clusters
        .iter()
        .enumerate()
        .flat_map(|(cluster, members)| members.iter().map(move |&member| (member, cluster)))
        .collect();
    let mut claims: Vec<Vec<usize>> = vec![Vec::new(); clusters.len()];
    let mut parts = Vec::with_capacity(former.len());
    for (at, customer) in former.iter().enumerate() {
        let mut evidence: HashMap<usize, (usize, usize)> = HashMap::new();
        for cluster in customer.row.members.iter().filter_map(|member| cluster_of.get(member)) {
            evidence.entry(*cluster).or_default().1 += 1;
        }
        for cluster in customer.row.golden.iter().filter_map(|golden| cluster_of.get(&golden.origin)) {
            evidence.entry(*cluster).or_default().0 += 1;
        }
        let heir = evidence.iter().max_by_key(|(cluster, held)| (**held, std::cmp::Reverse(**cluster)));
        if let Some((&heir, _)) = heir {
            claims[heir].push(at);
        }
        let mut of_customer: Vec<usize> = evidence.into_keys().collect();
        of_customer.sort_unstable();
        parts.push(of_customer);
    }
    let oldest =
        |claims: &Vec<usize>| claims.iter().copied().min_by_key(|&at| (former[at].row.born, &former[at].id));
    let kept: Vec<Option<usize>> = claims.iter().map(oldest).collect();
    let merged = claims
        .into_iter()
        .zip(&kept)
        .map(|(claims, kept)| claims.into_iter().filter(|at| Some(*at) != *kept).collect())
        .collect();
    Identities { kept, merged, parts }
}

/// An id that no customer has or had, for the one whose first record has that
/// name: the one that a batch would give, unless it is `taken`.
pub fn new_id<E>(
    source: &str,
    id: &str,
    mut taken: impl FnMut(&str) -> Result<bool, E>,
) -> Result<CompactString, E> {
    let mut again = 0;
    loop {
        let id: CompactString = id_of_name(source, id, again).into();
        if !taken(&id)? {
            return Ok(id);
        }
        again += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::GoldenValue;

    fn former(id: &str, born: u64, members: &[Number], origins: &[Number]) -> Former {
        let golden =
            origins.iter().map(|&origin| GoldenValue { field: 0, value: "x".into(), origin, pin: None });
        let row = CustomerRow { born, members: members.to_vec(), golden: golden.collect() };
        Former { id: id.into(), row }
    }

    #[test]
    fn the_older_survives_a_merge() {
        let former = [former("young", 9, &[1, 2], &[1]), former("old", 3, &[3], &[3])];
        let found = settle(&former, &[vec![1, 2, 3]]);
        assert_eq!((found.kept, found.merged), (vec![Some(1)], vec![vec![0]]));
    }

    #[test]
    fn the_golden_part_keeps_the_id_on_a_split() {
        let former = [former("whole", 1, &[1, 2, 3], &[3, 3, 1])];
        let found = settle(&former, &[vec![1, 2], vec![3]]);
        assert_eq!((found.kept, found.parts), (vec![None, Some(0)], vec![vec![0, 1]]));
    }

    #[test]
    fn who_lost_all_records_is_no_more() {
        let former = [former("gone", 1, &[1], &[1])];
        assert_eq!(settle(&former, &[]).parts, [Vec::<usize>::new()]);
    }
}
