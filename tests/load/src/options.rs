//! The options of the command line.

use std::net::SocketAddr;
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
    /// Another server on this machine that takes the same pushes at the same path and answers 200, to compare with.
    #[arg(long, value_parser = loopback)]
    pub other: Option<SocketAddr>,
    /// A folder on the disk that is to be measured. What the rounds leave in it is removed.
    #[arg(long, default_value = "target/load")]
    pub data: PathBuf,
}

impl Options {
    /// The duration of each measurement.
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

/// Nothing else is put under load.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "it is no address and port".to_owned())?;
    let is_here = address.ip().is_loopback();
    is_here
        .then_some(address)
        .ok_or_else(|| "it is not on loopback".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_put_under_load() {
        assert!(loopback("127.0.0.1:3000").is_ok() && loopback("[::1]:3000").is_ok());
        for bad in ["192.0.2.1:3000", "localhost:3000", "3000"] {
            assert!(loopback(bad).is_err(), "{bad}");
        }
    }
}
