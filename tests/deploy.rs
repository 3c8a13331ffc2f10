//! What `deploy/` holds, held to the binary and to the documentation: flags,
//! variables, paths, ports and users are those that there are, and the runbook's
//! commands do what it says. No container is built and no unit started here.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The unit's settings, in order.
fn unit() -> Vec<(String, String)> {
    let text = read("deploy/einklang.service");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty());
    lines.map(|line| line.split_once('=').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn of<'u>(unit: &'u [(String, String)], name: &str) -> &'u str {
    &unit.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} is missing")).1
}

/// An instruction of the Dockerfile with its continued lines.
fn instructions() -> Vec<(String, String)> {
    let text = read("deploy/Dockerfile");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let instructions = joined.lines().filter_map(|line| line.split_once(' '));
    instructions.map(|(a, b)| (a.to_owned(), b.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

/// Each flag is one that the command has.
fn check_flags(command: &str, arguments: &[String]) {
    let help = serving::done(&[command, "--help"]);
    let flags = arguments.iter().filter(|argument| argument.starts_with("--"));
    for flag in flags {
        assert!(help.contains(&format!("{flag} ")), "`einklang {command}` has no {flag}");
    }
}

#[test]
fn the_unit_starts_what_there_is() {
    let unit = unit();
    let start: Vec<String> = of(&unit, "ExecStart").split(' ').map(str::to_owned).collect();
    assert_eq!(start[..2], ["/usr/local/bin/einklang", "serve"]);
    check_flags("serve", &start[2..]);
    // Its settings are those of the file beside it, where the runbook puts it.
    let config = start.iter().skip_while(|part| *part != "--config").nth(1).unwrap();
    let runbook = read("docs/runbook.md");
    assert!(runbook.contains(&format!("deploy/einklang.toml {config}")));
    assert!(runbook.contains(&format!(
        "useradd --system --home-dir /var/lib/einklang --shell /usr/sbin/nologin {}",
        of(&unit, "User")
    )));
    let settings =
        einklang::serve::Settings::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/einklang.toml"));
    let settings = settings.unwrap();
    // The store stands where the unit lets it write, and nowhere else does it.
    let state = Path::new("/var/lib").join(of(&unit, "StateDirectory"));
    assert!(settings.store.starts_with(&state) && settings.state().starts_with(&state));
    assert_eq!(of(&unit, "ProtectSystem"), "strict");
    let stop: u64 = of(&unit, "TimeoutStopSec").parse().unwrap();
    assert!(stop > settings.stop_seconds_max, "the store is closed after requests got their time");
    let files: usize = of(&unit, "LimitNOFILE").parse().unwrap();
    assert!(files > 2 * settings.connections_max);
}

/// systemd's own check, with the binary of this build in place of the installed.
#[test]
fn systemd_finds_no_fault_in_the_unit() {
    if !is_there("systemd-analyze") {
        eprintln!("SKIPPED: there is no systemd-analyze");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("einklang.service");
    let text = read("deploy/einklang.service");
    std::fs::write(&path, text.replace("/usr/local/bin/einklang", env!("CARGO_BIN_EXE_einklang"))).unwrap();
    let analyse = |arguments: &[&str]| {
        let output = Command::new("systemd-analyze").args(arguments).arg(&path).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (is_well, said) = analyse(&["verify", "--man=no"]);
    assert!(is_well && !said.contains("einklang.service:"), "{said}");
    // A threshold of 3.0: what it may do to the machine stays little.
    let (is_well, said) = analyse(&["security", "--offline=true", "--no-pager", "--threshold=30"]);
    assert!(is_well || said.contains("Unknown option") || said.contains("unrecognized option"), "{said}");
}

#[test]
fn the_image_is_of_what_there_is() {
    let instructions = instructions();
    let all = |name: &str| -> Vec<String> {
        instructions.iter().filter(|(known, _)| known == name).map(|(_, told)| told.clone()).collect()
    };
    // The compiler is at least the one that the sources ask for.
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let least = manifest["package"]["rust-version"].as_str().unwrap();
    let [build, last] = all("FROM").try_into().unwrap();
    let compiler = build.strip_prefix("rust:").and_then(|rest| rest.split('-').next()).unwrap().to_owned();
    let parts = |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    assert!(parts(&compiler) >= parts(least), "{compiler} builds what needs {least}");
    // Both stages are one Debian, so that the libraries fit.
    assert!(build.contains("bookworm") && last.contains("bookworm"));
    let runs = all("RUN").join("\n");
    assert!(runs.contains("cargo build --profile dist --locked"), "{runs}");
    assert!(manifest["profile"].get("dist").is_some());
    let user = all("USER").pop().unwrap();
    let made = runs.lines().find(|line| line.starts_with("useradd ")).unwrap();
    assert!(made.ends_with(&format!(" {user}")));
    let list = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap();
    assert_eq!(list(&all("ENTRYPOINT")[0]), ["einklang"]);
    assert!(
        all("COPY").contains(&"--from=build /source/target/dist/einklang /usr/local/bin/einklang".to_owned())
    );
    let command = list(&all("CMD")[0]);
    check_flags(&command[0], &command[1..]);
    let value = |flag: &str| command.iter().skip_while(|part| *part != flag).nth(1).unwrap().clone();
    assert!(Path::new(&value("--store")).starts_with(&all("VOLUME")[0]));
    assert!(made.contains(&format!("--home-dir {} --create-home", all("VOLUME")[0])));
    assert!(value("--listen").ends_with(&format!(":{}", all("EXPOSE")[0])));
    // Nothing built here goes into the build there.
    let ignored = read(".dockerignore");
    for name in ["target", ".git", "web/node_modules"] {
        assert!(ignored.lines().any(|line| line.trim_matches('/') == name), "{name} is not ignored");
    }
    let compose = compose();
    let Some(service) = compose.get("services").map(|services| &services["einklang"]) else { return };
    assert_eq!(service["build"]["dockerfile"], "deploy/Dockerfile");
    let port = &all("EXPOSE")[0];
    assert_eq!(service["ports"][0].as_str().unwrap(), format!("{port}:{port}"));
    assert!(service["volumes"][0].as_str().unwrap().ends_with(&format!(":{}", all("VOLUME")[0])));
    // The files that the command reads are the secrets that it is given.
    for secret in [value("--tls-certificate"), value("--tls-key")] {
        let name = secret.strip_prefix("/run/secrets/").unwrap();
        assert!(service["secrets"].as_array().unwrap().iter().any(|known| known == name), "{name}");
        assert!(compose["secrets"][name]["file"].is_string());
    }
    let help = serving::done(&["serve", "--help"]);
    for variable in service["environment"].as_object().unwrap().keys() {
        assert!(help.contains(&format!("[env: {variable}=")), "`einklang serve` reads no {variable}");
    }
    let uid = made.split_whitespace().skip_while(|part| *part != "--uid").nth(1).unwrap();
    assert!(read("deploy/compose.yaml").contains(&format!("chown {uid} key.pem")));
}

/// The compose file as JSON; empty, and said so, where nothing here reads YAML.
fn compose() -> BTreeMap<String, serde_json::Value> {
    let script = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/compose.yaml");
    let output = Command::new("python3").args(["-c", script]).arg(path).output();
    match output {
        Ok(output) if output.status.success() => serde_json::from_slice(&output.stdout).unwrap(),
        _ => {
            eprintln!("SKIPPED: Python has no module `yaml` to read the compose file with");
            BTreeMap::new()
        }
    }
}

/// `systemctl` as far as the runbook uses it: the service in the background, its
/// number in a file.
const SYSTEMCTL: &str = r#"#!/bin/sh
set -eu
case $1 in
stop)
  pid=$(cat ROOT/pid)
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null && ! grep -q "^State:.Z" "/proc/$pid/status"; do sleep 0.05; done
  ;;
start)
  # What the last start logged says nothing of this one.
  : > ROOT/log
  ROOT/usr/local/bin/einklang serve --config ROOT/etc/einklang.toml </dev/null >/dev/null 2>ROOT/log &
  echo $! > ROOT/pid
  until grep -q '"listening"' ROOT/log; do sleep 0.05; kill -0 $!; done
  ;;
esac
"#;

/// `runuser -u USER -- COMMAND`, as whoever runs the test.
const RUNUSER: &str = "#!/bin/sh\nshift 3\nexec \"$@\"\n";

struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::write(&path, text.replace("ROOT", self.root.path().to_str().unwrap())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A machine as the runbook supposes it, with one record that came before.
    fn new() -> Self {
        let machine = Self { root: tempfile::tempdir().unwrap() };
        for folder in
            ["usr/local/bin", "etc/einklang", "var/lib/einklang", "var/backups/einklang", "root", "bin"]
        {
            std::fs::create_dir_all(machine.path(folder)).unwrap();
        }
        for copy in ["usr/local/bin/einklang", "root/einklang-new"] {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_einklang"), machine.path(copy)).unwrap();
        }
        machine.program("bin/systemctl", SYSTEMCTL);
        machine.program("bin/runuser", RUNUSER);
        machine.program("bin/chown", "#!/bin/sh\nexit 0\n");
        let store = machine.path("var/lib/einklang/graph");
        std::fs::write(
            machine.path("etc/einklang.toml"),
            format!("store = {store:?}\nlisten = \"127.0.0.1:0\"\ndisk_bytes_min = 1\n"),
        )
        .unwrap();
        machine
    }

    /// Runs commands as they stand, with this machine's folders for the root's.
    fn run(&self, commands: &str) -> String {
        let root = self.root.path().to_str().unwrap();
        let mut script = commands.to_owned();
        for folder in ["/usr/local/bin/", "/etc/", "/var/", "/root/"] {
            script = script.replace(folder, &format!("ROOT{folder}"));
        }
        let script = script.replace("ROOT", root);
        let path = format!("{root}/bin:{root}/usr/local/bin:{}", std::env::var("PATH").unwrap());
        let output = Command::new("sh")
            .args(["-c", &format!("set -eu\n{script}")])
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{commands}\n{said}");
        said
    }

    fn address(&self) -> String {
        let log = std::fs::read_to_string(self.path("log")).unwrap();
        let line = log.lines().rev().find(|line| line.contains("\"listening\"")).unwrap();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["address"].as_str().unwrap().to_owned()
    }

    fn put(&self, id: &str) {
        let fields = serde_json::json!({ "fields": { "vorname": "Eva", "nachname": id, "ort": "Ulm" } });
        serving::Client::new(&self.address()).put(&format!("/v1/records/crm/{id}"), &fields).good();
    }

    #[track_caller]
    fn holds(&self, id: &str, is_there: bool) {
        let status = serving::Client::new(&self.address()).get(&format!("/v1/records/crm/{id}")).status;
        assert_eq!(status, if is_there { 200 } else { 404 }, "{id}");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let kill = format!("kill -KILL \"$(cat {})\"", self.path("pid").display());
        let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
    }
}

#[test]
fn the_runbooks_commands_do_what_it_says() {
    let page = read("docs/runbook.md");
    let mut blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut next = || blocks.next().unwrap();
    let machine = Machine::new();
    machine.run("systemctl start einklang");
    machine.put("early");
    // Back up, upgrade, go back, and go back to the copy.
    assert!(machine.run(next()).contains("digest "));
    machine.put("late");
    assert!(machine.run(next()).contains(env!("CARGO_PKG_VERSION")));
    machine.put("upgraded");
    machine.run(next());
    ["early", "late", "upgraded"].into_iter().for_each(|id| machine.holds(id, true));
    machine.run(next());
    machine.holds("late", true);
    machine.holds("upgraded", false);
    // Restore, without and with what came after the copy.
    machine.put("lost");
    machine.run(next());
    machine.holds("early", true);
    ["late", "lost"].into_iter().for_each(|id| machine.holds(id, false));
    machine.run("sleep 1.1");
    machine.run(next());
    ["early", "late", "lost"].into_iter().for_each(|id| machine.holds(id, true));
    // Encrypt, and change the key.
    machine.run(next());
    machine.holds("lost", true);
    let store = machine.path("var/lib/einklang/graph");
    let is_encrypted = || std::fs::read(store.join("CURRENT")).unwrap().starts_with(b"einklang-aes");
    assert!(is_encrypted());
    let key = std::fs::read(machine.path("etc/einklang/store.key")).unwrap();
    machine.run(next());
    machine.holds("lost", true);
    assert!(is_encrypted() && std::fs::read(machine.path("etc/einklang/store.key")).unwrap() != key);
    assert!(blocks.next().is_none());
}
