//! What is wrong with a rule file: every fault with its place and a hint, and
//! how that is shown. Finding faults is done elsewhere.

use crate::error::Error;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing to mend in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Lower case, no full stop, literals in backticks.
    pub message: String,
    /// Bytes of the text that the fault lies in.
    pub span: Range<usize>,
    /// What stands under the caret: short, may be empty.
    pub label: String,
    pub hint: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span, label: String::new(), hint: None }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// All faults of one rule file, in the order of the text. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    path: PathBuf,
    text: String,
    faults: Vec<Fault>,
}

impl Faults {
    /// `Err` with the faults, sorted and each once, unless there are none.
    pub(super) fn unless_none(path: &Path, text: &str, mut faults: Vec<Fault>) -> Result<(), Self> {
        faults.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.message).cmp(&(b.span.start, b.span.end, &b.message))
        });
        faults.dedup();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Self { path: path.to_owned(), text: text.to_owned(), faults })
    }

    /// The file at fault.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.faults.iter()
    }

    /// How many there are; at least one.
    pub fn count(&self) -> usize {
        self.faults.len()
    }

    /// 1-based line and column (in characters) of a fault.
    pub fn place(&self, fault: &Fault) -> (usize, usize) {
        let before = self.text.get(..fault.span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    /// Every fault with its line of the file, a caret and the hint.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let path = self.path.display().to_string();
        let mut shown = String::new();
        for fault in &self.faults {
            let annotation =
                AnnotationKind::Primary.span(self.within(&fault.span)).label(fault.label.as_str());
            let snippet =
                Snippet::source(self.text.as_str()).path(path.as_str()).fold(true).annotation(annotation);
            let mut group: Group = Level::ERROR.primary_title(fault.message.as_str()).element(snippet);
            if let Some(hint) = &fault.hint {
                group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
            }
            shown.push_str(&renderer.render(&[group]));
            shown.push_str("\n\n");
        }
        shown.push_str(&self.to_string());
        shown
    }

    /// The span held to the text and to whole characters; what lies at the end
    /// of the file is shown at its last character.
    fn within(&self, span: &Range<usize>) -> Range<usize> {
        let floor = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        start..floor(span.end).max(start)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults =
            if self.count() == 1 { "1 fault".to_owned() } else { format!("{} faults", self.count()) };
        write!(f, "`{}` has {faults}", self.path.display())
    }
}

impl std::error::Error for Faults {}

impl From<Faults> for Error {
    /// The faults stay its source, so that a face can show each of them.
    fn from(faults: Faults) -> Self {
        Error::failed(faults.to_string()).with_source(faults)
    }
}
