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

/// Records held together by links, ascending; two or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub members: Vec<u32>,
    /// Cut out of a component that was too large.
    pub cut: bool,
}

/// All components, ordered by their first member.
#[derive(Debug, Clone, Default)]
pub struct Components {
    pub components: Vec<Component>,
    /// Sizes of the components that had to be cut, largest first.
    pub too_large: Vec<u32>,
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
    let mut result = Components::default();
    for members in forest.groups((0..records as u32).collect()) {
        if members.len() <= size_max {
            result.components.push(Component { members, cut: false });
        } else {
            result.too_large.push(members.len() as u32);
            cut(members, edges, threshold, size_max, &mut result.components);
        }
    }
    result.components.sort_by_key(|component| component.members[0]);
    result.too_large.sort_unstable_by(|a, b| b.cmp(a));
    result
}

/// Cuts one component by raising the threshold within it.
fn cut(members: Vec<u32>, edges: &[Edge], threshold: f32, size_max: usize, found: &mut Vec<Component>) {
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
            let members = part.iter().map(|&at| members[at as usize]).collect();
            found.push(Component { members, cut: true });
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
        open.extend(forest.groups(part).into_iter().map(|group| (group, bits)));
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

    /// The sets of two or more among `nodes`, which must be ascending.
    fn groups(&mut self, nodes: Vec<u32>) -> Vec<Vec<u32>> {
        let mut keyed: Vec<(u32, u32)> = nodes.into_iter().map(|node| (self.find(node), node)).collect();
        keyed.sort_unstable();
        let groups = keyed.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        groups.map(|group| group.iter().map(|&(_, node)| node).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_component_is_cut_at_its_weak_bridge() {
        let edge = |a, b, bits| Edge { a, b, bits };
        let edges = [edge(0, 1, 9.0), edge(1, 2, 9.0), edge(2, 3, 1.0), edge(3, 4, 9.0), edge(6, 7, 2.0)];
        let found = components(8, &edges, 0.5, 3);
        let members: Vec<_> = found.components.iter().map(|component| component.members.clone()).collect();
        assert_eq!(members, [vec![0, 1, 2], vec![3, 4], vec![6, 7]]);
        assert_eq!(found.too_large, [5]);
    }
}
