//! Numbers as the page shows them, readable in every language: narrow spaces
//! between thousands, and scales for charts.

/// `1 234 567`, with narrow no-break spaces.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// `12.3 %`; shares that are nearly none or all are said so.
pub fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "–".to_owned();
    }
    let share = part / whole * 100.0;
    match share {
        share if share > 0.0 && share < 0.05 => "< 0.1\u{a0}%".to_owned(),
        share if share > 99.95 && part < whole => "> 99.9\u{a0}%".to_owned(),
        share if share >= 99.95 || share == 0.0 => format!("{share:.0}\u{a0}%"),
        share => format!("{share:.1}\u{a0}%"),
    }
}

/// `1.2 M`, `34 k`: for axes.
pub fn short(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.1}\u{202f}G", n / 1e9),
        n if n >= 1e6 => format!("{:.1}\u{202f}M", n / 1e6),
        n if n >= 1e4 => format!("{:.0}\u{202f}k", n / 1e3),
        n if n >= 1e3 => format!("{:.1}\u{202f}k", n / 1e3),
        n => format!("{n:.0}"),
    }
}

/// Where `number` lies between 0 and the largest, on a scale that shows ones
/// beside millions.
pub fn log_share(number: u64, largest: u64) -> f64 {
    if number == 0 || largest == 0 {
        return 0.0;
    }
    ((number as f64).ln_1p() / (largest as f64).ln_1p()).clamp(0.02, 1.0)
}

/// A co-ordinate, short enough for a file that people may send by mail.
pub fn at(number: f64) -> String {
    let rounded = format!("{number:.1}");
    rounded.strip_suffix(".0").map_or(rounded.clone(), str::to_owned)
}

/// The colour of the source at that place: eight, then again.
pub fn hue(place: usize) -> String {
    format!("var(--s{})", place % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
        assert_eq!(percent(1.0, 3.0), "33.3\u{a0}%");
        assert_eq!(percent(1.0, 1e6), "< 0.1\u{a0}%");
        assert_eq!(percent(999_999.0, 1e6), "> 99.9\u{a0}%");
        assert_eq!(percent(0.0, 0.0), "–");
        assert_eq!(short(1_250_000.0), "1.2\u{202f}M");
        assert_eq!(at(3.04), "3");
    }
}
