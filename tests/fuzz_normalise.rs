//! Feeds mutated bytes to every normaliser for a bounded time: none may panic,
//! and each comparison form must be tidy. `EINKLANG_FUZZ_SECONDS` sets the time
//! (2 seconds unless set); `fuzz/` holds the same check for a coverage-guided
//! fuzzer. The mutations are seeded, so a failure repeats.

use einklang::normalise::{Context, normalise, phonetic, text};
use einklang::record::Attribute;
use einklang::rules::DateOrder;
use std::time::{Duration, Instant};

#[test]
fn mutated_values_never_make_one_panic() {
    let seconds =
        std::env::var("EINKLANG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let deadline = Instant::now() + Duration::from_secs_f64(seconds);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut runs = 0_u64;
    while Instant::now() < deadline {
        let input = mutate(&mut random);
        let outcome = std::panic::catch_unwind(|| check(&input));
        assert!(outcome.is_ok(), "run {runs} failed on this value: {input:?}");
        runs += 1;
    }
    assert!(runs > 10, "only {runs} values in {seconds} s");
}

fn check(value: &str) {
    let clean = text::clean(value);
    assert_eq!(text::clean(&clean), clean, "cleaning twice differs");
    let folded = text::fold(value);
    assert!(folded.is_ascii() && folded.trim() == folded, "{folded:?} is not folded");
    phonetic::cologne(&folded);
    phonetic::double_metaphone(&folded);
    for (country, date_order) in [
        (None, DateOrder::Dmy),
        (Some("DE"), DateOrder::Ymd),
        (Some("US"), DateOrder::Mdy),
        (Some("é"), DateOrder::Dmy),
    ] {
        let context = Context { country, date_order, ..Context::default() };
        for &attribute in Attribute::ALL {
            let normal = normalise(attribute, value, &context);
            for part in &normal.parts {
                assert_eq!(part.canonical.trim_matches(' '), part.canonical, "{attribute:?}");
                assert!(normal.verdict.is_evidence() || part.canonical.is_empty(), "{attribute:?}");
            }
        }
    }
}

/// One of these values with some characters or bytes overwritten, inserted,
/// removed or repeated; broken UTF-8 is read as the reader would.
fn mutate(random: &mut Random) -> String {
    const CORPUS: &[&str] = &[
        "Prof. Dr. med. Hans-Peter von der Heide jun., geb. Müller",
        "Müller-Lüdenscheidt & Söhne GmbH & Co. KG i. L.",
        "hans.mueller+x@web.de",
        "+49 (0)171/3096863 ext. 12",
        "c/o Maier, Hauptstr. 12a-14, 3. OG, D-13353 Berlin-Mitte, Deutschland",
        "ACLU P.O. Box 11637 N165 W2123 Tartan Ct # 4 Washington, DC 20008—1234 USA",
        "Museo C. de Ruiz 23 28014 Madrid",
        "7. März 1980 T12:30",
        "DE89 3704 0044 0532 0130 00",
        "https://www.müller.co.uk/x",
        "Иван Петров",
        "王小明",
        "MÃ¼ller &amp; \u{301}\u{200b}½",
    ];
    const SPICE: &[u8] = b" .,;-/()@+#&'\"0129aZ\xc3\xbc\xff\xe2\x80\x94\0\n";
    let mut bytes = CORPUS[random.below(CORPUS.len())].as_bytes().to_vec();
    for _ in 0..random.below(10) {
        let at = random.below(bytes.len() + 1);
        let spice = SPICE[random.below(SPICE.len())];
        match random.below(6) {
            0 => bytes.insert(at, spice),
            1 if at < bytes.len() => bytes[at] = spice,
            2 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            3 => bytes.truncate(at),
            4 => {
                let end = (at + random.below(20)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let other = CORPUS[random.below(CORPUS.len())].as_bytes();
                let from = random.below(other.len());
                let to = (from + random.below(24)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Marsaglia's xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
