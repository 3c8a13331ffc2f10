//! Whole tables: the headers and values of real exports, and what their
//! columns must be found to hold.

use super::*;
use crate::record::{Dictionary, RawColumn};

/// Reads CSV text as the table of `source`.
fn table(source: &str, text: &str) -> Table {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let mut columns: Vec<RawColumn> = headers
        .iter()
        .map(|name| RawColumn { name: name.trim().into(), values: Dictionary::new(), codes: Vec::new() })
        .collect();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.expect("a row");
        rows += 1;
        for (at, column) in columns.iter_mut().enumerate() {
            let code = column.values.intern(record.get(at).unwrap_or("").trim());
            column.codes.push(code);
        }
    }
    Table { source: source.into(), path: source.into(), columns, row_numbers: (1..=rows).collect() }
}

#[test]
#[ignore]
fn look() {
    for path in std::env::var("LOOK").unwrap().split(' ') {
        let text = std::fs::read_to_string(path).unwrap();
        let started = std::time::Instant::now();
        let mut tables = vec![table("records", &text)];
        println!("== {path} read {:?}", started.elapsed());
        if std::env::var("SPLIT").is_ok() {
            tables = split(&tables[0]);
        }
        if std::env::var("ANON").is_ok() {
            for t in &mut tables {
                for (i, c) in t.columns.iter_mut().enumerate() {
                    c.name = format!("col_{}", (b'a' + i as u8) as char);
                }
            }
        }
        let started = std::time::Instant::now();
        let decisions = recognise(&tables, &Rules::default());
        println!("{:?}", started.elapsed());
        for d in decisions.iter().filter(|d| d.table == 0) {
            println!(
                "{:28} {:14} {:24} {:3.0}% {:?} {}",
                tables[d.table].columns[d.column].name, d.attribute.name(), d.label, d.filled * 100.0, d.date_order, d.reason
            );
        }
        println!("country {:?}", default_country(&tables, &decisions));
    }
}

fn split(table: &Table) -> Vec<Table> {
    let Some(at) = table.columns.iter().position(|c| c.name == "source") else { return vec![] };
    let mut out: Vec<Table> = vec![];
    for row in 0..table.rows() {
        let source = table.columns[at].get(row).to_owned();
        if !out.iter().any(|t| t.source == source) {
            let columns = table
                .columns
                .iter()
                .filter(|c| c.name != "source")
                .map(|c| RawColumn { name: c.name.clone(), values: Dictionary::new(), codes: vec![] })
                .collect();
            out.push(Table { source: source.clone(), path: "x".into(), columns, row_numbers: vec![] });
        }
        let t = out.iter_mut().find(|t| t.source == source).unwrap();
        t.row_numbers.push(row as u64);
        for (c, o) in table.columns.iter().filter(|c| c.name != "source").zip(&mut t.columns) {
            let code = o.values.intern(c.get(row));
            o.codes.push(code);
        }
    }
    out
}
