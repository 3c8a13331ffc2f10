//! The only mouth of the crate: data to standard output, talk to standard
//! error. A reader that goes away ends the output quietly; colours only where
//! they are wanted.

use super::args::ColorChoice;
use crate::error::{Error, Result};
use crate::rules::Faults;
use anstyle::{AnsiColor, Style};
use std::io::{self, BufWriter, IsTerminal, Write};

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
}

pub struct Printer {
    out: BufWriter<io::Stdout>,
    /// Why nothing more is written to standard output.
    out_failed: Option<io::Error>,
    quiet: bool,
    /// Whether results are wanted as JSON.
    pub json: bool,
    color_out: bool,
    color_err: bool,
}

impl Printer {
    pub fn new(color: ColorChoice, quiet: bool, json: bool) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let color_out = wanted(color, stdout.is_terminal());
        let color_err = wanted(color, stderr.is_terminal());
        Self { out: BufWriter::new(stdout), out_failed: None, quiet, json, color_out, color_err }
    }

    /// A line of data.
    pub fn data(&mut self, line: &str) {
        if self.out_failed.is_none() {
            self.out_failed = writeln!(self.out, "{line}").err();
        }
    }

    /// Data as they are, without a line's end.
    pub fn raw(&mut self, bytes: &[u8]) {
        if self.out_failed.is_none() {
            self.out_failed = self.out.write_all(bytes).err();
        }
    }

    /// Hands what was printed to the reader now.
    ///
    /// # Errors
    /// As [`Printer::finish`]; a reader that left is an error too, since what
    /// is done for it should end.
    pub fn flush(&mut self) -> Result<()> {
        let failed = self.out_failed.take().or_else(|| self.out.flush().err());
        failed.map_or(Ok(()), |error| Err(Error::stream("write to", "standard output", error)))
    }

    /// A line of talk, unless nobody wants to hear it.
    pub fn note(&self, line: &str) {
        if !self.quiet {
            say(line);
        }
    }

    /// Something that the user should know even so.
    pub fn warn(&self, line: &str) {
        if !self.quiet {
            say(&format!("{} {line}", self.talk_in("warning:", Tone::Doubtful)));
        }
    }

    /// The failure that ends the command: what, where, and how to mend it.
    pub fn error(&self, error: &Error) {
        if let Some(faults) =
            std::error::Error::source(error).and_then(|source| source.downcast_ref::<Faults>())
        {
            return self.faults(faults);
        }
        say(&format!("{} {error}", self.talk_in("error:", Tone::Bad)));
        if let Some(place) = error.place() {
            let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
            let field = place.field.as_ref().map(|field| format!(", `{field}`")).unwrap_or_default();
            say(&format!("  {} {}{line}{field}", self.talk_in("-->", Tone::Faint), place.path.display()));
        }
        if let Some(hint) = error.hint() {
            say(&format!("{} {hint}", self.talk_in("hint:", Tone::Good)));
        }
    }

    /// Every fault of a rule file.
    pub fn faults(&self, faults: &Faults) {
        say(&faults.render(self.color_err));
    }

    /// `text` as data in a tone.
    pub fn data_in(&self, text: &str, tone: Tone) -> String {
        painted(text, tone, self.color_out)
    }

    /// `text` as talk in a tone.
    pub fn talk_in(&self, text: &str, tone: Tone) -> String {
        painted(text, tone, self.color_err)
    }

    /// Whether progress can be drawn: somebody watches, and wants to.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Whether talk is wanted at all.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Writes what is still held.
    ///
    /// # Errors
    /// Standard output could not be written to, unless its reader just left.
    pub fn finish(&mut self) -> Result<()> {
        let failed = self.out_failed.take().or_else(|| self.out.flush().err());
        match failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::stream("write to", "standard output", error))
            }
            _ => Ok(()),
        }
    }
}

/// A line of talk from where no printer is at hand.
pub fn talk(line: &str) {
    say(line);
}

/// A closed standard error leaves nobody to tell.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn wanted(color: ColorChoice, terminal: bool) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn painted(text: &str, tone: Tone, color: bool) -> String {
    let style = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Strong => Style::new().bold(),
        Tone::Faint => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Doubtful => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
    };
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
