//! Feeds mutated inputs to the reader for a bounded time: it must neither
//! panic nor hang, and account for every row. `EINKLANG_FUZZ_SECONDS` sets the
//! time (2 seconds unless set); `fuzz/` holds the same check for a
//! coverage-guided fuzzer. The mutations are seeded, so a failure repeats.

use einklang::ingest::{self, Reader};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn mutated_inputs_never_make_it_panic() {
    let seconds =
        std::env::var("EINKLANG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let deadline = Instant::now() + Duration::from_secs_f64(seconds);
    let corpus = corpus();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut runs = 0_u64;
    while Instant::now() < deadline {
        let input = mutate(&corpus, &mut random);
        let outcome = std::panic::catch_unwind(|| check(&input));
        assert!(outcome.is_ok(), "run {runs} failed on these bytes: {input:?}");
        runs += 1;
    }
    assert!(runs > 10, "only {runs} inputs in {seconds} s");
}

fn check(bytes: &[u8]) {
    let path = Path::new("fuzzed.csv");
    let Ok(mut reader) = Reader::from_bytes(path, bytes.to_vec()) else { return };
    reader.set_block_bytes(64);
    let Ok((table, faults)) = ingest::read(reader, "fuzzed", path) else { return };
    let mut rows: Vec<u64> =
        table.row_numbers.iter().copied().chain(faults.iter().map(|fault| fault.row)).collect();
    rows.sort_unstable();
    assert!(rows.iter().copied().eq(1..=rows.len() as u64), "a row is lost or met twice");
    for column in &table.columns {
        assert_eq!(column.codes.len(), table.rows());
    }
}

/// Whole inputs of every format.
fn corpus() -> Vec<Vec<u8>> {
    let csv = "id;Vorname;Nachname;Straße\r\n1;Jürgen;\"Groß; geb. \"\"Klein\"\"\";Öl\n2;'x';\"a\nb\";\n"
        .as_bytes();
    let comma = b"name,mail\nIda,ida@x.de\n\"Uwe\",\"u,w@e.de\"\n".to_vec();
    let json = b"{\"a\":{\"b\":[1,\"x\",null]},\"c\":\"\\u00fc\"}\n{\"a\":[{\"d\":true}]}\n".to_vec();
    let text = String::from_utf8_lossy(csv);
    let utf16 = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin = text.chars().map(|char| char as u8).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(csv).expect("memory takes all bytes");
    let gzip = encoder.finish().expect("memory takes all bytes");
    let zstd = zstd::encode_all(csv, 1).expect("memory takes all bytes");
    vec![csv.to_vec(), comma, json, utf16, latin, gzip, zstd, b"sep=|\na|b\n1|2\n".to_vec()]
}

/// A corpus input with some bytes overwritten, inserted, removed or repeated.
fn mutate(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    const SPICE: &[u8] = b"\"\",;\t|\r\n\0'{}[]:\\\xff\xfe\xc3\xe4\xef\xbb\xbf ";
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(8) {
        let at = random.below(bytes.len() + 1);
        let spice = SPICE[random.below(SPICE.len())];
        match random.below(6) {
            0 => bytes.insert(at, spice),
            1 if at < bytes.len() => bytes[at] = spice,
            2 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            3 => bytes.truncate(at),
            4 => {
                let end = (at + random.below(40)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                bytes.splice(at..at, other[from..].iter().copied());
            }
        }
    }
    bytes
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
