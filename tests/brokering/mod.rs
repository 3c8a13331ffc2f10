//! A broker, topics in it, and the consumer as a process, for the tests of
//! `consume`.

#![allow(dead_code, clippy::unwrap_used)]

use einklang::engine::live;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Message, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What some test waits for at most.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Brokers that are there, or one in a process of its own that ends with the
/// test.
pub struct Broker {
    pub brokers: String,
    /// Where it sends its clients, if not to itself.
    pub advertised: Option<String>,
    /// Topics of one run are told from those of another.
    run: String,
    folder: tempfile::TempDir,
    program: Option<PathBuf>,
    child: Option<Child>,
}

/// A broker to test with: those that `EINKLANG_TEST_BROKERS` names (host and
/// port), else `tansu` from the path or where `EINKLANG_TANSU` says. `None`,
/// and said so, where there is neither.
pub fn broker(test: &str) -> Option<Broker> {
    let folder = tempfile::tempdir().unwrap();
    let run = format!("{test}-{}", std::process::id());
    if let Ok(brokers) = std::env::var("EINKLANG_TEST_BROKERS") {
        return Some(Broker { brokers, advertised: None, run, folder, program: None, child: None });
    }
    let told = std::env::var_os("EINKLANG_TANSU").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = told.or_else(|| {
        std::env::split_paths(&path).map(|folder| folder.join("tansu")).find(|program| program.is_file())
    });
    let Some(program) = found else {
        eprintln!(
            "SKIPPED: `{test}` needs a broker: name one by EINKLANG_TEST_BROKERS, or put `tansu` on the path \
             (cargo install tansu --features dynostore,libsql)"
        );
        return None;
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let brokers = format!("127.0.0.1:{port}");
    let mut broker = Broker { brokers, advertised: None, run, folder, program: Some(program), child: None };
    broker.start();
    Some(broker)
}

impl Broker {
    /// Starts the process. Its storage in memory would not do: asked from the
    /// middle of a batch on, it leaves the rest of the batch out.
    pub fn start(&mut self) {
        let address = format!("tcp://{}", self.brokers);
        let advertised =
            self.advertised.as_ref().map_or_else(|| address.clone(), |told| format!("tcp://{told}"));
        let log = File::options().create(true).append(true).open(self.path("broker.log")).unwrap();
        let child = Command::new(self.program.as_ref().unwrap())
            .args(["broker", "--storage-engine", "sqlite://broker.db"])
            .args(["--listener-url", &address, "--advertised-listener-url", &advertised])
            .current_dir(self.folder.path())
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        wait_for("the broker", || std::net::TcpStream::connect(&self.brokers).is_ok());
    }

    /// Whether the broker is the test's own to kill.
    pub fn is_own(&self) -> bool {
        self.program.is_some()
    }

    /// Ends the broker at once.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a topic and returns its name.
    pub fn topic(&self, name: &str, partitions: i32) -> String {
        let name = format!("{name}-{}", self.run);
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let made = runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
        made.into_iter().for_each(|made| _ = made.unwrap());
        name
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("group.id", "test");
        config
    }

    /// Writes messages and waits until the broker has them.
    pub fn write(&self, topic: &str, messages: &[(String, Option<String>)]) {
        let producer: BaseProducer = self
            .config()
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", "60000")
            .create()
            .unwrap();
        for (key, payload) in messages {
            let mut record = BaseRecord::to(topic).key(key);
            if let Some(payload) = payload {
                record = record.payload(payload);
            }
            producer.send(record).map_err(|(error, _)| error).unwrap();
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Each partition's number and end.
    pub fn ends(&self, topic: &str) -> Vec<(i32, i64)> {
        let consumer: BaseConsumer = self.config().create().unwrap();
        let about = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
        let partitions = about.topics()[0].partitions().iter().map(|partition| partition.id());
        partitions
            .map(|partition| (partition, consumer.fetch_watermarks(topic, partition, PATIENCE).unwrap().1))
            .collect()
    }

    /// Everything in a topic, partition by partition.
    pub fn read(&self, topic: &str) -> Vec<OwnedMessage> {
        let ends = self.ends(topic);
        let consumer: BaseConsumer = self.config().create().unwrap();
        let mut found = Vec::new();
        for (partition, end) in ends {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
            consumer.assign(&list).unwrap();
            let start = Instant::now();
            let mut next = 0;
            while next < end {
                assert!(start.elapsed() < PATIENCE, "{topic}/{partition} ends at {next}, not {end}");
                if let Some(Ok(message)) = consumer.poll(Duration::from_millis(200)) {
                    next = message.offset() + 1;
                    found.push(message.detach());
                }
            }
        }
        found
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.path("consumer.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

#[track_caller]
pub fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The consumer in a process of its own.
pub struct Consuming {
    arguments: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Consuming {
    /// A consumer into the store `store` of the broker's folder.
    pub fn new(broker: &Broker, arguments: &[&str]) -> Self {
        Self::of(broker, &broker.brokers, arguments)
    }

    /// The same, that reaches the broker at another address.
    pub fn of(broker: &Broker, brokers: &str, arguments: &[&str]) -> Self {
        let store = broker.path("store");
        let mut all = vec!["consume", "--store", store.to_str().unwrap(), "--brokers", brokers];
        all.extend(arguments);
        let arguments = all.into_iter().map(str::to_owned).collect();
        Self { arguments, log: broker.path("consumer.log"), child: None }
    }

    pub fn add(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    }

    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_einklang"))
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end, and waits for its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = self.child.as_ref().unwrap().id();
        let kill = format!("kill -TERM {pid}");
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.wait()
    }

    pub fn wait(&mut self) -> Option<i32> {
        self.child.take().unwrap().wait().unwrap().code()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Consuming {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How many messages of a topic the store has passed.
pub fn passed(store: &Path, topic: &str, partitions: i32) -> u64 {
    let Ok(store) = live::read_rows(store) else { return 0 };
    let stream = |partition| format!("kafka/einklang/{topic}/{partition}");
    (0..partitions)
        .filter_map(|partition| store.position(&stream(partition)).ok()?)
        .map(|last| last + 1)
        .sum()
}
