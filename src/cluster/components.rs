//! Connected components over linked pairs. A component too large to be weighed
//! whole is cut at its weakest links first, and says so.

/// A linked pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pub a: u32,
    pub b: u32,
    /// log2 odds of match.
    pub bits: f32,
}

/// All components of two records or more, ordered by their first member.
#[derive(Debug, Clone, Default)]
pub struct Components {
    /// The members of one component after the other, each ascending.
    members: Vec<u32>,
    /// Where each component ends.
    ends: Vec<u32>,
    /// Sizes of the components that had to be cut, largest first.
    pub too_large: Vec<u32>,
}

impl Components {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The members of a component.
    pub fn of(&self, component: usize) -> &[u32] {
        let start = component.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.members[start as usize..self.ends[component] as usize]
    }

    /// All members, component by component.
    pub fn members(&self) -> &[u32] {
        &self.members
    }

    fn push(&mut self, members: &[u32]) {
        self.members.extend_from_slice(members);
        self.ends.push(self.members.len() as u32);
    }
}

/// How much stronger a link must be, in bits, at each attempt to cut.
const CUT_STEP: f32 = 1.0;

/// Groups `records` records by `edges` with at least `threshold` bits.
/// Components of more than `size_max` records lose their weakest links until
/// they fall apart; one that does not, being held together by equally strong
/// links, is left whole.
pub fn components(records: usize, edges: &[Edge], threshold: f32, size_max: usize) -> Components {
    let mut forest = Forest::new(records);
    for edge in edges.iter().filter(|edge| edge.bits >= threshold) {
        forest.join(edge.a, edge.b);
    }
    let whole = forest.groups();
    let large = (0..whole.len()).filter(|&at| whole.of(at).len() > size_max);
    let mut cut_out: Vec<Vec<u32>> = Vec::new();
    large.clone().for_each(|at| cut(whole.of(at), edges, threshold, size_max, &mut cut_out));
    if cut_out.is_empty() {
        return whole;
    }
    cut_out.sort_unstable();
    let mut result = Components::default();
    result.too_large.extend(large.map(|at| whole.of(at).len() as u32));
    result.too_large.sort_unstable_by(|a, b| b.cmp(a));
    let mut cut_out = cut_out.iter().peekable();
    for members in (0..whole.len()).map(|at| whole.of(at)).filter(|members| members.len() <= size_max) {
        while let Some(before) = cut_out.next_if(|part| part.first() < members.first()) {
            result.push(before);
        }
        result.push(members);
    }
    cut_out.for_each(|part| result.push(part));
    result
}

/// Cuts one component by raising the threshold within it.
fn cut(members: &[u32], edges: &[Edge], threshold: f32, size_max: usize, found: &mut Vec<Vec<u32>>) {
    let place: hashbrown::HashMap<u32, u32> =
        members.iter().enumerate().map(|(at, &record)| (record, at as u32)).collect();
    let inner: Vec<Edge> = edges
        .iter()
        .filter(|edge| edge.bits >= threshold)
        .filter_map(|edge| {
            let (a, b) = (*place.get(&edge.a)?, *place.get(&edge.b)?);
            Some(Edge { a, b, bits: edge.bits })
        })
        .collect();
    let strongest = inner.iter().map(|edge| edge.bits).fold(f32::MIN, f32::max);
    let mut open = vec![((0..members.len() as u32).collect::<Vec<u32>>(), threshold)];
    while let Some((part, bits)) = open.pop() {
        if part.len() <= size_max || bits > strongest {
            found.push(part.iter().map(|&at| members[at as usize]).collect());
            continue;
        }
        let bits = bits + CUT_STEP;
        let mut forest = Forest::new(members.len());
        let inside = inside(&part, members.len());
        for edge in inner
            .iter()
            .filter(|edge| edge.bits >= bits && inside[edge.a as usize] && inside[edge.b as usize])
        {
            forest.join(edge.a, edge.b);
        }
        let groups = forest.groups();
        open.extend((0..groups.len()).map(|at| (groups.of(at).to_vec(), bits)));
    }
}

fn inside(part: &[u32], size: usize) -> Vec<bool> {
    let mut inside = vec![false; size];
    part.iter().for_each(|&at| inside[at as usize] = true);
    inside
}

/// Disjoint sets with path halving; the smaller number leads.
struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    fn new(size: usize) -> Self {
        Self { parent: (0..size as u32).collect() }
    }

    fn find(&mut self, mut node: u32) -> u32 {
        while self.parent[node as usize] != node {
            let grandparent = self.parent[self.parent[node as usize] as usize];
            self.parent[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// The sets of two or more. Since the smallest number leads a set, they are
    /// counted and filled in the order of their numbers.
    fn groups(&mut self) -> Components {
        const ALONE: u32 = u32::MAX;
        let nodes = self.parent.len();
        let mut places = vec![0; nodes];
        for node in 0..nodes {
            let leader = self.find(node as u32);
            self.parent[node] = leader;
            places[leader as usize] += 1;
        }
        let mut found = Components::default();
        let mut end = 0;
        // From now on where the next member of the set goes that a node leads.
        for place in &mut places {
            let size = std::mem::replace(place, ALONE);
            if size > 1 {
                *place = end;
                end += size;
                found.ends.push(end);
            }
        }
        found.members = vec![0; end as usize];
        for (node, &leader) in self.parent.iter().enumerate() {
            let place = &mut places[leader as usize];
            if *place != ALONE {
                found.members[*place as usize] = node as u32;
                *place += 1;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_their_first_member_does() {
        let edge = |a, b, bits| Edge { a, b, bits };
        let chain = [edge(0, 2, 9.0), edge(2, 5, 1.0), edge(5, 6, 9.0), edge(6, 8, 1.0), edge(8, 9, 9.0)];
        let edges = [&chain[..], &[edge(1, 7, 2.0), edge(10, 11, 0.1)]].concat();
        let found = components(12, &edges, 0.5, 3);
        let members: Vec<&[u32]> = (0..found.len()).map(|at| found.of(at)).collect();
        assert_eq!(members, [&[0, 2][..], &[1, 7], &[5, 6], &[8, 9]]);
        assert_eq!(found.members(), [0, 2, 1, 7, 5, 6, 8, 9]);
        assert_eq!(found.too_large, [6]);
    }

    #[test]
    fn a_large_component_is_cut_at_its_weak_bridge() {
        let edge = |a, b, bits| Edge { a, b, bits };
        let edges = [edge(0, 1, 9.0), edge(1, 2, 9.0), edge(2, 3, 1.0), edge(3, 4, 9.0), edge(6, 7, 2.0)];
        let found = components(8, &edges, 0.5, 3);
        let members: Vec<&[u32]> = (0..found.len()).map(|at| found.of(at)).collect();
        assert_eq!(members, [&[0, 1, 2][..], &[3, 4], &[6, 7]]);
        assert_eq!(found.too_large, [5]);
    }
}
