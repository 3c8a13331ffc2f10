//! Properties that hold for any table and any bytes: what our own writer
//! writes is read back, blocks may be cut anywhere, and nothing panics.

use compact_str::CompactString;
use einklang::ingest::{self, Reader};
use einklang::record::{ABSENT, Dictionary, Quarantined, Table};
use einklang::report::files::{CustomerRows, Format, GoldenColumn, OutputFolder};
use proptest::prelude::*;
use std::path::Path;

/// Text with more than its share of what CSV has trouble with.
fn cell() -> impl Strategy<Value = String> {
    let troubled =
        prop::sample::select(vec!["\"", "\"\"", ",", ";", "\n", "\r\n", "\r", "\t", "'", " ", "a", "ß", "|"]);
    prop_oneof![
        4 => prop::collection::vec(troubled, 0..8).prop_map(|parts| parts.concat()),
        3 => "\\PC{0,12}",
        1 => Just(String::new()),
    ]
}

fn read(bytes: &[u8], block_bytes: usize) -> Option<(Table, Vec<Quarantined>)> {
    let path = Path::new("any.csv");
    let mut reader = Reader::from_bytes(path, bytes.to_vec()).ok()?;
    reader.set_block_bytes(block_bytes);
    ingest::read(reader, "any", path).ok()
}

/// Everything that a table holds.
fn content(table: &Table) -> (Vec<String>, Vec<Vec<String>>, Vec<u64>) {
    let names = table.columns.iter().map(|column| column.name.clone()).collect();
    let column = |column: &einklang::record::RawColumn| {
        (0..table.rows()).map(|row| column.get(row).to_owned()).collect()
    };
    (names, table.columns.iter().map(column).collect(), table.row_numbers.clone())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(rows in prop::collection::vec([cell(), cell(), cell()], 1..12)) {
        let ids: Vec<CompactString> = (0..rows.len()).map(|row| format!("customer {row:05}").into()).collect();
        let mut dictionaries = [Dictionary::new(), Dictionary::new(), Dictionary::new()];
        let mut codes = [const { Vec::new() }; 3];
        for row in &rows {
            for (column, value) in row.iter().enumerate() {
                codes[column].push(dictionaries[column].intern(value));
            }
        }
        let columns = (0..3)
            .map(|column| GoldenColumn {
                name: ["given_name", "family_name", "street"][column].to_owned(),
                codes: codes[column].as_slice().into(),
                values: &dictionaries[column],
            })
            .collect();
        let counts: Vec<u32> = vec![1; rows.len()];
        let folder = tempfile::tempdir().unwrap();
        let out = OutputFolder::create(folder.path(), Format::Csv).unwrap();
        let path = out.customers(&CustomerRows { customer_ids: &ids, columns, records: &counts }).unwrap();
        let (table, faults) = read(&std::fs::read(path).unwrap(), 64).unwrap();
        prop_assert_eq!(faults, []);
        prop_assert_eq!(table.rows(), rows.len());
        for (at, row) in rows.iter().enumerate() {
            prop_assert_eq!(table.columns[0].get(at), ids[at].as_str());
            for (column, value) in row.iter().enumerate() {
                // White space alone counts as missing.
                let want = if value.trim().is_empty() { "" } else { value.as_str() };
                prop_assert_eq!(table.columns[column + 1].get(at), want);
            }
        }
    }

    #[test]
    fn blocks_may_be_cut_anywhere(
        rows in prop::collection::vec(prop::collection::vec(cell(), 1..4), 1..30),
        block_bytes in 1_usize..200,
    ) {
        // Not written by our writer: quotes stand anywhere and rows are ragged.
        let mut text = String::from("alpha,beta\n");
        for row in &rows {
            text += &row.join(",");
            text += "\n";
        }
        let whole = read(text.as_bytes(), 1 << 30);
        let cut = read(text.as_bytes(), block_bytes);
        prop_assert_eq!(whole.is_some(), cut.is_some());
        if let (Some((a, a_faults)), Some((b, b_faults))) = (whole, cut) {
            prop_assert_eq!(content(&a), content(&b));
            prop_assert_eq!(a_faults, b_faults);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }

    #[test]
    fn no_json_makes_it_panic(tail in "[\\[\\]{}:,\" a1-e.\\\\\n]{0,80}") {
        check(format!("{{\"a\":1}}\n{tail}").as_bytes());
    }
}

/// Every row met is either in every column or in quarantine.
fn check(bytes: &[u8]) {
    let Some((table, faults)) = read(bytes, 16) else { return };
    for column in &table.columns {
        assert_eq!(column.codes.len(), table.rows());
        assert!(column.codes.iter().all(|&code| code == ABSENT || !column.values.get(code).is_empty()));
    }
    let mut rows: Vec<u64> =
        table.row_numbers.iter().copied().chain(faults.iter().map(|fault| fault.row)).collect();
    rows.sort_unstable();
    assert!(rows.iter().copied().eq(1..=rows.len() as u64));
}
