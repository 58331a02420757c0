//! A worker as a process.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::Gateway;
use crate::gateway::program;

/// A running worker. Killed when it is dropped.
pub struct Worker(Child);

impl Worker {
    /// Starts a worker that runs a command for each evaluation, with its files under `folder`.
    pub fn start(gateway: &Gateway, folder: &Path, exec: &str) -> Self {
        let child = Command::new(program())
            .args(["worker", "--url", &gateway.url, "--exec", exec, "--token-file"])
            .arg(gateway.token_file())
            .env("TMPDIR", folder)
            .env("SOMETHING_OF_THE_WORKERS", "not for the command")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the worker");
        Self(child)
    }

    /// Sends SIGTERM.
    pub fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(asked.expect("to signal").success());
    }

    /// Its exit status, once it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("to look after it")
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.0.kill().expect("to kill what was started");
        self.0.wait().expect("to reap it");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
