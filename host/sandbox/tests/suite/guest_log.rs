//! The log of a plugin: under its name, and never much.

use std::io;
use std::sync::{Arc, Mutex};

use crate::common::{delivery, hostile, sandbox, settings};
use tracing_subscriber::fmt::MakeWriter;

/// The log as bytes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_chatterer_has_sixteen_short_lines() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let plugin = hostile(&sandbox(settings())).await;
    let guard = tracing::subscriber::set_default(subscriber);
    assert!(plugin.parse(&delivery("chatter")).await.unwrap().is_ok());
    drop(guard);
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = written.lines().filter(|line| line.contains("chatter")).collect();
    assert_eq!(lines.len(), 16);
    for line in lines {
        assert!(line.contains(r#""plugin.forge":"hostile""#), "{line}");
        assert!(line.len() < 1024 + 300, "{}", line.len());
    }
}
