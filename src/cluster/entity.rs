//! Records that a partition left alone, judged against whole clusters: what is
//! too little to be told by any one record may be enough beside all that a
//! cluster knows together. In rounds, since a cluster knows more with each
//! record that joins it; a round looks only at the clusters as it found them,
//! so the order of records decides nothing.

/// Joins lone records of a component to the cluster they belong to. `labels`
/// are as [`super::partition`] gives them, and stay so. `odds(record, members)`
/// are the log2 odds that the record is of the entity whose records these are;
/// `None` where it may not be. A record belongs to one entity at most, so each
/// that could be its own speaks against all others.
pub fn absorb(labels: &mut [usize], link_bits: f32, odds: impl Fn(usize, &[usize]) -> Option<f32>) {
    loop {
        let mut members = vec![Vec::new(); labels.len()];
        for (record, &label) in labels.iter().enumerate() {
            members[label].push(record);
        }
        let (entities, alone): (Vec<_>, Vec<_>) =
            members.iter().filter(|of| !of.is_empty()).partition(|of| of.len() > 1);
        let home = |record: usize| {
            let found = entities.iter().filter_map(|of| Some((odds(record, of)?, of[0])));
            let found: Vec<(f32, usize)> = found.collect();
            let best =
                found.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best })?;
            let others = found.iter().filter(|(_, entity)| *entity != best.1);
            let others: f64 = others.map(|(bits, _)| f64::from(*bits).exp2()).sum();
            (f64::from(best.0) - (1.0 + others).log2() >= f64::from(link_bits)).then_some((record, best.1))
        };
        let moves: Vec<(usize, usize)> = alone.iter().filter_map(|of| home(of[0])).collect();
        if moves.is_empty() {
            return;
        }
        moves.iter().for_each(|&(record, entity)| labels[record] = entity);
        // A cluster goes by its lowest record, which may be one that came.
        for &(record, entity) in &moves {
            if record < labels[entity] {
                let known = labels[entity];
                labels.iter_mut().filter(|label| **label == known).for_each(|label| *label = record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lone_record_joins_the_likelier_entity() {
        // 1 and 3 are one customer, 2 and 4 another; 0 is alone.
        let absorbed = |first: f32, second: Option<f32>| {
            let mut labels = vec![0, 1, 2, 1, 2];
            absorb(&mut labels, 1.0, |_, members| if members[0] == 1 { Some(first) } else { second });
            labels
        };
        assert_eq!(absorbed(2.0, Some(-3.0)), [0, 0, 2, 0, 2]);
        assert_eq!(absorbed(2.0, None), [0, 0, 2, 0, 2]);
        assert_eq!(absorbed(0.9, None), [0, 1, 2, 1, 2]);
        // It could be either's, so it is nobody's.
        assert_eq!(absorbed(4.0, Some(3.9)), [0, 1, 2, 1, 2]);
    }

    #[test]
    fn who_joins_tells_of_those_who_follow() {
        let mut labels = vec![0, 0, 2, 3];
        // 3 is known only beside 2.
        absorb(&mut labels, 1.0, |record, members| {
            Some(if record == 2 || members.contains(&2) { 5.0 } else { -5.0 })
        });
        assert_eq!(labels, [0, 0, 0, 0]);
        let mut labels = vec![0, 1, 2];
        absorb(&mut labels, 1.0, |_, _| Some(9.0));
        assert_eq!(labels, [0, 1, 2], "without an entity there is nothing to join");
    }

    proptest! {
        #[test]
        fn clusters_only_grow_and_records_in_another_order_give_the_same(
            odds in proptest::collection::vec(-4i8..8, 64), sizes in proptest::collection::vec(1usize..4, 2..5),
        ) {
            let partition: Vec<usize> = sizes.iter().enumerate().flat_map(|(cluster, &size)| vec![cluster; size]).collect();
            let size = partition.len();
            // Odds by what the records are, not by where they stand.
            let told = |record: usize, members: &mut dyn Iterator<Item = usize>| {
                members.map(|member| f32::from(odds[(record * 7 + member * 3) % 64])).sum::<f32>()
            };
            let run = |place: &dyn Fn(usize) -> usize| {
                let mut labels = vec![0; size];
                for (record, &cluster) in partition.iter().enumerate() {
                    let peers = (0..size).filter(|&other| partition[other] == cluster);
                    labels[place(record)] = peers.map(place).min().unwrap_or(0);
                }
                absorb(&mut labels, 1.0, |record, members| {
                    Some(told(place(record), &mut members.iter().map(|&member| place(member))))
                });
                (0..size).map(|record| (0..size).map(|other| labels[place(record)] == labels[place(other)]).collect()).collect::<Vec<Vec<bool>>>()
            };
            let forward = run(&|record| record);
            let backward = run(&|record| size - 1 - record);
            prop_assert_eq!(&forward, &backward);
            for (a, b) in (0..size).flat_map(|a| (0..size).map(move |b| (a, b))) {
                prop_assert!(partition[a] != partition[b] || forward[a][b]);
            }
        }
    }
}
