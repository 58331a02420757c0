//! What can be chosen on the command line.

use std::path::PathBuf;
use std::time::Duration;

/// Measures a gateway on loopback beside a bare server and prints a table.
#[derive(clap::Parser)]
pub struct Options {
    /// Keep-alive connections that post at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub connections: u16,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub seconds: u64,
    /// Rounds; each makes every measurement once, on data of its own.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub runs: u16,
    /// Bytes of a push.
    #[arg(long, default_value_t = 8192, value_parser = clap::value_parser!(u32).range(6144..=1_048_576))]
    pub payload_bytes: u32,
    /// The gateway's `deliveries.at_once_per_project`; its default unless given.
    #[arg(long)]
    pub at_once: Option<u16>,
    /// Projects that are made besides, a hundred in each of as many organizations as that takes, to see what they cost; none unless given.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub crowd: u32,
    /// A folder on the disk that is to be measured. What the rounds leave in it is removed.
    #[arg(long, default_value = "target/load")]
    pub data: PathBuf,
}

impl Options {
    /// How long each measurement takes.
    pub const fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// The gateway's configuration.
    pub fn config(&self) -> String {
        match self.at_once {
            Some(places) => format!("[deliveries]\nat_once_per_project = {places}\n"),
            None => String::new(),
        }
    }
}
