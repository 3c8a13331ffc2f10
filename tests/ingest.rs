//! What every format, encoding and fault of an input gives, seen from outside.

#![allow(clippy::unwrap_used)]

use einklang::ingest::{self, Reader};
use einklang::record::{Quarantined, Table};
use std::io::Write;
use std::path::Path;

fn try_read(bytes: &[u8]) -> einklang::error::Result<(Table, Vec<Quarantined>)> {
    let path = Path::new("shop.csv");
    ingest::read(Reader::from_bytes(path, bytes.to_vec())?, "shop", path)
}

fn read(bytes: &[u8]) -> (Table, Vec<Quarantined>) {
    try_read(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// The table as text: names, then rows, cells between bars.
fn shown(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = names.join("|");
    for row in 0..table.rows() {
        let cells: Vec<&str> = table.columns.iter().map(|column| column.get(row)).collect();
        text += &format!("\n{}", cells.join("|"));
    }
    text
}

fn faults(rows: &[Quarantined]) -> Vec<String> {
    rows.iter().map(|row| format!("{}:{}:{}", row.row, row.field, row.reason)).collect()
}

#[test]
fn delimiters_are_found() {
    let want = "Vorname|Nachname|Ort\nIda|Groß|Ulm, West\nUwe|Klein|Köln";
    for (delimiter, place) in
        [(",", "\"Ulm, West\""), (";", "Ulm, West"), ("\t", "Ulm, West"), ("|", "Ulm, West")]
    {
        let text = "Vorname,Nachname,Ort\nIda,Groß,@\nUwe,Klein,Köln\n".replace(',', delimiter);
        assert_eq!(shown(&read(text.replace('@', place).as_bytes()).0), want, "{delimiter}");
    }
}

#[test]
fn a_stated_delimiter_is_followed() {
    let (table, _) = read(b"sep=;\nname;city\nIda;Ulm\n");
    assert_eq!(shown(&table), "name|city\nIda|Ulm");
}

#[test]
fn quotes_hold_delimiters_newlines_and_quotes() {
    let (table, faults) = read(b"a,b\r\n\"1,5\",\"two\nlines\"\r\n\"say \"\"hi\"\"\",\"\"\r\n");
    assert_eq!(shown(&table), "a|b\n1,5|two\nlines\nsay \"hi\"|");
    assert_eq!(faults, []);
    let (table, _) = read(b"a,b\n'x,1','y'\n'z','w'\n");
    assert_eq!(shown(&table), "a|b\nx,1|y\nz|w");
}

#[test]
fn encodings_are_found() {
    let text = "Straße;Ort\nGänseweg 1;Köln\nÖlweg 2;Fürth\n";
    let want = "Straße|Ort\nGänseweg 1|Köln\nÖlweg 2|Fürth";
    let utf16 = |swap: bool| -> Vec<u8> {
        let units = text.encode_utf16();
        units.flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let latin: Vec<u8> = text.chars().map(|char| char as u8).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        marked(b"\xef\xbb\xbf", text.as_bytes()),
        marked(b"\xff\xfe", &utf16(false)),
        marked(b"\xfe\xff", &utf16(true)),
        utf16(false),
        utf16(true),
        latin,
    ] {
        assert_eq!(shown(&read(&bytes).0), want);
    }
}

#[test]
fn windows_1252_may_begin_late() {
    let mut bytes = b"name,city\n".to_vec();
    for _ in 0..60_000 {
        bytes.extend_from_slice(b"Anna,Berlin\n");
    }
    bytes.extend_from_slice(b"J\xfcrgen,M\xfcnchen\n");
    let (table, faults) = read(&bytes);
    assert_eq!((table.rows(), faults.len()), (60_001, 0));
    assert_eq!(table.columns[0].get(60_000), "Jürgen");
}

#[test]
fn compression_is_told_by_the_bytes() {
    let text = b"name,city\nIda,Ulm\nUwe,Bonn\n";
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let (head, tail) = text.split_at(13);
    for bytes in
        [gzip(text), [gzip(head), gzip(tail)].concat(), zstd(text), [zstd(head), zstd(tail)].concat()]
    {
        assert_eq!(shown(&read(&bytes).0), "name|city\nIda|Ulm\nUwe|Bonn");
    }
    let cut = gzip(text);
    assert!(try_read(&cut[..cut.len() - 12]).is_err());
}

#[test]
fn a_missing_header_is_noticed() {
    assert_eq!(
        shown(&read(b"Ida,ida@x.de\nUwe,uwe@y.de\n").0),
        "column_1|column_2\nIda|ida@x.de\nUwe|uwe@y.de"
    );
    assert_eq!(
        shown(&read(b"Ida,Ulm\nUwe,Ulm\nEva,Bonn\n").0),
        "Ida|Ulm\nUwe|Ulm\nEva|Bonn".replace("Ida|Ulm\nUwe", "column_1|column_2\nIda|Ulm\nUwe")
    );
    assert_eq!(shown(&read(b"name\nIda\nUwe\n").0), "name\nIda\nUwe");
}

#[test]
fn header_names_become_unique() {
    let (table, _) = read(b" mail ,mail,,mail_2,\na,b,c,d,e\n");
    assert_eq!(shown(&table), "mail|mail_3|column_3|mail_2|column_5\na|b|c|d|e");
}

#[test]
fn blank_values_are_missing_and_others_kept_as_they_are() {
    let (table, _) = read("name,city\n Ida ,  \nUwe,\u{a0}\n".as_bytes());
    assert_eq!(shown(&table), "name|city\n Ida |\nUwe|");
}

#[test]
fn faulty_rows_are_quarantined_and_the_rest_is_read() {
    let mut bytes = "id,name,city\n1,Ida,Köln\n2,Uwe\n3,Eva,Bonn,x\n\n4,Nul\0,Ulm\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"5,Ren\xe9,Ulm\n6,\"Open,Ulm\n7,\"Bad\" quote,Ulm\n8,J\xc3\xbcrgen,Ulm\n");
    let (table, rows) = read(&bytes);
    assert_eq!(shown(&table), "id|name|city\n1|Ida|Köln\n8|Jürgen|Ulm");
    assert_eq!(table.row_numbers, [1, 8]);
    assert_eq!(
        faults(&rows),
        [
            "2::2 fields where the header has 3",
            "3::4 fields where the header has 3",
            "4:name:contains a NUL byte",
            "5:name:broken encoding",
            "6:name:unbalanced quotes",
            "7:name:unbalanced quotes",
        ]
    );
}

#[test]
fn a_delimiter_at_every_row_s_end_is_no_fault() {
    let (table, faults) = read(b"id;name\n1;Ida;\n2;Uwe;;\n3;Eva\n");
    assert_eq!(shown(&table), "id|name\n1|Ida\n2|Uwe\n3|Eva");
    assert_eq!(faults, []);
}

#[test]
fn an_over_long_field_is_quarantined() {
    let long = "x".repeat(ingest::FIELD_BYTES_MAX + 1);
    let (table, rows) = read(format!("id,name\n1,Ida\n2,{long}\n3,\"{long}\"\n4,Uwe\n").as_bytes());
    assert_eq!(shown(&table), "id|name\n1|Ida\n4|Uwe");
    assert_eq!(faults(&rows)[0], "2:name:longer than 1048576 bytes");
    assert_eq!(rows.len(), 2);
}

#[test]
fn quoted_newlines_survive_block_ends() {
    let mut text = String::from("id,note\n");
    for row in 0..40_000 {
        text += &format!("{row},\"line one of {row}\nline \"\"two\"\", of {row}\"\n");
    }
    assert!(text.len() > 4 * ingest::BLOCK_BYTES);
    let (table, faults) = read(text.as_bytes());
    assert_eq!((table.rows(), faults.len()), (40_000, 0));
    for row in [0, 9_999, 39_999] {
        assert_eq!(table.columns[1].get(row), format!("line one of {row}\nline \"two\", of {row}"));
    }
}

#[test]
fn json_lines_are_read() {
    let (table, rows) = read(
        b"{\"id\":1,\"name\":{\"last\":\"Gro\xc3\x9f\"}}\nnonsense\n{\"id\":2,\"tags\":[\"a\",\"b\"]}\n",
    );
    assert_eq!(shown(&table), "id|name.last|tags\n1|Groß|\n2||a | b");
    assert_eq!(faults(&rows), ["2::not a JSON object"]);
}

#[cfg(feature = "parquet")]
mod parquet_input {
    use super::*;
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::types::Int32Type;
    use arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array,
        RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
    };
    use arrow_schema::{DataType, Field};
    use std::sync::Arc;

    fn file(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn every_type_is_spelt_as_text() {
        let mut mails = ListBuilder::new(StringBuilder::new());
        mails.append_value([Some("a@x.de"), None, Some("b@x.de")]);
        mails.append_null();
        let city: ArrayRef = Arc::new(StringArray::from(vec![Some("Ulm"), Some("hidden")]));
        let field = Arc::new(Field::new("city", DataType::Utf8, true));
        let home = StructArray::new(vec![field].into(), vec![city], Some(vec![true, false].into()));
        let kinds: DictionaryArray<Int32Type> = vec![Some("w"), None].into_iter().collect();
        let bytes = file(vec![
            ("id", Arc::new(Int64Array::from(vec![1, 2]))),
            ("name", Arc::new(StringArray::from(vec![Some("Groß"), None]))),
            ("born", Arc::new(Date32Array::from(vec![Some(-1), None]))),
            ("seen", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_500_000), None]))),
            ("zip", Arc::new(Float64Array::from(vec![Some(1067.0), None]))),
            ("score", Arc::new(Float64Array::from(vec![0.5, -2.25]))),
            ("vip", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            ("raw", Arc::new(BinaryArray::from(vec![&b"text"[..], &b"\xff\x00"[..]]))),
            ("kind", Arc::new(kinds)),
            ("mails", Arc::new(mails.finish())),
            ("home", Arc::new(home)),
        ]);
        let (table, faults) = read(&bytes);
        assert_eq!(
            shown(&table),
            "id|name|born|seen|zip|score|vip|raw|kind|mails|home.city\n\
             1|Groß|1969-12-31|1970-01-01T00:00:01.500|1067|0.5|true|text|w|a@x.de | b@x.de|Ulm\n\
             2|||||-2.25||ff00|||"
        );
        assert_eq!(faults, []);
    }

    #[test]
    fn faulty_rows_are_quarantined() {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let names: ArrayRef = Arc::new(StringArray::from(vec!["Ida", "Nu\0l", "Uwe"]));
        let (table, rows) = read(&file(vec![("id", ids), ("name", names)]));
        assert_eq!(shown(&table), "id|name\n1|Ida\n3|Uwe");
        assert_eq!(faults(&rows), ["2:name:contains a NUL byte"]);
    }

    #[test]
    fn a_broken_or_empty_file_is_an_error() {
        let bytes = file(vec![("id", Arc::new(Int64Array::from(vec![1])))]);
        let error = try_read(&bytes[..bytes.len() - 9]).err().unwrap();
        assert!(error.to_string().starts_with("cannot read `shop.csv` as Parquet: "), "{error}");
        let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
        let error = try_read(&file(vec![("id", none)])).err().unwrap();
        assert_eq!(error.to_string(), "`shop.csv` has a header but no rows");
    }
}
