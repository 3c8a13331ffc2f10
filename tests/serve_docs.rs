//! What the documentation of the service says, done: its examples run, its
//! client works, its settings are those that there are.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use serving::Served;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The page's shell examples, in order.
fn examples(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_examples_run() {
    let page = std::fs::read_to_string(root().join("docs/service.md")).unwrap();
    let examples = examples(&page);
    assert!(examples.len() >= 7);
    let served = Served::new(&[], &[]);
    // One shell for all, since later examples use what earlier ones made.
    let script = format!("set -eu\n{}", examples.join("\necho\n"));
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("URL", format!("http://{}", served.address))
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    for expected in
        ["\"customer_id\"", "\"candidates\"", "\"golden\"", "source,record_id,customer_id", "\"suppressed\""]
    {
        assert!(out.contains(expected), "no {expected} in\n{out}");
    }
}

#[test]
fn the_python_client_works() {
    let served = Served::new(&[], &[]);
    let output = Command::new("python3")
        .arg(root().join("python/tests/test_client.py"))
        .arg(format!("http://{}", served.address))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_example_settings_are_settings() {
    einklang::serve::Settings::read(&root().join("deploy/einklang.toml")).unwrap();
    let page = std::fs::read_to_string(root().join("docs/service.md")).unwrap();
    let help = serving::done(&["serve", "--help"]);
    for line in page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4) {
        let name = line.split('`').nth(1).unwrap();
        if page.find(line) > page.find("## Settings") && page.find(line) < page.find("## Operate") {
            let flag =
                if name == "hosts" { "--host".to_owned() } else { format!("--{}", name.replace('_', "-")) };
            assert!(help.contains(&flag), "{flag}");
        }
    }
}
