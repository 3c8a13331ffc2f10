//! Turns text in any of the usual encodings into UTF-8 while it is read.
//!
//! A byte order mark decides. Without one, text is UTF-16 where every other
//! byte is zero, and ASCII until its first other byte; what stands around that
//! byte then decides between UTF-8 and Windows-1252 (which ISO 8859-1 text is
//! read as, like everywhere on the Web). UTF-8 is passed on as it is, faults
//! included: the parser quarantines the rows that have them.

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read};

/// A stream of UTF-8.
pub struct Utf8Stream<R> {
    input: R,
    state: State,
    /// Read from the input and not decoded yet.
    raw: Vec<u8>,
    /// Decoded (or decided to be UTF-8) and not handed out yet.
    ready: Vec<u8>,
    handed_out: usize,
    input_ended: bool,
    is_decoded: bool,
}

enum State {
    /// Only ASCII so far.
    Ascii,
    Utf8,
    Other(Decoder),
    Ended,
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// A file of a known other kind: what it is.
    Kind(&'static str),
    /// Control characters throughout.
    Binary,
}

/// Bytes looked at in one go to find the encoding.
const CHUNK_BYTES: usize = 256 << 10;

impl<R: Read> Utf8Stream<R> {
    /// Looks at the first bytes; the inner result says why they are no text.
    pub fn new(input: R) -> io::Result<Result<Self, NotText>> {
        let mut stream = Self {
            input,
            state: State::Ascii,
            raw: Vec::new(),
            ready: Vec::new(),
            handed_out: 0,
            input_ended: false,
            is_decoded: false,
        };
        stream.read_chunk()?;
        let encoding = match mark(&stream.raw) {
            Some((encoding, length)) => {
                stream.raw.drain(..length);
                Some(encoding)
            }
            None => match kind(&stream.raw) {
                Some(kind) => return Ok(Err(NotText::Kind(kind))),
                None => utf16(&stream.raw),
            },
        };
        if encoding.is_none() && is_binary(&stream.raw) {
            return Ok(Err(NotText::Binary));
        }
        match encoding {
            Some(encoding) if encoding == UTF_8 => stream.state = State::Utf8,
            Some(encoding) => stream.decode_as(encoding),
            None => {}
        }
        Ok(Ok(stream))
    }

    /// Whether the text was in another encoding than UTF-8, as far as read.
    pub fn is_decoded(&self) -> bool {
        self.is_decoded
    }

    fn decode_as(&mut self, encoding: &'static Encoding) {
        self.state = State::Other(encoding.new_decoder_without_bom_handling());
        self.is_decoded = true;
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let mut taken = self.input.by_ref().take(CHUNK_BYTES as u64);
        self.input_ended = taken.read_to_end(&mut self.raw)? == 0;
        Ok(())
    }

    /// Refills `ready`; it stays empty only at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.handed_out = 0;
        while self.ready.is_empty() && !matches!(self.state, State::Ended) {
            if self.raw.is_empty() && !self.input_ended {
                self.read_chunk()?;
            }
            if matches!(self.state, State::Ascii) && !self.raw.is_ascii() {
                self.decide()?;
            }
            match &mut self.state {
                State::Other(decoder) => {
                    decode(decoder, &self.raw, &mut self.ready, self.input_ended);
                    self.raw.clear();
                    if self.input_ended {
                        self.state = State::Ended;
                    }
                }
                _ => std::mem::swap(&mut self.raw, &mut self.ready),
            }
            if self.input_ended && self.raw.is_empty() && self.ready.is_empty() {
                self.state = State::Ended;
            }
        }
        Ok(())
    }

    /// Decides by the text around the first byte that is not ASCII.
    fn decide(&mut self) -> io::Result<()> {
        if !self.input_ended {
            self.read_chunk()?;
        }
        match is_utf8(&self.raw, self.input_ended) {
            true => self.state = State::Utf8,
            false => self.decode_as(WINDOWS_1252),
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.handed_out == self.ready.len() {
            if matches!(self.state, State::Utf8) && self.raw.is_empty() {
                return self.input.read(buffer);
            }
            self.refill()?;
        }
        let ready = self.ready.get(self.handed_out..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.handed_out += count;
        Ok(count)
    }
}

fn decode(decoder: &mut Decoder, raw: &[u8], ready: &mut Vec<u8>, last: bool) {
    let mut text = String::new();
    text.reserve(decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16));
    let _ = decoder.decode_to_string(raw, &mut text, last);
    ready.extend_from_slice(text.as_bytes());
}

/// The encoding that a byte order mark states, and the mark's length.
fn mark(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) {
        return None;
    }
    Encoding::for_bom(bytes)
}

/// What the bytes are if they begin like a file that is no text.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "a ZIP archive or workbook"),
        (&[0xd0, 0xcf, 0x11, 0xe0], "an old workbook or document"),
        (b"%PDF", "a PDF document"),
        (b"SQLite format 3", "a SQLite database"),
        (b"BZh", "a bzip2 archive"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "an xz archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (&[0x04, 0x22, 0x4d, 0x18], "an LZ4 archive"),
        (&[0xff, 0xfe, 0, 0], "text in UTF-32"),
        (&[0, 0, 0xfe, 0xff], "text in UTF-32"),
    ];
    KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

/// UTF-16 without a mark: in Western text every other byte is zero.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(4096) & !1)?;
    let pairs = sample.len() / 2;
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match pairs {
        0 | 1 => None,
        _ if odd * 10 > pairs * 6 && even * 10 < pairs => Some(UTF_16LE),
        _ if even * 10 > pairs * 6 && odd * 10 < pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether control characters are more than a stray fault.
fn is_binary(bytes: &[u8]) -> bool {
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a);
    let found = sample.iter().filter(control).count();
    found > 8 && found * 10 > sample.len()
}

/// Whether text with bytes beyond ASCII is UTF-8, maybe with a few faults.
fn is_utf8(bytes: &[u8], ended: bool) -> bool {
    let (mut good, mut broken) = (0_usize, 0_usize);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        good += chunk.valid().chars().filter(|char| !char.is_ascii()).count();
        // A character cut by the chunk's end is no fault.
        let cut = chunks.peek().is_none() && !ended;
        broken += usize::from(!chunk.invalid().is_empty() && !cut);
    }
    broken == 0 || good > broken
}
