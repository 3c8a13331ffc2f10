//! Feeds mutated values to every normaliser for a bounded time: what
//! `fuzz/checks.rs` says of each must hold. `EINKLANG_FUZZ_SECONDS` sets the time
//! of all together (2 seconds unless set); `fuzz/` makes the same checks with a
//! coverage-guided fuzzer. The mutations are seeded, so a failure repeats.

#[path = "../fuzz/checks.rs"]
mod checks;

use std::time::{Duration, Instant};

/// How many tests share the time.
const TARGETS: u32 = 11;

#[test]
fn text() {
    fuzz(
        checks::text,
        &[
            "MÃ¼ller &amp; \u{301}\u{200b}½",
            "Größe  XL, Œuvre 42",
            "Иван Петров",
            "王小明",
            "k. A.",
            "Herr",
            "25-34",
        ],
    );
}

#[test]
fn person() {
    fuzz(
        checks::person,
        &[
            "Prof. Dr. med. Hans-Peter von der Heide jun., geb. Müller",
            "Müller, Hans und Eva (geb. Huber) III",
            "Hr. Dipl.-Ing. (FH) J.R. O'Neal-McDonald MBA",
            "Fam. MÜLLER Anna & Ben c/o Maier",
            "charles wakefield \"Charlie\" de la Cruz, 1st Baron",
        ],
    );
}

#[test]
fn organisation() {
    fuzz(
        checks::organisation,
        &[
            "Müller-Lüdenscheidt & Söhne GmbH & Co. KG i. L.",
            "A.D.A.C. e.V., Abt. Presse",
            "Kaleo Inc dba Cleo's, HRB 1234",
            "Schmidt UG (haftungsbeschränkt) + Partner mbB",
        ],
    );
}

#[test]
fn address() {
    fuzz(
        checks::address,
        &[
            "c/o Maier, Hauptstr. 12a-14, 3. OG, D-13353 Berlin-Mitte, Deutschland",
            "ACLU P.O. Box 11637 N165 W2123 Tartan Ct # 4 Washington, DC 20008—1234 USA",
            "Museo C. de Ruiz 23 28014 Madrid",
            "Wagramer Straße 12/3/Top 7, A-1220 Wien",
            "12 bis, rue du 4 Septembre, 75002 Paris",
            "Packstation 101, 12345678, 53113 Bonn",
        ],
    );
}

#[test]
fn place() {
    fuzz(
        checks::place,
        &[
            "D-13353 Berlin-Mitte",
            "SW1A 1AA",
            "Frankfurt (Oder) OT Booßen",
            "St. Gallen SG",
            "Neustadt a. d. Weinstraße",
            "1234 AB Den Haag",
            "Österreich / Austria",
            "N.Y.",
        ],
    );
}

#[test]
fn email() {
    fuzz(
        checks::email,
        &[
            "hans.mueller+x@web.de",
            "\"Eva Maier\" <eva@müller.de>; info@gmial.com",
            "mailto:a.b@googlemail.com.",
            "keine@keine.de",
            "E-Mail: anna o'neal@t-online.de",
        ],
    );
}

#[test]
fn phone() {
    fuzz(
        checks::phone,
        &[
            "+49 (0)171/3096863 ext. 12",
            "0049 30 / 12345678 oder 0664-1234567",
            "(810) 433-3532 x12",
            "1-800-FLOWERS",
            "０１７１ 3096863",
            "Tel.: 079 123 45 67 Durchwahl 3",
        ],
    );
}

#[test]
fn date() {
    fuzz(
        checks::date,
        &[
            "7. März 1980 T12:30",
            "1980-05-01T00:00:00Z",
            "01/05/80",
            "19800501",
            "29341",
            "May 1st, 1980",
            "00.00.1980",
        ],
    );
}

#[test]
fn identifier() {
    fuzz(
        checks::identifier,
        &[
            "DE89 3704 0044 0532 0130 00",
            "IBAN: AT61 1904 3002 3457 3201",
            "ATU 12345678",
            "CHE-123.456.789 MWST",
            "l-100 200.300",
            "DE 136 695 976",
        ],
    );
}

#[test]
fn website() {
    fuzz(
        checks::website,
        &[
            "https://www.müller.co.uk:80/x?y#z",
            "facebook.com/anna.maier",
            "@anna_maier",
            "https://www.linkedin.com/in/anna-maier/",
            "shop.xn--mller-kva.de",
        ],
    );
}

#[test]
fn phonetic() {
    fuzz(
        checks::phonetic,
        &["Müller-Lüdenscheidt", "Xanthippe", "Schwarzenegger", "Filipowicz", "Caesar", "王 x"],
    );
}

/// Checks mutated values of the corpus until this target's share of the time is
/// over.
fn fuzz(check: fn(&str), corpus: &[&str]) {
    let seconds =
        std::env::var("EINKLANG_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let deadline = Instant::now() + Duration::from_secs_f64(seconds) / TARGETS;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut runs = 0_u64;
    while runs < 10 || Instant::now() < deadline {
        let value = mutate(corpus, &mut random);
        let outcome = std::panic::catch_unwind(|| check(&value));
        assert!(outcome.is_ok(), "run {runs} failed on this value: {value:?}");
        runs += 1;
    }
}

/// One of the corpus's values with some characters or bytes overwritten,
/// inserted, removed or repeated; broken UTF-8 is read as the reader would.
fn mutate(corpus: &[&str], random: &mut Random) -> String {
    const SPICE: &[u8] = b" .,;-/()@+#&'\"0129aZ\xc3\xbc\xff\xe2\x80\x94\0\n";
    let mut bytes = corpus[random.below(corpus.len())].as_bytes().to_vec();
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
                let other = corpus[random.below(corpus.len())].as_bytes();
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
