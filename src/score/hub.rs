//! How many different people may hold one value before that is no chance any
//! more, judged from how many hold the other values of the same kind.
//!
//! The tail of such counts falls at least as slowly as a power law where values
//! are shared for a reason (families, blocks of flats), so a power law is laid
//! through the upper half of the counts and drawn out: a value is a hub where
//! the data would call for less than a hundredth of one like it. E-mail
//! addresses, which hardly anyone shares, so have a low bound, and addresses a
//! high one, without either being set by hand. (After Hill 1975, with the
//! exponent from two quantiles, which a few hubs cannot move.)

/// Values that hold the upper end of the line: so many and one in a thousand
/// may be hubs themselves without bending it.
const SUPPORT_MIN: usize = 30;
/// A value is a hub where fewer than so many like it would be expected.
const EXPECTED_MIN: f64 = 0.01;

/// The most people that a value is likely to have, given how many each value
/// has; sorts `people`. `None` where there are too few values to tell.
pub fn people_likely_max(people: &mut [u32]) -> Option<u32> {
    people.sort_unstable();
    let support = SUPPORT_MIN.max(people.len() / 1000);
    let middle = people.get(people.len() / 2).copied()?.max(1);
    // Fewer than `support` values have `upper` people or more.
    let upper = people.get(people.len().checked_sub(support)?)?.checked_add(1)?.max(middle + 1);
    let above_middle = people.len() - people.partition_point(|&count| count < middle);
    let fall = (above_middle as f64 / support as f64).ln() / (f64::from(upper) / f64::from(middle)).ln();
    if fall <= 0.0 {
        return None;
    }
    let bound = f64::from(upper) * (support as f64 / EXPECTED_MIN).powf(1.0 / fall);
    (bound < f64::from(u32::MAX)).then_some(bound.ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many values of so many people each.
    fn bound(counts: &[(usize, u32)]) -> Option<u32> {
        let mut people: Vec<u32> =
            counts.iter().flat_map(|&(values, people)| std::iter::repeat_n(people, values)).collect();
        people_likely_max(&mut people)
    }

    #[test]
    fn the_bound_follows_how_values_are_shared() {
        let personal = bound(&[(50_000, 1), (800, 2), (20, 3)]).expect("a bound");
        let shared =
            bound(&[(25_000, 1), (15_000, 2), (8_000, 3), (4_000, 4), (900, 6), (60, 12)]).expect("a bound");
        assert!(personal < 20 && shared > 60, "{personal} {shared}");
    }

    #[test]
    fn a_few_hubs_do_not_raise_it() {
        let without = bound(&[(50_000, 1), (800, 2)]);
        assert_eq!(bound(&[(50_000, 1), (800, 2), (20, 5_000)]), without);
    }

    #[test]
    fn few_values_tell_nothing() {
        assert_eq!(bound(&[(20, 1), (1, 500)]), None);
        assert_eq!(bound(&[]), None);
    }
}
