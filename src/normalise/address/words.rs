//! The words of an address piece with their places in it, and what a word
//! says: a kind of street, a direction, a highway's kind.

use crate::normalise::{Tables, street, text};
use smallvec::SmallVec;

/// A piece of an address and where its words begin.
pub struct Words<'a> {
    pub piece: &'a str,
    pub tables: &'a Tables,
    starts: SmallVec<[usize; 12]>,
}

impl<'a> Words<'a> {
    pub fn of(piece: &'a str, tables: &'a Tables) -> Self {
        let mut starts = SmallVec::new();
        let mut in_word = false;
        for (at, ch) in piece.char_indices() {
            if ch != ' ' && !in_word {
                starts.push(at);
            }
            in_word = ch != ' ';
        }
        Self { piece, tables, starts }
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// The word at `index`, or nothing behind the last.
    pub fn at(&self, index: usize) -> &'a str {
        self.rest(index).split(' ').next().unwrap_or("")
    }

    /// The text from the word at `index` on.
    pub fn rest(&self, index: usize) -> &'a str {
        self.start(index).and_then(|at| self.piece.get(at..)).unwrap_or("")
    }

    /// Where the word at `index` begins.
    pub fn start(&self, index: usize) -> Option<usize> {
        self.starts.get(index).copied()
    }

    /// Whether the word at `index` begins with a letter.
    pub fn is_letters(&self, index: usize) -> bool {
        self.at(index).starts_with(char::is_alphabetic)
    }
}

/// A kind of street: `St`, `Ave`, `Lindenweg`.
pub fn is_kind(word: &str, tables: &Tables) -> bool {
    let folded = text::fold(word);
    !folded.contains(' ') && street::is_street_kind(&folded, tables)
}

/// A kind of street that is hardly ever a part of a town's or house's name.
pub fn is_firm_kind(word: &str) -> bool {
    matches!(
        text::fold(word).as_str(),
        "ave"
            | "avenue"
            | "av"
            | "blvd"
            | "boulevard"
            | "rd"
            | "road"
            | "street"
            | "ln"
            | "hwy"
            | "highway"
            | "hgwy"
            | "pkwy"
            | "parkway"
            | "drive"
            | "dr"
    )
}

/// A kind of way that has a number for its name: `FM 544`, `State Route 590`.
pub fn is_numbered_kind(word: &str) -> bool {
    matches!(
        text::fold(word).as_str(),
        "highway"
            | "hwy"
            | "hgwy"
            | "route"
            | "rte"
            | "road"
            | "rd"
            | "fm"
            | "rm"
            | "pr"
            | "cr"
            | "sr"
            | "us"
            | "u s"
            | "interstate"
            | "sh"
            | "th"
            | "county rd"
    )
}

/// What may follow a highway's number.
pub fn is_highway_variant(word: &str) -> bool {
    matches!(
        text::fold(word).as_str(),
        "business" | "bus" | "bypass" | "byp" | "alt" | "alternate" | "spur" | "truck" | "frontage"
    )
}

pub fn is_direction(word: &str) -> bool {
    matches!(
        text::fold(word).as_str(),
        "n" | "s"
            | "e"
            | "w"
            | "ne"
            | "nw"
            | "se"
            | "sw"
            | "north"
            | "south"
            | "east"
            | "west"
            | "northeast"
            | "northwest"
            | "southeast"
            | "southwest"
    )
}

/// A word that opens a street's name in Romance and Slavic languages. `after`
/// is the word behind it.
pub fn opens_street(word: &str, after: &str) -> bool {
    let folded = text::fold(word);
    match folded.as_str() {
        "rue" | "calle" | "via" | "viale" | "piazza" | "piazzale" | "corso" | "vicolo" | "avenida"
        | "avda" | "plaza" | "paseo" | "carrer" | "chemin" | "quai" | "impasse" | "allee" | "largo"
        | "ulica" | "ul" | "aleja" | "aleje" | "rua" | "carretera" => !after.is_empty(),
        // Also an English kind or an initial: only a preposition behind it tells.
        "c" | "avenue" | "av" | "boulevard" | "bd" | "place" | "pl" | "p" => {
            matches!(text::fold(after).as_str(), "de" | "del" | "des" | "du" | "la" | "las" | "los" | "di")
        }
        _ => false,
    }
}
