//! The promised bytes of every table, and what a bad folder or disk gives.

use super::*;
use crate::error::ErrorKind;

fn keys() -> RecordKeys {
    let sources = vec!["crm".to_owned(), "shop".to_owned()];
    RecordKeys::from_sorted(sources, [(0, "10"), (0, "9, \"b\""), (1, "10")].into_iter())
}

fn ids() -> Vec<CompactString> {
    vec!["C2".into(), "C1".into()]
}

fn content(path: PathBuf) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_crosswalk_is_quoted_where_need_be() {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
    let (keys, ids) = (keys(), ids());
    let rows = CrosswalkRows { keys: &keys, customer_of: &[0, 1, 0], customer_ids: &ids };
    assert_eq!(
        content(out.crosswalk(&rows).unwrap()),
        "source,record_id,customer_id\ncrm,10,C2\ncrm,\"9, \"\"b\"\"\",C1\nshop,10,C2\n"
    );
}

#[test]
fn customers_are_sorted_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
    let mut values = Dictionary::new();
    let code = values.intern("Müller");
    let ids = ids();
    let columns =
        vec![GoldenColumn { name: "family_name".into(), codes: vec![code, 0].into(), values: &values }];
    let rows = CustomerRows { customer_ids: &ids, columns, records: &[2, 1] };
    assert_eq!(
        content(out.customers(&rows).unwrap()),
        "customer_id,family_name,records\nC1,,1\nC2,Müller,2\n"
    );
}

fn pair(a: u32, b: u32, weight: f32, rule: Option<u16>) -> PairRow {
    PairRow { a, b, weight, probability: 0.875, band: Band::Link, rule }
}

fn evidence(at: usize, out: &mut Vec<Evidence>) {
    out.push(Evidence { level: at as u8, weight: 9.26 });
    out.push(Evidence { level: NO_EVIDENCE, weight: 0.0 });
}

fn with_pairs(test: impl FnOnce(&PairRows)) {
    let comparisons = [
        EvidenceColumn { name: "name".into(), levels: vec!["same".into(), "similar".into()] },
        EvidenceColumn { name: "email".into(), levels: vec![] },
    ];
    let pairs = [pair(1, 2, 3.146, None), pair(0, 2, -12.0, Some(0))];
    let (keys, rules) = (keys(), ["same mail".to_owned()]);
    let rows = PairRows {
        keys: &keys,
        comparisons: &comparisons,
        rules: &rules,
        pairs: &pairs,
        evidence: &evidence,
        near: &|_| {},
    };
    test(&rows);
}

#[test]
fn links_are_sorted_by_record_and_review_by_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
    let header = "source_a,record_id_a,source_b,record_id_b,weight,probability,band,rule,name,email\n";
    let first = "crm,10,shop,10,-12.00,0.875,link,same mail,similar +9.3,\n";
    let second = "crm,\"9, \"\"b\"\"\",shop,10,3.15,0.875,link,,same +9.3,\n";
    with_pairs(|rows| {
        assert_eq!(content(out.links(rows).unwrap()), format!("{header}{first}{second}"));
        assert_eq!(content(out.review(rows).unwrap()), format!("{header}{second}{first}"));
    });
}

#[test]
fn quarantined_rows_are_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Parquet).unwrap();
    let row = |row, field: &str| Quarantined {
        source: "shop".into(),
        row,
        field: field.into(),
        reason: "broken encoding".into(),
    };
    assert_eq!(
        content(out.quarantine(&[row(10, ""), row(9, "name")]).unwrap()),
        "source,row,field,reason\nshop,9,name,broken encoding\nshop,10,,broken encoding\n"
    );
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_the_same_rows_in_the_same_bytes() {
    use arrow_array::cast::AsArray;
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::create(folder.path(), Format::Parquet).unwrap();
    with_pairs(|rows| {
        let path = out.links(rows).unwrap();
        assert_eq!(path.file_name().unwrap(), "links.parquet");
        let first = std::fs::read(&path).unwrap();
        assert_eq!(first, std::fs::read(out.links(rows).unwrap()).unwrap());
        let file = std::fs::File::open(&path).unwrap();
        let reader = parquet_crate::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let batch = reader.map(|batch| batch.unwrap()).next().unwrap();
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(batch.column(4).as_primitive::<arrow_array::types::Float32Type>().value(0), -12.0);
        assert_eq!(batch.column(8).as_string::<i32>().value(0), "similar +9.3");
    });
}

#[cfg(feature = "parquet")]
use ::parquet::arrow::arrow_reader as parquet_crate;

#[test]
fn nothing_half_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = AtomicFile::create(folder.path(), "x.csv").unwrap();
    file.append(b"half").unwrap();
    drop(file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_stays_of_a_process_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = AtomicFile::create(folder.path(), "x.csv").unwrap();
    file.append(b"half").unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it has no name yet");
    file.append(b" and half").unwrap();
    std::fs::write(folder.path().join("x.csv"), "before").unwrap();
    let path = file.finish().unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"half and half");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = OutputFolder::create(&path, Format::Csv).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert!(error.to_string().starts_with(&format!("cannot write `{}`: ", path.display())), "{error}");
        assert_eq!(error.hint(), Some("`--out` wants a folder, and one of the names in this path is a file"));
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    let error = cannot_write_to_full_device();
    assert_eq!(error.to_string(), "cannot write `out/links.csv`: no space left on device");
    assert!(error.hint().unwrap().starts_with("free some space"));
}

/// What the system answers on a full disk, from the device that is always full.
fn cannot_write_to_full_device() -> Error {
    use std::io::Write;
    let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = full.write_all(b"x").unwrap_err();
    atomic::cannot_write(Path::new("out/links.csv"), error)
}
