//! Who may do what at the service: every route under every role, the tokens'
//! life, what needs TLS, and the audit log.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod serving;

use einklang::serve::ROUTES;
use serde_json::{Value, json};
use serving::{Served, done, einklang};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const ROLES: [&str; 5] = ["reader", "writer", "steward", "approver", "administrator"];
const OPEN: &[&str] = &["nobody", "reader", "writer", "steward", "approver", "administrator"];
const ANY: &[&str] = &ROLES;
const LOOKS_UP: &[&str] = &["reader", "steward", "approver"];

/// Every route, and who may use it: decided here once more, and not taken from
/// the service's own table.
const MAY: &[(&str, &[&str])] = &[
    ("putRecord", &["writer"]),
    ("deleteRecord", &["writer"]),
    ("getRecord", LOOKS_UP),
    ("postBatch", &["writer"]),
    ("getStream", &["writer"]),
    ("match", LOOKS_UP),
    ("explain", LOOKS_UP),
    ("search", LOOKS_UP),
    ("listCustomers", LOOKS_UP),
    ("getCustomer", LOOKS_UP),
    ("getHistory", LOOKS_UP),
    ("getAccess", &["approver"]),
    ("listChanges", LOOKS_UP),
    ("streamChanges", LOOKS_UP),
    ("listJudgements", LOOKS_UP),
    ("postJudgement", &["steward"]),
    ("listPins", LOOKS_UP),
    ("postPin", &["steward"]),
    ("postErasure", &["approver"]),
    ("exportCustomers", &["administrator"]),
    ("exportCrosswalk", &["administrator"]),
    ("getModel", LOOKS_UP),
    ("getCounts", ANY),
    ("getMe", ANY),
    ("listTokens", &["administrator"]),
    ("getAuditHead", &["administrator"]),
    ("getDocument", OPEN),
    ("getDocs", OPEN),
    ("getStyle", OPEN),
    ("getHealth", OPEN),
    ("getReadiness", OPEN),
    ("getMetrics", ANY),
    ("getDesk", LOOKS_UP),
    ("listReview", LOOKS_UP),
    ("claimReview", &["steward"]),
    ("noteReview", &["steward"]),
    ("getSample", LOOKS_UP),
    ("drawSample", &["steward"]),
    ("postDecision", &["steward"]),
    ("previewDecision", LOOKS_UP),
    ("listProposals", LOOKS_UP),
    ("approveProposal", &["approver"]),
    ("turnDownProposal", &["steward", "approver"]),
    ("listRules", LOOKS_UP),
    ("getRules", LOOKS_UP),
    ("getRulesSchema", ANY),
    ("checkRules", LOOKS_UP),
    ("diffRules", LOOKS_UP),
    ("saveDraft", &["steward"]),
    ("dropDraft", &["steward"]),
    ("tryRules", &["steward", "approver"]),
    ("prepareTrials", &["steward", "approver"]),
    ("getTrial", &["steward", "approver"]),
    ("applyDraft", &["approver"]),
    ("rollBackRules", &["approver"]),
    ("getSurvey", LOOKS_UP),
    ("getAppraisal", LOOKS_UP),
    ("getWeights", LOOKS_UP),
    ("listAudit", &["administrator"]),
    ("getWorkbench", OPEN),
    ("getAsset", OPEN),
];

/// The answer's status; its body is not waited for.
fn status(address: &str, method: &str, path: &str, token: Option<&str>) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let media = if path == "/v1/batch" { "application/x-ndjson" } else { "application/json" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}content-type: {media}\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn every_route_is_for_its_roles_and_no_others() {
    let served = Served::new(&[], &[]);
    let mut tokens: BTreeMap<&str, Option<String>> =
        ROLES.iter().map(|role| (*role, Some(served.token(role, &[role])))).collect();
    tokens.insert("nobody", None);
    // A running service takes up new tokens by itself.
    let until = Instant::now() + Duration::from_secs(10);
    while served.client().get("/v1/counts").status != 401 {
        assert!(Instant::now() < until, "the tokens were not taken up");
        std::thread::sleep(Duration::from_millis(50));
    }
    let listed: Vec<&str> = MAY.iter().map(|(name, _)| *name).collect();
    for route in ROUTES {
        assert!(listed.contains(&route.name), "`{}` has no entry here: decide who may use it", route.name);
    }
    assert_eq!(MAY.len(), ROUTES.len(), "an entry is of no route");
    for route in ROUTES {
        let (_, may) = MAY.iter().find(|(name, _)| *name == route.name).unwrap();
        let path = route
            .path
            .replace("{source}", "crm")
            .replace("{record_id}", "f1")
            .replace("{customer_id}", "x")
            .replace("{stream}", "x")
            .replace("{version}", "1")
            .replace("{draft}", "1")
            .replace("{trial}", "1")
            .replace("{proposal}", "1")
            .replace("{file}", "x");
        let method = route.method.name().to_uppercase();
        for (who, token) in &tokens {
            let status = status(&served.address, &method, &path, token.as_deref());
            let is_let = !matches!(status, 401 | 403);
            assert_eq!(is_let, may.contains(who), "{who} at {}: {status}", route.name);
            if *who == "nobody" && !is_let {
                assert_eq!(status, 401, "{}", route.name);
            }
        }
        if !may.contains(&"nobody") {
            assert_eq!(status(&served.address, &method, &path, Some("einklang_0")), 401, "{}", route.name);
        }
    }
}

#[test]
fn a_revoked_token_is_refused_and_none_is_kept_in_the_clear() {
    let mut served = Served::unstarted(&[]);
    let secret = served.token("till", &["reader", "writer"]);
    served.start();
    assert_eq!(served.client().get("/v1/me").problem(401)["detail"], "the request has no valid token");
    let mut client = served.client().with_token(&secret);
    assert_eq!(client.get("/v1/me").good(), json!({ "name": "till", "roles": ["reader", "writer"] }));
    let list = done(&["token", "list", "--store", &served.store()]);
    assert_eq!(list, "till  reader,writer  valid");
    let kept = std::fs::read_to_string(served.path("store/service/tokens.json")).unwrap();
    assert!(!kept.contains(&secret) && !kept.contains(secret.trim_start_matches("einklang_")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(served.path("store/service/tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    done(&["token", "revoke", "--store", &served.store(), "till", "-q"]);
    let until = Instant::now() + Duration::from_secs(10);
    while client.get("/v1/me").status != 401 {
        assert!(Instant::now() < until, "the token is still taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (_, log) = served.stop();
    assert!(log.iter().all(|line| !line.contains(&secret)), "the log holds a token");
}

#[test]
fn a_token_is_held_to_its_rate() {
    let served = Served::new(&[], &["--token-requests-per-second-max", "5"]);
    let mut client = served.client();
    let answers: Vec<_> = (0..30).map(|_| client.get("/v1/counts")).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!((10..=25).contains(&refused.len()), "{}", refused.len());
    assert_eq!(refused[0].header("retry-after"), Some("1"));
}

#[test]
fn another_sites_page_cannot_speak_for_its_reader() {
    let served = Served::new(&[], &[]);
    let mut client = served.client();
    client.send("GET", "/v1/counts", &[("host", "evil.example.org")], b"").problem(421);
    client.send("GET", "/v1/counts", &[("host", "localhost")], b"").good();
    client.send("GET", "/v1/counts", &[("origin", "https://evil.example.org")], b"").problem(403);
    client.send("GET", "/v1/counts", &[("sec-fetch-site", "cross-site")], b"").problem(403);
    let own = format!("http://{}", served.address);
    let answer = client.send("GET", "/v1/counts", &[("origin", &own)], b"");
    answer.good();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    assert!(answer.header("access-control-allow-origin").is_none());
}

#[test]
fn other_machines_need_tls_and_a_token() {
    let served = Served::unstarted(&[]);
    let refused = |flags: &[&str]| {
        let output = einklang(&["serve", "--store", &served.store()]).args(flags).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["--listen", "0.0.0.0:0"]).contains("so a certificate is needed"));
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(served.path("chain.pem"), certified.cert.pem()).unwrap();
    std::fs::write(served.path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let chain = served.path("chain.pem");
    let tls = ["--listen", "0.0.0.0:0", "--tls-certificate", chain.to_str().unwrap()];
    assert!(refused(&tls).contains("go together"));
    let key = served.path("key.pem");
    let tls = [&tls[..], &["--tls-key", key.to_str().unwrap()]].concat();
    assert!(refused(&tls).contains("there is no token yet"));
}

#[test]
fn tls_is_spoken() {
    use std::io::Read;
    use std::sync::Arc;
    use tokio_rustls::rustls::{self, pki_types::ServerName};
    let mut served = Served::unstarted(&[]);
    let secret = served.token("crm", &["reader"]);
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(served.path("chain.pem"), certified.cert.pem()).unwrap();
    std::fs::write(served.path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let path = |name: &str| served.path(name).to_str().unwrap().to_owned();
    let (chain, key) = (path("chain.pem"), path("key.pem"));
    served.set_flags(&["--tls-certificate", &chain, "--tls-key", &key]);
    served.start();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(client, TcpStream::connect(&served.address).unwrap());
    write!(stream, "GET /v1/counts HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {secret}\r\n\r\n").unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("strict-transport-security: max-age="), "{text}");
    // Without TLS nothing is told.
    let mut plain = TcpStream::connect(&served.address).unwrap();
    write!(plain, "GET /v1/counts HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = plain.read_to_end(&mut bytes);
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
}

#[test]
fn the_audit_log_tells_who_when_and_why_and_no_value() {
    const EVA: &str = "eva1,Eva,Wagner,1980-03-04,eva.wagner@example.org,0711 1234567,Ulm";
    let mut served = Served::unstarted(&[EVA]);
    let token = served.token("desk", &["reader", "writer"]);
    served.start();
    let mut client = served.client().with_token(&token);
    let purpose = [("einklang-purpose", "call 4711")];
    let view = client.send("GET", "/v1/records/crm/eva1", &purpose, b"").good();
    client.post("/v1/match", &json!({ "fields": { "nachname": "Wagner", "vorname": "Eva" } })).good();
    client.put("/v1/records/crm/eva2", &json!({ "fields": { "nachname": "Wagner" } })).good();
    served.client().get("/v1/records/crm/eva1").problem(401);
    served.stop();
    let text = std::fs::read_to_string(served.path("store/service/audit-000001.ndjson")).unwrap();
    // Hashes are told in hexadecimal digits, in which a few digits are met by chance.
    for value in ["Wagner", "eva1", "eva2", "Ulm", "0711 1234567", "1234567"] {
        assert!(!text.contains(value), "the audit log holds {value}");
    }
    let entries: Vec<Value> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["entry"].clone()).collect();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["who"].as_str().unwrap(),
                entry["action"].as_str().unwrap(),
                entry["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("desk", "getRecord", 200),
            ("desk", "match", 200),
            ("desk", "putRecord", 200),
            ("-", "getRecord", 401)
        ]
    );
    assert_eq!(entries[0]["why"], "call 4711");
    let customer = format!("customer:{}", view["customer_id"].as_str().unwrap());
    assert!(entries[0]["subjects"].as_array().unwrap().contains(&json!(customer)));
    let verified = done(&["audit", "verify", "--store", &served.store(), "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&verified).unwrap()["entries"], 4);
    std::fs::write(served.path("store/service/audit-000001.ndjson"), text.replace("4711", "4712")).unwrap();
    let output = einklang(&["audit", "verify", "--store", &served.store()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("tampered with"));
}

#[test]
fn flags_come_before_the_environment_and_that_before_the_file() {
    let served = Served::unstarted(&[]);
    let config = served.path("einklang.toml");
    let store = served.store();
    std::fs::write(&config, format!("store = \"{store}\"\nlisten = \"127.0.0.1:1\"\nbody_bytes_max = 0\n"))
        .unwrap();
    let config = config.to_str().unwrap();
    let said = |flags: &[&str], environment: &[(&str, &str)]| {
        let mut command = einklang(&["serve", "--config", config]);
        let output = command.args(flags).envs(environment.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&[], &[]).contains("`body_bytes_max` must be at least 1"));
    let environment = [("EINKLANG_BODY_BYTES_MAX", "100000"), ("EINKLANG_CONNECTIONS_MAX", "0")];
    assert!(said(&[], &environment).contains("`connections_max` must be at least 1"));
    assert!(
        said(&["--connections-max", "9", "--listen", "0.0.0.0:0"], &environment)
            .contains("certificate is needed")
    );
    std::fs::write(config, "stroe = \"x\"\n").unwrap();
    let told = said(&[], &[]);
    assert!(told.contains("unknown field `stroe`") && told.contains(":1"), "{told}");
}
