//! Feeds damaged rule files to the reader for a bounded time: it must not
//! panic, and every fault must have a place within the text.
//! `EINKLANG_FUZZ_SECONDS` sets the time (2 seconds unless set); `fuzz/` holds
//! the same check for a coverage-guided fuzzer. The damage is seeded, so a
//! failure repeats.

use einklang::rules;
use std::path::Path;
use std::time::{Duration, Instant};

const CORPUS: &[&str] = &[
    include_str!("../rules/customers-dach.toml"),
    include_str!("../rules/customers-international.toml"),
    include_str!("../rules/companies.toml"),
    include_str!("../rules/strict.toml"),
    "[[column]]\nsource = \"crm\"\ncolumn = \"Größe\"\nis = \"text\"\nlabel = \"groesse\"\n",
];

/// Pieces that TOML and the two small languages care about.
const SPICE: &[&str] = &[
    "\"", "'", "\"\"\"", "[", "]]", "{", "}", "=", "\n", "#", "+", "(", ")", ",", " and ", " is ",
    "at least", "ä", "\u{0}", "1e999", "-", "nan", "\\u00e4", "\u{feff}", "\r", "true",
];

#[test]
fn damaged_rule_files_never_make_it_panic() {
    let seconds =
        std::env::var("EINKLANG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let deadline = Instant::now() + Duration::from_secs_f64(seconds);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut runs = 0_u64;
    while Instant::now() < deadline {
        let text = damaged(&mut random);
        let outcome = std::panic::catch_unwind(|| check(&text));
        assert!(outcome.is_ok(), "run {runs} failed on this text: {text:?}");
        runs += 1;
    }
    assert!(runs > 10, "only {runs} texts in {seconds} s");
}

fn check(text: &str) {
    match rules::parse(text, Path::new("fuzzed.toml")) {
        Ok(rules) => {
            let again = rules::parse(&rules::write(&rules, &[]), Path::new("written.toml"));
            assert_eq!(again.as_ref(), Ok(&rules), "what is written reads otherwise");
        }
        Err(faults) => {
            assert!(faults.count() > 0);
            for fault in faults.iter() {
                let (line, column) = faults.place(fault);
                assert!(line >= 1 && column >= 1 && line <= text.split('\n').count());
            }
            for color in [false, true] {
                let shown = faults.render(color);
                assert!(shown.matches("error").count() >= faults.count(), "a fault is not shown: {shown}");
            }
        }
    }
}

fn damaged(random: &mut Random) -> String {
    if random.below(8) == 0 {
        // Nothing but pieces, so that the reader meets texts unlike any sound one.
        return (0..random.below(30)).map(|_| SPICE[random.below(SPICE.len())]).collect();
    }
    let mut text: Vec<char> = CORPUS[random.below(CORPUS.len())].chars().collect();
    for _ in 0..=random.below(6) {
        let at = random.below(text.len() + 1);
        match random.below(3) {
            0 => {
                let end = (at + random.below(24)).min(text.len());
                text.drain(at..end);
            }
            1 => {
                let piece: Vec<char> = SPICE[random.below(SPICE.len())].chars().collect();
                text.splice(at..at, piece);
            }
            _ => {
                let end = (at + random.below(40)).min(text.len());
                let piece: Vec<char> = text[at..end].to_vec();
                text.splice(at..at, piece);
            }
        }
    }
    text.into_iter().collect()
}

/// Marsaglia's xorshift: small, seeded, good enough to damage texts.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
