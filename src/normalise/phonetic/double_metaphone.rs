//! Double Metaphone: Lawrence Philips, "The Double Metaphone Search
//! Algorithm", C/C++ Users Journal 18(6), June 2000. The rules are the
//! article's; each letter has its own function.

use compact_str::CompactString;

/// Longer keys part what sounds alike at its start.
const CODE_LENGTH_MAX: usize = 6;

/// The primary key of folded text.
pub fn double_metaphone(folded: &str) -> CompactString {
    double_metaphone_both(folded).0
}

/// The primary and the alternate key; equal for most words.
pub fn double_metaphone_both(folded: &str) -> (CompactString, CompactString) {
    let word: smallvec::SmallVec<[u8; 32]> = folded.bytes().map(|byte| byte.to_ascii_uppercase()).collect();
    let mut coder =
        Coder { word: &word, at: 0, primary: CompactString::default(), alternate: CompactString::default() };
    coder.skip_silent_start();
    while coder.at < word.len()
        && (coder.primary.len() < CODE_LENGTH_MAX || coder.alternate.len() < CODE_LENGTH_MAX)
    {
        let step = coder.letter();
        coder.at += step;
    }
    coder.primary.truncate(CODE_LENGTH_MAX);
    coder.alternate.truncate(CODE_LENGTH_MAX);
    (coder.primary, coder.alternate)
}

struct Coder<'a> {
    word: &'a [u8],
    at: usize,
    primary: CompactString,
    alternate: CompactString,
}

impl Coder<'_> {
    /// The letter `offset` places from the present one, 0 outside the word.
    fn near(&self, offset: isize) -> u8 {
        self.at.checked_add_signed(offset).and_then(|at| self.word.get(at)).copied().unwrap_or(0)
    }

    /// Whether one of `texts` stands `offset` places from the present letter.
    fn has(&self, offset: isize, texts: &[&str]) -> bool {
        let Some(from) = self.at.checked_add_signed(offset).and_then(|at| self.word.get(at..)) else {
            return false;
        };
        texts.iter().any(|text| from.starts_with(text.as_bytes()))
    }

    fn begins(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.word.starts_with(text.as_bytes()))
    }

    fn is_last(&self) -> bool {
        self.at + 1 == self.word.len()
    }

    fn slavo_germanic(&self) -> bool {
        self.word.iter().any(|letter| matches!(letter, b'W' | b'K'))
            || self.word.windows(2).any(|pair| pair == b"CZ")
    }

    /// Words of German or Dutch look, in which `ch` and `g` are hard.
    fn germanic(&self) -> bool {
        self.begins(&["VAN ", "VON ", "SCH"])
    }

    fn both(&mut self, code: &str) {
        self.either(code, code);
    }

    fn either(&mut self, primary: &str, alternate: &str) {
        self.primary.push_str(primary);
        self.alternate.push_str(alternate);
    }

    fn skip_silent_start(&mut self) {
        if self.begins(&["GN", "KN", "PN", "WR", "PS"]) {
            self.at = 1;
        }
    }

    /// Two letters where the next is one of `same`, else one.
    fn step_over(&self, same: &[u8]) -> usize {
        if same.contains(&self.near(1)) { 2 } else { 1 }
    }

    /// Codes the present letter and gives how far to go on.
    fn letter(&mut self) -> usize {
        match self.near(0) {
            b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' => {
                if self.at == 0 {
                    self.both("A");
                }
                1
            }
            b'B' => self.plain("P", b"B"),
            b'C' => self.c(),
            b'D' => self.d(),
            b'F' => self.plain("F", b"F"),
            b'G' => self.g(),
            b'H' => self.h(),
            b'J' => self.j(),
            b'K' => self.plain("K", b"K"),
            b'L' => self.l(),
            b'M' => self.m(),
            b'N' => self.plain("N", b"N"),
            b'P' => self.p(),
            b'Q' => self.plain("K", b"Q"),
            b'R' => self.r(),
            b'S' => self.s(),
            b'T' => self.t(),
            b'V' => self.plain("F", b"V"),
            b'W' => self.w(),
            b'X' => self.x(),
            b'Z' => self.z(),
            _ => 1,
        }
    }

    fn plain(&mut self, code: &str, doubled: &[u8]) -> usize {
        self.both(code);
        self.step_over(doubled)
    }

    fn c(&mut self) -> usize {
        if self.is_hard_germanic_ch() {
            self.both("K");
            2
        } else if self.at == 0 && self.has(0, &["CAESAR"]) {
            self.both("S");
            2
        } else if self.has(0, &["CH"]) {
            self.ch()
        } else if self.has(0, &["CZ"]) && !self.has(-2, &["WICZ"]) {
            self.either("S", "X");
            2
        } else if self.has(1, &["CIA"]) {
            self.both("X");
            3
        } else if self.has(0, &["CC"]) && !(self.at == 1 && self.near(-1) == b'M') {
            self.cc()
        } else if self.has(0, &["CK", "CG", "CQ"]) {
            self.both("K");
            2
        } else if self.has(0, &["CI", "CE", "CY"]) {
            let alternate = if self.has(0, &["CIO", "CIE", "CIA"]) { "X" } else { "S" };
            self.either("S", alternate);
            2
        } else {
            self.both("K");
            if self.has(1, &[" C", " Q", " G"]) {
                3
            } else if matches!(self.near(1), b'C' | b'K' | b'Q') && !self.has(1, &["CE", "CI"]) {
                2
            } else {
                1
            }
        }
    }

    /// `bacher`, `macher`, and `ach` after a consonant.
    fn is_hard_germanic_ch(&self) -> bool {
        if self.has(0, &["CHIA"]) {
            return true;
        }
        self.at > 1
            && !is_vowel(self.near(-2))
            && self.has(-1, &["ACH"])
            && (!matches!(self.near(2), b'I' | b'E') || self.has(-2, &["BACHER", "MACHER"]))
    }

    fn ch(&mut self) -> usize {
        let greek = self.at == 0
            && self.has(1, &["HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM"])
            && !self.begins(&["CHORE"]);
        let hard_after =
            matches!(self.near(2), b'L' | b'R' | b'N' | b'M' | b'B' | b'H' | b'F' | b'V' | b'W' | b' ')
                || self.at + 2 == self.word.len();
        let hard = self.germanic()
            || self.has(-2, &["ORCHES", "ARCHIT", "ORCHID"])
            || matches!(self.near(2), b'T' | b'S')
            || (self.at == 0 || matches!(self.near(-1), b'A' | b'O' | b'U' | b'E')) && hard_after;
        if self.at > 0 && self.has(0, &["CHAE"]) {
            self.either("K", "X");
        } else if greek || hard {
            self.both("K");
        } else if self.at == 0 {
            self.both("X");
        } else if self.begins(&["MC"]) {
            self.both("K");
        } else {
            self.either("X", "K");
        }
        2
    }

    fn cc(&mut self) -> usize {
        if matches!(self.near(2), b'I' | b'E' | b'H') && !self.has(2, &["HU"]) {
            let apart = self.at == 1 && self.near(-1) == b'A' || self.has(-1, &["UCCEE", "UCCES"]);
            self.both(if apart { "KS" } else { "X" });
            return 3;
        }
        self.both("K");
        2
    }

    fn d(&mut self) -> usize {
        if self.has(0, &["DG"]) {
            if matches!(self.near(2), b'I' | b'E' | b'Y') {
                self.both("J");
                return 3;
            }
            self.both("TK");
            return 2;
        }
        self.both("T");
        self.step_over(b"TD")
    }

    fn g(&mut self) -> usize {
        let next = self.near(1);
        if next == b'H' {
            return self.gh();
        }
        if next == b'N' {
            let slavo = self.slavo_germanic();
            if self.at == 1 && is_vowel(self.near(-1)) && !slavo {
                self.either("KN", "N");
            } else if !self.has(2, &["EY"]) && !slavo {
                self.either("N", "KN");
            } else {
                self.both("KN");
            }
            2
        } else if self.has(1, &["LI"]) && !self.slavo_germanic() {
            self.either("KL", "L");
            2
        } else if self.is_soft_or_hard_g() {
            self.either("K", "J");
            2
        } else if matches!(next, b'E' | b'I' | b'Y') || self.has(-1, &["AGGI", "OGGI"]) {
            if self.germanic() || self.has(1, &["ET"]) {
                self.both("K");
            } else if self.has(1, &["IER"]) {
                self.both("J");
            } else {
                self.either("J", "K");
            }
            2
        } else {
            self.plain("K", b"G")
        }
    }

    /// `ges`, `gie` at the start, and `ger` or `gy` later on.
    fn is_soft_or_hard_g(&self) -> bool {
        let opens = self.at == 0
            && (self.near(1) == b'Y'
                || self.has(1, &["ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"]));
        opens
            || (self.has(1, &["ER"]) || self.near(1) == b'Y')
                && !self.begins(&["DANGER", "RANGER", "MANGER"])
                && !matches!(self.near(-1), b'E' | b'I')
                && !self.has(-1, &["RGY", "OGY"])
    }

    fn gh(&mut self) -> usize {
        if self.at > 0 && !is_vowel(self.near(-1)) {
            self.both("K");
        } else if self.at == 0 {
            self.both(if self.near(2) == b'I' { "J" } else { "K" });
        } else if matches!(self.near(-2), b'B' | b'H' | b'D')
            || matches!(self.near(-3), b'B' | b'H' | b'D')
            || matches!(self.near(-4), b'B' | b'H')
        {
            // Silent: `Hugh`, `bough`.
        } else if self.near(-1) == b'U' && matches!(self.near(-3), b'C' | b'G' | b'L' | b'R' | b'T') {
            self.both("F");
        } else if self.near(-1) != b'I' {
            self.both("K");
        }
        2
    }

    fn h(&mut self) -> usize {
        if (self.at == 0 || is_vowel(self.near(-1))) && is_vowel(self.near(1)) {
            self.both("H");
            return 2;
        }
        1
    }

    fn j(&mut self) -> usize {
        if self.has(0, &["JOSE"]) || self.begins(&["SAN "]) {
            let spanish =
                self.at == 0 && self.near(4) == b' ' || self.word.len() == 4 || self.begins(&["SAN "]);
            if spanish {
                self.both("H");
            } else {
                self.either("J", "H");
            }
            return 1;
        }
        if self.at == 0 {
            self.either("J", "A");
        } else if is_vowel(self.near(-1)) && !self.slavo_germanic() && matches!(self.near(1), b'A' | b'O') {
            self.either("J", "H");
        } else if self.is_last() {
            self.either("J", "");
        } else if !matches!(self.near(1), b'L' | b'T' | b'K' | b'S' | b'N' | b'M' | b'B' | b'Z')
            && !matches!(self.near(-1), b'S' | b'K' | b'L')
        {
            self.both("J");
        }
        self.step_over(b"J")
    }

    fn l(&mut self) -> usize {
        if self.near(1) != b'L' {
            self.both("L");
            return 1;
        }
        let ends = |texts: &[&str]| texts.iter().any(|text| self.word.ends_with(text.as_bytes()));
        let spanish = self.at + 3 == self.word.len() && self.has(-1, &["ILLO", "ILLA", "ALLE"])
            || ends(&["AS", "OS", "A", "O"]) && self.has(-1, &["ALLE"]);
        self.either("L", if spanish { "" } else { "L" });
        2
    }

    fn m(&mut self) -> usize {
        self.both("M");
        let silent_b = self.has(-1, &["UMB"]) && (self.at + 2 == self.word.len() || self.has(2, &["ER"]));
        if silent_b || self.near(1) == b'M' { 2 } else { 1 }
    }

    fn p(&mut self) -> usize {
        if self.near(1) == b'H' {
            self.both("F");
            return 2;
        }
        self.plain("P", b"PB")
    }

    fn r(&mut self) -> usize {
        let french =
            self.is_last() && !self.slavo_germanic() && self.has(-2, &["IE"]) && !self.has(-4, &["ME", "MA"]);
        self.either(if french { "" } else { "R" }, "R");
        self.step_over(b"R")
    }

    fn s(&mut self) -> usize {
        if self.has(-1, &["ISL", "YSL"]) {
            return 1;
        }
        if self.at == 0 && self.has(0, &["SUGAR"]) {
            self.either("X", "S");
            return 1;
        }
        if self.has(0, &["SH"]) {
            self.both(if self.has(1, &["HEIM", "HOEK", "HOLM", "HOLZ"]) { "S" } else { "X" });
            return 2;
        }
        if self.has(0, &["SIO", "SIA"]) {
            let alternate = if self.slavo_germanic() { "S" } else { "X" };
            self.either("S", alternate);
            return 3;
        }
        let next = self.near(1);
        if self.at == 0 && matches!(next, b'M' | b'N' | b'L' | b'W') || next == b'Z' {
            self.either("S", "X");
            return self.step_over(b"Z");
        }
        if next == b'C' {
            return self.sc();
        }
        let french = self.is_last() && self.has(-2, &["AI", "OI"]);
        self.either(if french { "" } else { "S" }, "S");
        self.step_over(b"SZ")
    }

    fn sc(&mut self) -> usize {
        match self.near(2) {
            b'H' if self.has(3, &["ER", "EN"]) => self.either("X", "SK"),
            b'H' if self.has(3, &["OO", "UY", "ED", "EM"]) => self.both("SK"),
            b'H' if self.at == 0 && !is_vowel(self.near(3)) && self.near(3) != b'W' => self.either("X", "S"),
            b'H' => self.both("X"),
            b'I' | b'E' | b'Y' => self.both("S"),
            _ => self.both("SK"),
        }
        3
    }

    fn t(&mut self) -> usize {
        if self.has(0, &["TION", "TIA", "TCH"]) {
            self.both("X");
            return 3;
        }
        if self.has(0, &["TH", "TTH"]) {
            if self.has(2, &["OM", "AM"]) || self.germanic() {
                self.both("T");
            } else {
                self.either("0", "T");
            }
            return 2;
        }
        self.plain("T", b"TD")
    }

    fn w(&mut self) -> usize {
        if self.has(0, &["WR"]) {
            self.both("R");
            return 2;
        }
        if self.at == 0 && (is_vowel(self.near(1)) || self.near(1) == b'H') {
            self.either("A", if is_vowel(self.near(1)) { "F" } else { "A" });
            return 1;
        }
        if self.is_last() && is_vowel(self.near(-1))
            || self.has(-1, &["EWSKI", "EWSKY", "OWSKI", "OWSKY"])
            || self.begins(&["SCH"])
        {
            self.either("", "F");
            return 1;
        }
        if self.has(0, &["WICZ", "WITZ"]) {
            self.either("TS", "FX");
            return 4;
        }
        1
    }

    fn x(&mut self) -> usize {
        if self.at == 0 {
            self.both("S");
            return 1;
        }
        let french = self.is_last() && (self.has(-3, &["IAU", "EAU"]) || self.has(-2, &["AU", "OU"]));
        if !french {
            self.both("KS");
        }
        self.step_over(b"CX")
    }

    fn z(&mut self) -> usize {
        if self.near(1) == b'H' {
            self.both("J");
            return 2;
        }
        let italian =
            self.has(1, &["ZO", "ZI", "ZA"]) || self.slavo_germanic() && self.at > 0 && self.near(-1) != b'T';
        self.either("S", if italian { "TS" } else { "S" });
        self.step_over(b"Z")
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'A' | b'E' | b'I' | b'O' | b'U' | b'Y')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, primary: &str, alternate: &str) {
        let (first, second) = double_metaphone_both(&word.to_lowercase());
        let cut = |code: CompactString| code.chars().take(4).collect::<String>();
        assert_eq!((cut(first).as_str(), cut(second).as_str()), (primary, alternate), "{word}");
    }

    /// Examples of the article and of its descriptions, at their four places.
    #[test]
    fn published_examples() {
        let examples = "Smith SM0 XMT; Schmidt XMT SMT; Schneider XNTR SNTR; Snider SNTR XNTR; Wagner AKNR FKNR; \
            Michael MKL MXL; Caesar SSR SSR; Chianti KNT KNT; Edgar ATKR ATKR; Edge AJ AJ; \
            Laugh LF LF; Cabrillo KPRL KPR; Arnow ARN ARNF; Filipowicz FLPT FLPF; Jose HS HS; \
            Knight NT NT; Island ALNT ALNT; Campbell KMPL KMPL; Thomas TMS TMS; Zhao J J; \
            Bacchus PKS PKS; Accident AKST AKST; Rogier RJ RJR; Bajador PJTR PHTR; Xavier SF SFR; \
            Dumb TM TM";
        for example in examples.split(';') {
            let words: Vec<&str> = example.split_whitespace().collect();
            check(words[0], words[1], words[2]);
        }
    }

    #[test]
    fn keys_are_bounded() {
        assert!(double_metaphone("wolfeschlegelsteinhausenbergerdorff").len() <= CODE_LENGTH_MAX);
        assert_eq!(double_metaphone(""), "");
    }
}
