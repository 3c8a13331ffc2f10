//! The labels file: judgements about pairs of records as CSV, read whole and
//! written whole. What judgements do to weights and customers is not decided
//! here.

use crate::error::{Error, Result};
use crate::judgement::{Judgement, Label, RecordName};
use std::fs;
use std::path::Path;

/// The columns, in the order in which they are written; the last three may be
/// left out.
const COLUMNS: [&str; 8] =
    ["source_a", "record_id_a", "source_b", "record_id_b", "judgement", "who", "when", "why"];
const NEEDED: usize = 5;

/// Reads every label.
///
/// # Errors
/// The file cannot be read, lacks a column, or has rows that are no labels;
/// all of these are counted and the first is named.
pub fn read_labels(path: &Path) -> Result<Vec<Label>> {
    let bytes = fs::read(path)
        .map_err(|error| Error::io("read", path, error).with_hint("write one with `einklang label`"))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let unreadable = |error: csv::Error| Error::failed(format!("cannot read `{}`: {error}", path.display()));
    let header = reader.headers().map_err(unreadable)?.clone();
    let place = |name: &str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
    let places = COLUMNS.map(place);
    if let Some((name, _)) = COLUMNS.iter().zip(places).take(NEEDED).find(|(_, place)| place.is_none()) {
        return Err(Error::failed(format!("`{}` has no column `{name}`", path.display()))
            .with_hint(format!("labels have the columns `{}`", COLUMNS.join(","))));
    }
    let (mut labels, mut faults) = (Vec::new(), Vec::new());
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let cell = |at: usize| {
            places.get(at).copied().flatten().and_then(|place| row.get(place)).unwrap_or_default().to_owned()
        };
        match Judgement::from_name(&cell(4)) {
            Some(judgement) => labels.push(Label {
                a: RecordName { source: cell(0), record_id: cell(1) },
                b: RecordName { source: cell(2), record_id: cell(3) },
                judgement,
                who: cell(5),
                when: cell(6),
                why: cell(7),
            }),
            None => faults.push(row.position().map(csv::Position::line)),
        }
    }
    match faults.first() {
        None => Ok(labels),
        Some(line) => {
            let rows = if faults.len() == 1 {
                "1 row has".to_owned()
            } else {
                format!("{} rows have", faults.len())
            };
            let message = format!("{rows} no judgement that is known");
            Err(Error::failed(message)
                .at(path, *line, Some("judgement"))
                .with_hint("a judgement is `positive`, `negative` or `unsure`"))
        }
    }
}

/// Writes the labels, in place of what stood there.
///
/// # Errors
/// The file cannot be written.
pub fn write_labels(path: &Path, labels: &[Label]) -> Result<()> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let lost = |error: csv::Error| Error::failed(format!("cannot write `{}`: {error}", path.display()));
    writer.write_record(COLUMNS).map_err(lost)?;
    for label in labels {
        let cells = [
            label.a.source.as_str(),
            &label.a.record_id,
            &label.b.source,
            &label.b.record_id,
            label.judgement.name(),
            &label.who,
            &label.when,
            &label.why,
        ];
        writer.write_record(cells).map_err(lost)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::io("write", path, error.into_error()))?;
    // Beside first, so that a full disk takes no label that was there.
    let beside = path.with_extension("part");
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| Error::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(id: &str, judgement: Judgement, why: &str) -> Label {
        let name = |source: &str| RecordName { source: source.to_owned(), record_id: id.to_owned() };
        Label {
            a: name("shop"),
            b: name("crm, old"),
            judgement,
            who: "me".to_owned(),
            when: String::new(),
            why: why.to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let labels = [label("1", Judgement::Positive, "same \"card\""), label("2", Judgement::Unsure, "")];
        write_labels(&path, &labels).unwrap();
        assert_eq!(read_labels(&path).unwrap(), labels);
    }

    #[test]
    fn faults_are_counted_and_the_first_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let header = "source_a,record_id_a,source_b,record_id_b,judgement\n";
        fs::write(&path, format!("{header}s,1,s,2,positive\ns,1,s,3,maybe\ns,1,s,4,\n")).unwrap();
        let error = read_labels(&path).unwrap_err();
        assert_eq!(error.to_string(), "2 rows have no judgement that is known");
        assert_eq!(error.place().and_then(|place| place.line), Some(3));
        fs::write(&path, "a,b\n").unwrap();
        assert!(read_labels(&path).unwrap_err().to_string().ends_with("has no column `source_a`"));
    }
}
