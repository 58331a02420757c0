//! The gateway as a process: started, killed, started again. The calls to it are in `calls`.

mod calls;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use reqwest::Client;
use tempfile::TempDir;

use crate::{SECRET, wait};

/// A running gateway. Killed when it is dropped.
pub struct Gateway {
    child: Child,
    /// Its address.
    pub url: String,
    /// Its administrator's token.
    pub token: String,
    folder: Arc<TempDir>,
    log: Arc<Mutex<String>>,
    client: Client,
}

/// The memory of a process, for as long as there is one.
#[derive(Clone, Copy, Debug)]
pub struct Memory(u32);

impl Memory {
    /// The resident memory in bytes; 0 once the process is gone.
    pub fn resident_bytes(self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.unwrap_or(0) << 10
    }
}

impl Gateway {
    /// Starts a gateway with fresh data and these lines of configuration.
    pub fn start(config: &str) -> Self {
        Self::start_with(|_| config.to_owned())
    }

    /// Starts a gateway with fresh data and the configuration that is made for its folder.
    pub fn start_with(config: impl FnOnce(&TempDir) -> String) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let config = config(&folder);
        Self::start_in(folder, &config)
    }

    /// Starts a gateway and makes an organization `acme`, an inbound integration `hooks` and a project `widgets`.
    pub async fn with_project(config: &str) -> Self {
        let gateway = Self::start(config);
        gateway.make_project(SECRET).await;
        gateway
    }

    /// Starts a gateway on data that exist already.
    pub fn start_in(folder: Arc<TempDir>, config: &str) -> Self {
        let file = folder.path().join("forgegate.toml");
        std::fs::write(&file, config).expect("the configuration");
        let mut child = Command::new(program())
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let log = collect(child.stderr.take().expect("standard error"));
        let url = listening(child.stdout.take().expect("standard output"), &log);
        let token = std::fs::read_to_string(folder.path().join("data/admin-token")).expect("the administrator's token");
        Self {
            child,
            url,
            token: token.trim().to_owned(),
            folder,
            log,
            client: client(),
        }
    }

    /// `kill -9`, and the data that are left.
    pub fn kill(mut self) -> Arc<TempDir> {
        self.child.kill().expect("to kill what was started");
        self.child.wait().expect("to reap it");
        Arc::clone(&self.folder)
    }

    /// Asks the gateway to stop.
    pub fn ask_to_stop(&self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("to signal").success());
    }

    /// Asks the gateway to stop, where nobody did, and waits until it has.
    pub fn stop(mut self) -> Arc<TempDir> {
        self.ask_to_stop();
        assert!(self.child.wait().expect("to reap it").success(), "{}", self.log());
        Arc::clone(&self.folder)
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its address, for whoever speaks to it without a client.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its resident memory at the moment, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.memory().resident_bytes()
    }

    /// Its memory, to be read on another thread.
    pub fn memory(&self) -> Memory {
        Memory(self.pid())
    }

    /// The file of its administrator's token.
    pub fn token_file(&self) -> PathBuf {
        self.data().join("admin-token")
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Everything it has written to its log.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Waits until its log contains this text.
    pub async fn logged(&self, text: &str) {
        wait::until(&format!("`{text}` in the log"), async || {
            self.log().contains(text).then_some(())
        })
        .await;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program under test.
pub fn program() -> PathBuf {
    // Integration tests are in `deps/`, the program beside that folder.
    let mut path = std::env::current_exe().expect("this test's own path");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.join("forgegate-under-test")
}

/// A client that leaves a connection before the gateway closes it: a request on one that is just being closed would be lost.
fn client() -> Client {
    let builder = Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(2));
    builder.build().expect("a client")
}

fn collect(mut stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&log);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            kept.lock()
                .expect("the log")
                .push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    });
    log
}

fn listening(stdout: impl Read, log: &Mutex<String>) -> String {
    for line in BufReader::new(stdout).lines() {
        if let Some(url) = line.expect("a line").strip_prefix("listening on ") {
            return url.to_owned();
        }
    }
    panic!("the gateway did not start: {}", log.lock().expect("the log"))
}

/// All files under a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}
