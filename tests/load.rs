//! Loading whole inputs: who a record is, in which order records stand, and
//! what a bad input is told.

#![allow(clippy::unwrap_used)]

use einklang::engine::load::{IdReason, Input, LoadOptions, Loaded, load};
use einklang::error::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A folder of small inputs.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn inputs(&self, names: &[&str]) -> Vec<Input> {
        names.iter().map(|name| Input { path: self.path(name), source: None }).collect()
    }

    fn load(&self, names: &[&str], options: &LoadOptions) -> Loaded {
        load(&self.inputs(names), options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The failure as the command line prints it, the folder left out.
    fn failure(&self, names: &[&str], options: &LoadOptions) -> String {
        match load(&self.inputs(names), options) {
            Ok(_) => panic!("loaded"),
            Err(error) => self.told(&error),
        }
    }

    fn told(&self, error: &Error) -> String {
        let folder = format!("{}/", self.0.path().display());
        let hint = error.hint().map_or(String::new(), |hint| format!("\nhint: {hint}"));
        format!("{error}{hint}").replace(&folder, "")
    }
}

fn options(id: Option<&str>, source: Option<&str>, ignore: &[&str]) -> LoadOptions {
    LoadOptions {
        id: id.map(str::to_owned),
        source_column: source.map(str::to_owned),
        ignore: ignore.iter().map(|name| (*name).to_owned()).collect(),
        ..LoadOptions::default()
    }
}

/// Every record's name, with the value of its first column.
fn names(loaded: &Loaded) -> Vec<String> {
    let name = |(record, at): (usize, &einklang::engine::load::RowAt)| {
        let value = loaded.tables[at.table as usize].columns[0].get(at.row as usize);
        format!("{}:{}={value}", loaded.keys.source(record), loaded.keys.id(record))
    };
    loaded.rows.iter().enumerate().map(name).collect()
}

fn faults(loaded: &Loaded) -> Vec<String> {
    let rows = loaded.quarantine.iter();
    rows.map(|row| format!("{}:{}:{}:{}", row.source, row.row, row.field, row.reason)).collect()
}

#[test]
fn records_are_named_and_sorted() {
    let folder = Folder::new(&[
        ("shop.csv", "name,Kunden-Nr.\nIda,20\nUwe,3\n"),
        ("crm.csv.gz", "name;city\nEva;Ulm\n"),
    ]);
    let loaded = folder.load(&["shop.csv", "crm.csv.gz"], &LoadOptions::default());
    assert_eq!(names(&loaded), ["crm:1=Eva", "shop:20=Ida", "shop:3=Uwe"]);
    assert_eq!(loaded.id_columns[0].column, Some(1));
    assert_eq!(loaded.id_columns[0].reason, IdReason::Found);
    assert_eq!(loaded.id_columns[1].reason, IdReason::RowNumber);
    assert_eq!(loaded.keys.find("shop", "3"), Some(2));
}

#[test]
fn a_column_may_name_the_source() {
    let folder = Folder::new(&[("all.csv", "name,channel,id\nIda,shop,1\nUwe,crm,1\nEva,,2\nMia,crm,\n")]);
    let loaded = folder.load(&["all.csv"], &options(None, Some("channel"), &[]));
    assert_eq!(names(&loaded), ["crm:1=Uwe", "shop:1=Ida"]);
    assert_eq!(loaded.source_columns, [Some(1)]);
    assert_eq!(faults(&loaded), ["all:3:channel:no source", "crm:4:id:no record id"]);
}

#[test]
fn an_id_that_names_several_rows_is_not_taken_as_one() {
    let rows = "Kundennummer,name\n7,Ida\n7,Uwe\n8,Eva\n";
    let folder = Folder::new(&[("orders.csv", rows)]);
    assert_eq!(folder.load(&["orders.csv"], &LoadOptions::default()).id_columns[0].column, None);
    let loaded = folder.load(&["orders.csv"], &options(Some("Kundennummer"), None, &[]));
    assert_eq!(loaded.id_columns[0].reason, IdReason::Told);
    assert_eq!(faults(&loaded), ["orders:2:Kundennummer:duplicate record id"]);
}

#[test]
fn a_house_s_number_names_no_record() {
    let folder = Folder::new(&[
        ("a.csv", "Straße,Nr\nGänseweg,1\nÖlweg,2\n"),
        ("b.csv", "Nr,Straße\n1,Gänseweg\n2,Ölweg\n"),
    ]);
    let loaded = folder.load(&["a.csv", "b.csv"], &LoadOptions::default());
    let columns: Vec<_> = loaded.id_columns.iter().map(|id| id.column).collect();
    assert_eq!(columns, [None, Some(0)]);
}

#[test]
fn of_rows_with_one_name_the_same_stays_in_any_order() {
    let kept = |rows: &str| {
        let folder = Folder::new(&[("crm.csv", &format!("name,record_id\n{rows}"))]);
        let loaded = folder.load(&["crm.csv"], &LoadOptions::default());
        assert_eq!(loaded.quarantine.len(), 1);
        names(&loaded)
    };
    assert_eq!(kept("Uwe,1\nIda,1\nEva,2\n"), ["crm:1=Ida", "crm:2=Eva"]);
    assert_eq!(kept("Ida,1\nEva,2\nUwe,1\n"), ["crm:1=Ida", "crm:2=Eva"]);
}

#[test]
fn ignored_columns_are_not_read() {
    let folder = Folder::new(&[("crm.csv", "name,id,entity\nIda,1,x\n")]);
    let loaded = folder.load(&["crm.csv"], &options(None, None, &["entity", "id"]));
    let columns: Vec<_> = loaded.tables[0].columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["name"]);
    assert_eq!(loaded.id_columns[0].reason, IdReason::RowNumber);
    let loaded = folder.load(&["crm.csv"], &options(Some("id"), None, &["entity", "id"]));
    assert_eq!(loaded.id_columns[0].column, Some(1));
}

#[test]
fn inputs_of_one_name_are_told_apart_by_their_folder() {
    let folder = Folder::new(&[("a/kunden.csv", "name\nIda\n"), ("b/kunden.csv", "name\nUwe\n")]);
    let loaded = folder.load(&["a/kunden.csv", "b/kunden.csv"], &LoadOptions::default());
    assert_eq!(names(&loaded), ["a/kunden:1=Ida", "b/kunden:1=Uwe"]);
}

#[test]
fn ids_sort_as_text_whatever_their_length() {
    let ids = ["1234567890123456b", "1234567890123456a", "12345678901234", "123456789012345", "Ä", "10", "9"];
    let folder = Folder::new(&[("x.csv", &format!("id\n{}\n", ids.join("\n")))]);
    // The first id looks like data, so the header is named to be sure of it.
    let loaded = folder.load(&["x.csv"], &LoadOptions::default());
    let found: Vec<&str> = (0..loaded.keys.len()).map(|record| loaded.keys.id(record)).collect();
    let mut sorted = ids;
    sorted.sort_unstable();
    assert_eq!(found, sorted);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut text = String::from("id;name;note\n");
    for row in 0..60_000 {
        text += &format!("{};name {};\"note; {}\"\n", (row * 7919) % 60_000, row % 977, row % 4_001);
        if row % 1_000 == 0 {
            text += "ragged\n";
        }
    }
    let folder = Folder::new(&[("big.csv", &text)]);
    let of_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| folder.load(&["big.csv"], &LoadOptions::default()))
    };
    let (one, four) = (of_threads(1), of_threads(4));
    assert_eq!(one.keys.len(), 60_000);
    assert_eq!(one.rows, four.rows);
    assert_eq!(one.quarantine, four.quarantine);
    for (a, b) in one.tables[0].columns.iter().zip(&four.tables[0].columns) {
        assert_eq!(a.codes, b.codes);
        assert!(a.values.iter().eq(b.values.iter()));
    }
}

#[test]
fn a_missing_file_is_told_with_the_name_that_was_meant() {
    let folder = Folder::new(&[("shop.csv", "name\nIda\n")]);
    assert_eq!(
        folder.failure(&["shpo.csv"], &LoadOptions::default()),
        "cannot read `shpo.csv`: no such file or directory\nhint: did you mean `shop.csv`?"
    );
}

#[test]
fn a_folder_is_no_input() {
    let folder = Folder::new(&[("exports/shop.csv", "name\nIda\n")]);
    assert_eq!(
        folder.failure(&["exports"], &LoadOptions::default()),
        "`exports` is a directory\nhint: name the files in it, such as `exports/*.csv`"
    );
}

#[test]
fn empty_inputs_are_told_as_such() {
    let empty = "\nhint: check that the export ran through, or leave the file out";
    let folder =
        Folder::new(&[("a.csv", ""), ("b.csv", " \n\n"), ("c.csv", "name,city\n"), ("d.csv", "name,city")]);
    let none = LoadOptions::default();
    assert_eq!(folder.failure(&["a.csv"], &none), format!("`a.csv` is empty{empty}"));
    assert_eq!(folder.failure(&["b.csv"], &none), format!("`b.csv` is empty{empty}"));
    assert_eq!(folder.failure(&["c.csv"], &none), format!("`c.csv` has a header but no rows{empty}"));
    assert_eq!(folder.failure(&["d.csv"], &none), format!("`d.csv` has a header but no rows{empty}"));
}

#[test]
fn one_row_is_enough() {
    let folder = Folder::new(&[("a.csv", "name,city\nIda,Ulm")]);
    assert_eq!(names(&folder.load(&["a.csv"], &LoadOptions::default())), ["a:1=Ida"]);
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = Folder::new(&[("book.xlsx", "PK\u{3}\u{4}...")]);
    assert_eq!(
        folder.failure(&["book.xlsx"], &LoadOptions::default()),
        "`book.xlsx` is a ZIP archive or workbook, not a text that can be read\nhint: export it as CSV in UTF-8"
    );
    let noise: Vec<u8> = (0..4096_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(folder.path("noise.csv"), noise).unwrap();
    assert_eq!(
        folder.failure(&["noise.csv"], &LoadOptions::default()),
        "the encoding of `noise.csv` is unreadable: it holds mostly control characters\n\
         hint: save it as CSV in UTF-8, UTF-16 or Windows-1252; gzip, zstd and Parquet are read as they are"
    );
}

#[test]
fn a_list_of_objects_is_refused_with_a_way_out() {
    let folder = Folder::new(&[("a.json", "[\n {\"name\": \"Ida\"}\n]\n")]);
    assert_eq!(
        folder.failure(&["a.json"], &LoadOptions::default()),
        "`a.json` is not one JSON object a line\n\
         hint: write each record as one object on a line of its own, such as with `jq -c '.[]'`"
    );
}

#[test]
fn a_column_that_is_not_there_is_told_with_those_that_are() {
    let folder = Folder::new(&[("a.csv", "Kundennr,name,Quelle\n1,Ida,shop\n")]);
    let columns = "the columns are `Kundennr`, `name`, `Quelle`";
    let asked = [
        options(Some("kunden_nr"), None, &[]),
        options(None, Some("quellle"), &[]),
        options(None, None, &["nmae"]),
    ];
    let near = [("kunden_nr", "Kundennr"), ("quellle", "Quelle"), ("nmae", "name")];
    for (options, (asked, near)) in asked.iter().zip(near) {
        let want = format!("there is no column `{asked}`\nhint: did you mean `{near}`? {columns}");
        assert_eq!(folder.failure(&["a.csv"], options), want);
    }
}

#[test]
fn no_good_row_at_all_is_a_failure() {
    let folder = Folder::new(&[("a.csv", "name,city\nIda,Ulm,1\nUwe,Bonn,2\n")]);
    assert_eq!(
        folder.failure(&["a.csv"], &LoadOptions::default()),
        "no row of `a.csv` can be read; row 1: 3 fields where the header has 2\nhint: export it again, with one encoding, delimiter and quoting throughout"
    );
}

#[test]
fn one_source_in_several_inputs_needs_ids() {
    let folder = Folder::new(&[("a.csv", "name\nIda\n"), ("b.csv", "name\nUwe\n")]);
    let inputs: Vec<Input> =
        ["a.csv", "b.csv"].map(|name| Input { path: folder.path(name), source: Some("crm".into()) }).into();
    let error = load(&inputs, &LoadOptions::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(
        folder.told(&error),
        "source `crm` is read from several inputs in which no column names the records\n\
         hint: name the column with `--id COLUMN`, or give each input a source of its own with `--source NAME=PATH`"
    );
}

#[test]
fn nothing_and_twice_standard_input_are_refused() {
    let error = load(&[], &LoadOptions::default()).err().unwrap();
    assert_eq!(error.to_string(), "no input given");
    let stdin = Input { path: Path::new("-").to_owned(), source: None };
    let error = load(&[stdin.clone(), stdin], &LoadOptions::default()).err().unwrap();
    assert_eq!(error.to_string(), "standard input `-` is given more than once");
}
