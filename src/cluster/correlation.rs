//! Correlation clustering of one component: every pair has a signed weight, and
//! the partition seeks the greatest sum of weights inside clusters. Greedy
//! contraction of the heaviest edge, then moves of single records while they
//! gain. A record that two clusters attract about equally belongs to one of
//! them, nobody knows to which, and stays alone. Deterministic: ties go to the
//! lower record.

/// The weight of a pair that must never stand in one cluster.
pub const NEVER: f32 = -1.0e6;

/// Moves over all records at most.
const SWEEPS_MAX: usize = 20;
/// A pull beyond all evidence that a component can hold is a decision.
const DECIDED: f32 = 1.0e4;
/// What a move must gain to be worth making; below is rounding.
const GAIN_MIN: f32 = 1e-3;

/// Partitions `size` records numbered from 0; `weight(i, j)` with `i < j` in
/// bits, positive for together. Returns a label per record: the lowest record
/// of its cluster.
pub fn partition(size: usize, weight: impl Fn(usize, usize) -> f32) -> Vec<usize> {
    let mut weights = vec![0.0; size * size];
    for i in 0..size {
        for j in i + 1..size {
            let bits = weight(i, j);
            weights[i * size + j] = bits;
            weights[j * size + i] = bits;
        }
    }
    if size == 2 {
        return if weights[1] > 0.0 { vec![0, 0] } else { vec![0, 1] };
    }
    let mut labels = contract(size, weights.clone());
    // Who left does not come back, so this ends.
    let mut alone = vec![false; size];
    loop {
        improve(size, &weights, &mut labels, &alone);
        labels = canonical(&labels);
        let doubtful = doubtful(size, &weights, &labels, &alone);
        if doubtful.is_empty() {
            return labels;
        }
        for i in doubtful {
            leave(i, &mut labels);
            alone[i] = true;
        }
    }
}

/// What each cluster pulls record `i` with; records that stay alone pull nobody.
fn pulls(size: usize, weights: &[f32], labels: &[usize], alone: &[bool], i: usize) -> Vec<f32> {
    let mut pull = vec![0.0f32; size];
    for j in (0..size).filter(|&j| j != i && !alone[j]) {
        pull[labels[j]] += weights[i * size + j];
    }
    pull
}

/// The records that are not likelier in their cluster than in all others and
/// in none together: each is one customer's, so what speaks for another
/// cluster speaks against its own.
fn doubtful(size: usize, weights: &[f32], labels: &[usize], alone: &[bool]) -> Vec<usize> {
    let is_doubtful = |i: usize| {
        let mut pull = pulls(size, weights, labels, alone, i);
        let own = std::mem::take(&mut pull[labels[i]]);
        let others: f32 = pull.iter().filter(|&&sum| sum > 0.0).map(|sum| sum.exp2()).sum();
        others > 0.0 && own < DECIDED && own < (1.0 + others).log2()
    };
    (0..size).filter(|&i| !alone[i] && is_doubtful(i)).collect()
}

/// Takes record `i` out of its cluster; one that loses its first record goes
/// on under the next.
fn leave(i: usize, labels: &mut [usize]) {
    if let Some(next) = (i + 1..labels.len()).find(|&j| labels[j] == i) {
        labels.iter_mut().filter(|label| **label == i).for_each(|label| *label = next);
    }
    labels[i] = i;
}

/// Joins the two clusters with the heaviest positive sum between them until
/// none is left.
fn contract(size: usize, mut sums: Vec<f32>) -> Vec<usize> {
    let mut labels: Vec<usize> = (0..size).collect();
    let mut live: Vec<usize> = (0..size).collect();
    // The best partner of each live cluster among the later ones.
    let best_of = |sums: &[f32], live: &[usize], at: usize| -> (f32, usize) {
        let i = live[at];
        let later = live[at + 1..].iter().map(|&j| (sums[i * size + j], j));
        later.fold((0.0, usize::MAX), |best, next| if next.0 > best.0 { next } else { best })
    };
    let mut best: Vec<(f32, usize)> = (0..size).map(|at| best_of(&sums, &live, at)).collect();
    loop {
        let top = live.iter().copied().fold((0.0, usize::MAX), |top: (f32, usize), i| {
            if best[i].0 > top.0 { (best[i].0, i) } else { top }
        });
        let (i, j) = match top.1 {
            usize::MAX => return labels,
            i => (i, best[i].1),
        };
        labels.iter_mut().filter(|label| **label == j).for_each(|label| *label = i);
        live.retain(|&cluster| cluster != j);
        for &k in &live {
            if k != i {
                let sum = sums[i * size + k] + sums[j * size + k];
                sums[i * size + k] = sum;
                sums[k * size + i] = sum;
            }
        }
        for at in 0..live.len() {
            let k = live[at];
            if k <= j {
                best[k] = best_of(&sums, &live, at);
            }
        }
    }
}

/// Moves single records to the cluster, or out to one of their own, where they
/// gain most, until nothing gains; those in `alone` stay so.
fn improve(size: usize, weights: &[f32], labels: &mut [usize], alone: &[bool]) {
    for _ in 0..SWEEPS_MAX {
        let mut moved = false;
        for i in (0..size).filter(|&i| !alone[i]) {
            let pull = pulls(size, weights, labels, alone, i);
            let own = pull[labels[i]];
            let mut best = (own, labels[i]);
            for (cluster, &sum) in pull.iter().enumerate() {
                if sum > best.0 + GAIN_MIN && (0..size).any(|j| labels[j] == cluster && !alone[j]) {
                    best = (sum, cluster);
                }
            }
            if best.0 < -GAIN_MIN
                && let Some(empty) = (0..size).find(|cluster| !labels.contains(cluster))
            {
                best = (0.0, empty);
            }
            if best.1 != labels[i] {
                labels[i] = best.1;
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}

/// Labels each cluster by its lowest record.
fn canonical(labels: &[usize]) -> Vec<usize> {
    let mut first = vec![usize::MAX; labels.len()];
    labels
        .iter()
        .enumerate()
        .map(|(record, &label)| {
            first[label] = first[label].min(record);
            first[label]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn negative_evidence_outweighs_a_chain() {
        // 0–1 and 1–2 agree a little, 0–2 contradict each other strongly.
        let weight = |i, j| match (i, j) {
            (0, 1) => 3.0,
            (1, 2) => 2.0,
            _ => -8.0,
        };
        assert_eq!(partition(3, weight), [0, 0, 2]);
    }

    #[test]
    fn household_of_two_couples_stays_apart() {
        let weight = |i: usize, j: usize| if i / 3 == j / 3 { 4.0 } else { -2.0 };
        assert_eq!(partition(6, weight), [0, 0, 0, 3, 3, 3]);
    }

    #[test]
    fn a_record_between_two_clusters_stays_alone() {
        // 0 and 1 are one customer, 2 and 3 another, 4 could be either's.
        let between = |first: f32| {
            move |i: usize, j: usize| match (i, j) {
                (0, 1) | (2, 3) => 9.0,
                (0 | 1, 4) => first,
                (2 | 3, 4) => 1.0,
                _ => -9.0,
            }
        };
        assert_eq!(partition(5, between(1.1)), [0, 0, 2, 2, 4]);
        assert_eq!(partition(5, between(4.0)), [0, 0, 2, 2, 0]);
    }

    proptest! {
        #[test]
        fn never_pairs_stay_apart_and_no_single_move_gains(
            values in proptest::collection::vec(-9i8..9, 28), never in 0usize..28,
        ) {
            let size = 8;
            let at = |i: usize, j: usize| i * size - i * (i + 1) / 2 + j - i - 1;
            let weight = |i: usize, j: usize| if at(i, j) == never { NEVER } else { f32::from(values[at(i, j)]) };
            let labels = partition(size, weight);
            let both = |i: usize, j: usize| weight(i.min(j), i.max(j));
            let company = |i: usize| (0..size).any(|j| j != i && labels[j] == labels[i]);
            for i in (0..size).filter(|&i| company(i)) {
                let pull = |label: usize| (0..size).filter(|&j| j != i && labels[j] == label).map(|j| both(i, j)).sum::<f32>();
                let own = pull(labels[i]);
                prop_assert!(own >= -GAIN_MIN);
                for j in (0..size).filter(|&j| company(j)) {
                    prop_assert!(pull(labels[j]) <= own + GAIN_MIN);
                    if j > i && labels[i] == labels[j] {
                        prop_assert!(at(i, j) != never);
                    }
                }
            }
        }
    }
}
