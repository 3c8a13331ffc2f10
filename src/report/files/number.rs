//! Spells numbers, the same on every machine and without allocating: the
//! evidence of a million links is some ten million of them.

/// Appends `value` with `decimals` digits behind the point, rounded half away
/// from zero; `signed` writes a plus as well.
pub fn push_fixed(out: &mut String, value: f32, decimals: u32, signed: bool) {
    if !value.is_finite() {
        out.push_str(match (value.is_nan(), value > 0.0) {
            (true, _) => "",
            (_, true) if signed => "+inf",
            (_, true) => "inf",
            _ => "-inf",
        });
        return;
    }
    let scale = 10_u64.pow(decimals);
    let scaled = (f64::from(value) * scale as f64).round();
    // Saturates, which no weight comes near.
    let digits = scaled.abs() as u64;
    if scaled < 0.0 {
        out.push('-');
    } else if signed {
        out.push('+');
    }
    push_integer(out, digits / scale);
    if decimals > 0 {
        out.push('.');
        let mut place = scale / 10;
        while place > 0 {
            out.push(digit(digits / place));
            place /= 10;
        }
    }
}

/// Appends a probability with up to six significant digits.
pub fn push_probability(out: &mut String, value: f32) {
    let value = f64::from(value);
    if !(0.0..=1.0).contains(&value) {
        return;
    }
    let leading_zeros = if value >= 0.1 || value == 0.0 { 0 } else { (-value.log10()).ceil() as usize - 1 };
    let before = out.len();
    if leading_zeros == 0 {
        let millionths = (value * 1e6).round() as u64;
        out.push(digit(millionths / 1_000_000));
        out.push('.');
        let mut place = 100_000;
        while place > 0 {
            out.push(digit(millionths / place));
            place /= 10;
        }
    } else {
        out.push_str(&format!("{value:.*}", 6 + leading_zeros.min(40)));
    }
    let spelt = out.get(before..).unwrap_or_default();
    let kept = spelt.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(before + kept.max(1));
}

/// Appends a whole number.
pub fn push_integer(out: &mut String, value: u64) {
    let mut place = 1;
    while value / place >= 10 {
        place *= 10;
    }
    while place > 0 {
        out.push(digit(value / place));
        place /= 10;
    }
}

/// The last digit of `value`.
fn digit(value: u64) -> char {
    char::from(b'0' + (value % 10) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_numbers_are_rounded_and_signed() {
        let spell = |value, decimals, signed| {
            let mut out = String::new();
            push_fixed(&mut out, value, decimals, signed);
            out
        };
        assert_eq!(spell(9.25, 1, true), "+9.3");
        assert_eq!(spell(-0.004, 2, false), "0.00");
        assert_eq!(spell(-12.345, 2, false), "-12.35");
        assert_eq!(spell(1234.5, 0, false), "1235");
        assert_eq!(spell(f32::INFINITY, 2, false), "inf");
        assert_eq!(spell(f32::NEG_INFINITY, 1, true), "-inf");
        assert_eq!(spell(0.0, 2, true), "+0.00");
    }

    #[test]
    fn probabilities_have_six_significant_digits() {
        let spell = |value| {
            let mut out = String::new();
            push_probability(&mut out, value);
            out
        };
        assert_eq!(spell(0.0), "0");
        assert_eq!(spell(1.0), "1");
        assert_eq!(spell(0.5), "0.5");
        assert_eq!(spell(0.123_456_78), "0.123457");
        assert_eq!(spell(0.001_234_567_8), "0.00123457");
        assert_eq!(spell(0.999_999_9), "1");
        assert_eq!(spell(f32::NAN), "");
    }
}
