//! What people read when their input is bad: the exact words on standard
//! error, through the binary. Each says what is wrong, where, and how to mend
//! it; whoever changes one reads it aloud first.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const ROWS: &str = "id,first_name,last_name,email\n\
    1,Anna,Müller,anna@mueller.de\n2,Peter,Weber,p.weber@web.de\n";

/// A folder with `shop.csv` and the given files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [("shop.csv", ROWS.as_bytes())].iter().chain(files) {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    folder
}

fn run(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.current_dir(folder).args(arguments.split(' ')).stdin(Stdio::null()).env("NO_COLOR", "1");
    command.output().expect("the binary runs")
}

/// The exit code, then what was said on standard error and on standard output.
fn told(output: &Output) -> String {
    let code = output.status.code().expect("it was not killed");
    let [said, printed] =
        [&output.stderr, &output.stdout].map(|bytes| std::str::from_utf8(bytes).expect("UTF-8"));
    format!("exit {code}\n{said}{printed}")
}

#[track_caller]
fn check(files: &[(&str, &[u8])], arguments: &str, expected: &str) {
    let folder = folder(files);
    let told = told(&run(folder.path(), arguments));
    assert_eq!(told.trim_end(), expected.trim(), "einklang {arguments}\n{told}");
}

#[test]
fn a_missing_file() {
    check(
        &[],
        "unify nix.csv --out o",
        "exit 1\n\
         error: cannot read `nix.csv`: no such file or directory\n\
         hint: check the path; it is read from the current folder",
    );
    check(
        &[],
        "unify shpo.csv --out o",
        "exit 1\n\
         error: cannot read `shpo.csv`: no such file or directory\n\
         hint: did you mean `shop.csv`?",
    );
    check(
        &[],
        "unify shop.csv --rules nix.toml --out o",
        "exit 1\n\
         error: cannot read `nix.toml`: no such file or directory\n\
         hint: check the path; it is read from the current folder",
    );
    check(
        &[],
        "unify . --out o",
        "exit 2\n\
         error: `.` is a directory\n\
         hint: name the files in it, such as `./*.csv`",
    );
}

#[test]
fn an_unreadable_encoding() {
    let noise: Vec<u8> =
        (0..2000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x1f).collect();
    check(
        &[("noise.csv", &noise)],
        "unify noise.csv --out o",
        "exit 1\n\
         error: the encoding of `noise.csv` is unreadable: it holds mostly control characters\n\
         hint: save it as CSV in UTF-8, UTF-16 or Windows-1252; gzip, zstd and Parquet are read as they are",
    );
    check(
        &[("wide.csv", b"\xff\xfe\0\0i\0\0\0d\0\0\0")],
        "unify wide.csv --out o",
        "exit 1\n\
         error: `wide.csv` is text in UTF-32, not a text that can be read\n\
         hint: export it as CSV in UTF-8",
    );
    check(
        &[("rules.toml", b"[model]\n# gr\xfcn\n")],
        "unify shop.csv --rules rules.toml --out o",
        "exit 1\n\
         error: the file is not UTF-8 text\n  --> rules.toml:2\n\
         hint: save it as UTF-8",
    );
}

#[test]
fn no_recognisable_column() {
    let text: String = (0..30).map(|at| format!("{at},{at}.50\n")).collect();
    let file = format!("lfd,betrag\n{text}");
    let expected = "exit 1\n\
         error: no column holds anything that customers can be matched by\n\
         hint: the columns are `lfd`, `betrag`; say what they hold in a rule file that you pass with `--rules`";
    check(&[("sums.csv", file.as_bytes())], "unify sums.csv --out o", expected);
    check(&[("sums.csv", file.as_bytes())], "init sums.csv", expected);
}

#[test]
fn empty_files() {
    let hint = "hint: check that the export ran through, or leave the file out";
    check(
        &[("empty.csv", b"")],
        "unify shop.csv empty.csv --out o",
        &format!("exit 1\nerror: `empty.csv` is empty\n{hint}"),
    );
    check(
        &[("blank.csv", b"\n \n\n")],
        "unify blank.csv --out o",
        &format!("exit 1\nerror: `blank.csv` is empty\n{hint}"),
    );
    check(
        &[("header.csv", b"id,name,email\n")],
        "unify header.csv --out o",
        &format!("exit 1\nerror: `header.csv` has a header but no rows\n{hint}"),
    );
}

#[test]
fn no_sound_row() {
    check(
        &[("torn.csv", b"id,name\n1,Anna,x\n2,Peter,y\n3,Julia,z\n")],
        "unify torn.csv --out o",
        "exit 1\n\
         error: no row of `torn.csv` can be read; row 1: 3 fields where the header has 2\n\
         hint: export it again, with one encoding, delimiter and quoting throughout",
    );
}

#[test]
fn one_row_is_one_customer() {
    check(
        &[("one.csv", b"name,email\nAnna M\xc3\xbcller,anna@web.de\n")],
        "unify --quiet one.csv --out o",
        "exit 0\n\
         1 record from 1 source is 1 customer (0.0 % duplicates)\n\
         0 pairs compared, 0 linked, 0 to review\n\
         results in `o`",
    );
}

#[test]
fn a_quarantined_row_shows_in_the_exit_code() {
    let folder = folder(&[(
        "torn.csv",
        b"id,name,email\n1,Anna Weber,anna@web.de\n2,Peter\n3,Julia Koch,j@koch.de\n",
    )]);
    let told = told(&run(folder.path(), "unify torn.csv --out o"));
    assert!(told.starts_with("exit 3\n"), "{told}");
    let warning = "warning: 1 row was quarantined; `o/quarantine.csv` says why\n\
        2 records from 1 source are 2 customers (0.0 % duplicates)\n";
    assert!(told.contains(warning), "{told}");
    let quarantined = std::fs::read_to_string(folder.path().join("o/quarantine.csv")).expect("a file");
    assert_eq!(quarantined, "source,row,field,reason\ntorn,2,,2 fields where the header has 3\n");
}

/// One of each kind: syntax of values, names that are not there, values out of
/// their range, and the two small languages.
const TEN_FAULTS: &str = r#"[model]
lern = true
[[column]]
column = "last_name"
is = "surname"
[[column]]
is = "email"
[normalise]
country = "Deutschland"
[blocking]
keys = ["email +", "emial"]
[[rule]]
name = "same e-mail"
then = "join"
when = "email is the same"
[[rule]]
name = "names"
then = "link"
when = "email is same and"
[cluster]
size_review = "ten"
[thresholds]
link = 2
"#;

#[test]
fn a_rule_file_with_ten_faults() {
    check(
        &[("rules.toml", TEN_FAULTS.as_bytes())],
        "unify shop.csv --rules rules.toml --out o",
        include_str!("messages/ten_faults.txt"),
    );
}

#[test]
fn a_rule_that_names_a_column_that_is_not_there() {
    check(
        &[("rules.toml", b"[[column]]\ncolumn = \"lastname\"\nis = \"family_name\"\n")],
        "unify shop.csv --rules rules.toml --out o",
        include_str!("messages/absent_column.txt"),
    );
    check(
        &[],
        "unify shop.csv --id nummer --out o",
        "exit 2\n\
         error: there is no column `nummer`\n  --> shop.csv\n\
         hint: the columns are `id`, `first_name`, `last_name`, `email`",
    );
}

#[test]
fn an_output_folder_that_cannot_be_written() {
    let hint = "hint: `--out` wants a folder, and one of the names in this path is a file";
    check(
        &[("merged", b"")],
        "unify shop.csv --out merged",
        &format!("exit 1\nerror: cannot write `merged`: file exists\n{hint}"),
    );
    check(
        &[],
        "unify shop.csv --out shop.csv/merged",
        &format!("exit 1\nerror: cannot write `shop.csv/merged`: not a directory\n{hint}"),
    );
}

/// A file under way has the name of its process in it. The shell leads that
/// name to `/dev/full` before it becomes the process, so that the system itself
/// says that the disk is full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    for (arguments, file) in [
        ("", "crosswalk.csv"),
        ("", "customers.csv"),
        ("", "quarantine.csv"),
        ("", "report.json"),
        ("", "report.html"),
        ("--format parquet", "crosswalk.parquet"),
    ] {
        let folder = folder(&[("merged.csv", b"")]);
        let script = format!(
            "mkdir o && ln -s /dev/full o/.{file}.$$.part && \
             exec {} unify --quiet shop.csv {arguments} --out o",
            env!("CARGO_BIN_EXE_einklang")
        );
        let mut shell = Command::new("sh");
        shell.current_dir(folder.path()).args(["-c", &script]).env("NO_COLOR", "1");
        let expected = format!(
            "exit 1\n\
             error: cannot write `o/{file}`: no space left on device\n\
             hint: free some space, or choose another folder with `--out`; no half-written file is left behind\n"
        );
        assert_eq!(told(&shell.output().expect("the shell runs")), expected);
        assert!(!folder.path().join("o").join(file).exists(), "{file} is left half-written");
        let left = std::fs::read_dir(folder.path().join("o")).expect("the folder");
        let parts = left.filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
        });
        assert_eq!(parts.count(), 0, "a part is left behind");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("the device");
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    let output = command.args(["rules", "schema"]).stdout(full).output().expect("the binary runs");
    assert_eq!(told(&output), "exit 1\nerror: cannot write to standard output: no space left on device\n");
}

/// `einklang … | head -1`: the reader leaves, early or at once, and nothing is
/// said about it.
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let shop = folder(&[]);
    for arguments in [
        "rules schema",
        "rules reference",
        "man",
        "completions bash",
        "init --quiet shop.csv",
        "unify --quiet shop.csv --out o",
        "unify --quiet --json shop.csv --out o",
        "--help",
        "unify --help",
    ] {
        for lines in [0, 1] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
            command.current_dir(shop.path()).args(arguments.split(' '));
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("the binary runs");
            let reader = child.stdout.take().expect("a pipe");
            if lines > 0 {
                let mut line = String::new();
                std::io::BufRead::read_line(&mut std::io::BufReader::with_capacity(1, reader), &mut line)
                    .expect("a line");
                assert!(!line.is_empty(), "einklang {arguments}");
            } else {
                drop(reader);
            }
            assert_eq!(told(&child.wait_with_output().expect("it ends")), "exit 0\n", "einklang {arguments}");
        }
    }
    assert!(shop.path().join("o/report.html").is_file(), "the results are there all the same");
}

/// Nobody listens to the talk either.
#[test]
fn a_closed_standard_error_is_no_failure() {
    let shop = folder(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.current_dir(shop.path()).args(["unify", "shop.csv", "--out", "o"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
