//! A served store and a small HTTP client, for the tests of the service.

#![allow(dead_code, clippy::unwrap_used)]

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A service in a process of its own, ended with the test.
pub struct Served {
    pub folder: tempfile::TempDir,
    pub address: String,
    child: Option<Child>,
    flags: Vec<String>,
    log: Option<std::thread::JoinHandle<Vec<String>>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The JSON of an answer that must be good.
    #[track_caller]
    pub fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The problem that a request must have met.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{body}");
        let told = self.json();
        assert_eq!(told["status"], status);
        assert!(told["title"].is_string() && told["detail"].is_string() && told["request_id"].is_string());
        told
    }
}

pub fn einklang(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_einklang"));
    command.args(arguments);
    command
}

/// Runs a command that must succeed, and returns what it printed.
#[track_caller]
pub fn done(arguments: &[&str]) -> String {
    let output = einklang(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// 60 strangers, so that a model can be learned, and who else is needed.
pub fn records(more: &[&str]) -> String {
    let mut text = "id,vorname,nachname,geburtsdatum,email,telefon,ort\n".to_owned();
    more.iter().for_each(|row| _ = writeln!(text, "{row}"));
    for at in 0..60 {
        let (day, month) = (1 + at % 28, 1 + at % 12);
        let _ = writeln!(
            text,
            "f{at},Vorname{at},Fremd{at},19{:02}-{month:02}-{day:02},fremd{at}@web.de,0711 55{at:05},Ort{at}",
            50 + at % 40
        );
    }
    text
}

/// Sends a signal to a process. The shell has `kill` built in; a small system has
/// no program of that name.
pub fn signal(name: &str, pid: u32) {
    let kill = format!("kill -{name} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

impl Served {
    /// Serves a store of `crm` with these records and the strangers.
    pub fn new(rows: &[&str], flags: &[&str]) -> Self {
        let mut served = Self::unstarted(rows);
        served.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        served.start();
        served
    }

    /// A store that is not served yet.
    pub fn unstarted(rows: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("crm.csv"), records(rows)).unwrap();
        done(&["unify", "-q", "--out", &path("merged"), "--store", &path("store"), &path("crm.csv")]);
        Self { folder, address: String::new(), child: None, flags: Vec::new(), log: None }
    }

    pub fn store(&self) -> String {
        self.path("store").to_str().unwrap().to_owned()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn set_flags(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    }

    /// Starts the process and waits until it listens.
    pub fn start(&mut self) {
        let mut child = einklang(&["serve", "--store", &self.store()])
            .args(["--listen", if self.address.is_empty() { "127.0.0.1:0" } else { &self.address }])
            .args(&self.flags)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            let parsed: Value = serde_json::from_str(&line).unwrap_or_default();
            told.push(line);
            if parsed["message"] == "listening" {
                self.address = parsed["address"].as_str().unwrap().to_owned();
                break;
            }
        }
        assert!(!self.address.is_empty(), "it does not listen: {told:?}");
        self.log = Some(std::thread::spawn(move || {
            told.extend(lines.map_while(Result::ok));
            told
        }));
        self.child = Some(child);
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.log.take().unwrap().join().unwrap();
    }

    /// Asks the process to end, and returns its exit code and its log.
    pub fn stop(&mut self) -> (Option<i32>, Vec<String>) {
        let mut child = self.child.take().unwrap();
        signal("TERM", child.id());
        let code = child.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap())
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn client(&self) -> Client {
        Client::new(&self.address)
    }

    pub fn token(&self, name: &str, roles: &[&str]) -> String {
        let store = self.store();
        let mut arguments = vec!["token", "create", "--store", &store, name];
        roles.iter().for_each(|role| arguments.extend(["--role", role]));
        done(&arguments)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// One connection, kept open.
pub struct Client {
    pub address: String,
    pub token: Option<String>,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), token: None, stream: None }
    }

    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"")
    }

    pub fn json(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.json("PUT", path, body)
    }

    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).unwrap()
    }

    pub fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\ncontent-length: {}\r\n", body.len());
        if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            let _ = write!(head, "host: {}\r\n", self.address);
        }
        if let Some(token) = &self.token {
            let _ = write!(head, "authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        // A connection that the service ended meanwhile is opened anew, once.
        if let Some(answer) = self.stream.take().and_then(|stream| self.exchange(stream, &bytes).ok()) {
            return Ok(answer);
        }
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(90)))?;
        self.exchange(BufReader::new(stream), &bytes)
    }

    fn exchange(&mut self, mut stream: BufReader<TcpStream>, bytes: &[u8]) -> std::io::Result<Answer> {
        stream.get_mut().write_all(bytes)?;
        let answer = read_answer(&mut stream)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// Sends bytes as they are, and reads what comes back, if anything.
pub fn raw(address: &str, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    read_answer(&mut BufReader::new(stream)).ok()
}

pub fn read_answer(stream: &mut impl BufRead) -> std::io::Result<Answer> {
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(broken());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        answer.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(|_| broken())?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk)?;
            chunk.truncate(size);
            answer.body.extend(chunk);
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
        answer.body = vec![0; length];
        stream.read_exact(&mut answer.body)?;
    }
    Ok(answer)
}

/// The store is what its records make it.
#[track_caller]
pub fn verify(store: &Path) -> Value {
    serde_json::from_str(&done(&["verify", "--json", "--store", store.to_str().unwrap()])).unwrap()
}
