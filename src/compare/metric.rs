//! String metrics over comparison forms. These are ASCII after folding, so the
//! metrics work on bytes, on the stack, without allocation; longer values are
//! cut at [`LENGTH_MAX`]. Deciding what a distance means is the comparators'.

/// Bytes of a value that the metrics look at; names and streets are shorter.
pub const LENGTH_MAX: usize = 64;

/// Jaro–Winkler similarity in 0..=1 (Winkler 1990), prefix scale 0.1 over at
/// most four bytes, without the long-string adjustment.
pub fn jaro_winkler(a: &str, b: &str) -> f32 {
    let (a, b) = (cut(a), cut(b));
    let jaro = jaro(a, b);
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    jaro + prefix as f32 * 0.1 * (1.0 - jaro)
}

/// Entries of the table that tells where in a text a byte stands.
const PLACES: usize = 32;

/// Jaro similarity in 0..=1 (Jaro 1989): one bit mask per side marks the
/// bytes that found a partner within the window.
fn jaro(a: &[u8], b: &[u8]) -> f32 {
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut places = [0u64; PLACES];
    for (j, &y) in b.iter().enumerate() {
        places[usize::from(y) % PLACES] |= 1 << j;
    }
    let (mut matched_a, mut matched_b) = (0u64, 0u64);
    for (i, &x) in a.iter().enumerate() {
        let end = (i + window + 1).min(b.len());
        let within = (u64::MAX << i.saturating_sub(window).min(63)) & (u64::MAX >> (LENGTH_MAX - end));
        let mut free = places[usize::from(x) % PLACES] & within & !matched_b;
        // A letter and a digit may share a place.
        while free != 0 {
            let j = free.trailing_zeros();
            if b[j as usize] == x {
                matched_a |= 1 << i;
                matched_b |= 1 << j;
                break;
            }
            free &= free - 1;
        }
    }
    let matches = matched_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let out_of_order = ones(matched_a).zip(ones(matched_b)).filter(|&(i, j)| a[i] != b[j]).count();
    let (m, transpositions) = (matches as f32, (out_of_order / 2) as f32);
    (m / a.len() as f32 + m / b.len() as f32 + (m - transpositions) / m) / 3.0
}

/// The places of the set bits, lowest first.
fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let place = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            place
        })
    })
}

/// Optimal string alignment distance (insert, delete, replace, swap of two
/// neighbours), or `None` where it exceeds `limit`. Only the diagonal band
/// that can stay within `limit` is computed.
pub fn edits(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (cut(a), cut(b));
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        let distance = a.len().max(b.len());
        return (distance <= limit).then_some(distance);
    }
    match (limit, a, b) {
        (0, ..) => None,
        // Both ends differ: one edit is a replaced byte or two swapped ones.
        (1, [_], [_]) => Some(1),
        (1, [a, b], [c, d]) if a == d && b == c => Some(1),
        (1, ..) => None,
        _ => banded(a, b, limit),
    }
}

fn banded(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    const FAR: u8 = LENGTH_MAX as u8 + 1;
    let mut rows = [[FAR; LENGTH_MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate().take(b.len().min(limit) + 1) {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        let (current, previous, before) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        let (start, end) = (i.saturating_sub(limit).max(1), (i + limit).min(b.len()));
        rows[current] = [FAR; LENGTH_MAX + 1];
        if i <= limit {
            rows[current][0] = i as u8;
        }
        let mut least = rows[current][0];
        for j in start..=end {
            let replaced = rows[previous][j - 1] + u8::from(a[i - 1] != b[j - 1]);
            let mut cell = replaced.min(rows[previous][j] + 1).min(rows[current][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(rows[before][j - 2] + 1);
            }
            rows[current][j] = cell;
            least = least.min(cell);
        }
        if usize::from(least) > limit {
            return None;
        }
    }
    let distance = usize::from(rows[a.len() % 3][b.len()]);
    (distance <= limit).then_some(distance)
}

fn cut(value: &str) -> &[u8] {
    let bytes = value.as_bytes();
    &bytes[..bytes.len().min(LENGTH_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_jaro_winkler_values() {
        for (a, b, expect) in [
            ("martha", "marhta", 0.9611),
            ("dwayne", "duane", 0.84),
            ("dixon", "dicksonx", 0.8133),
            ("", "", 1.0),
            ("a", "", 0.0),
        ] {
            assert!((jaro_winkler(a, b) - expect).abs() < 1e-3, "{a} {b} {}", jaro_winkler(a, b));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_strsim(a in "[a-e]{0,12}", b in "[a-e]{0,12}") {
            // `strsim` gives the prefix its due only from a similarity of 0.7 on.
            let jaro = strsim::jaro(&a, &b);
            let prefix = a.bytes().zip(b.bytes()).take(4).take_while(|(x, y)| x == y).count();
            let winkler = jaro + prefix as f64 * 0.1 * (1.0 - jaro);
            prop_assert!((f64::from(jaro_winkler(&a, &b)) - winkler).abs() < 1e-5);
            let expect = strsim::osa_distance(&a, &b);
            for limit in 0..4 {
                prop_assert_eq!(edits(&a, &b, limit), (expect <= limit).then_some(expect));
            }
        }
    }
}
