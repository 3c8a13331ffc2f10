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
    // Adding a half and cutting is `round`, which is a slow call on older
    // processors. The cast saturates, which no weight comes near.
    let digits = (f64::from(value.abs()) * scale as f64 + 0.5) as u64;
    if value < 0.0 && digits > 0 {
        out.push('-');
    } else if signed {
        out.push('+');
    }
    push_integer(out, digits / scale);
    if decimals > 0 {
        out.push('.');
        push_digits(out, digits % scale, decimals as usize);
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
        let millionths = (value * 1e6 + 0.5) as u64;
        push_integer(out, millionths / 1_000_000);
        out.push('.');
        push_digits(out, millionths % 1_000_000, 6);
    } else {
        out.push_str(&format!("{value:.*}", 6 + leading_zeros.min(40)));
    }
    let spelt = out.get(before..).unwrap_or_default();
    let kept = spelt.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(before + kept.max(1));
}

/// Appends a whole number.
pub fn push_integer(out: &mut String, value: u64) {
    let count = value.checked_ilog10().unwrap_or(0) as usize + 1;
    push_digits(out, value, count);
}

/// Appends the last `count` digits of `value`.
fn push_digits(out: &mut String, value: u64, count: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = value;
    let digits = digits.get_mut(..count).unwrap_or_default();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(digits).unwrap_or_default());
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
