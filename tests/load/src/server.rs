//! Servers as processes: started, looked at, stopped. Nothing is ended here that was not started here.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::LoadError;
use crate::figures::median;

/// The longest time for a start, and for an end.
const PATIENCE: Duration = Duration::from_secs(40);

/// A running server. Killed when it is dropped.
pub struct Server {
    child: Child,
    /// The address on which it listens.
    pub address: SocketAddr,
    /// From its start to its word that it listens.
    pub started_in: Duration,
}

/// The memory of a process as the system reports it, in MiB.
pub struct Memory {
    /// The resident memory.
    pub now: f64,
    /// The most that was resident since the start or since `forget_peak`.
    pub peak: f64,
}

impl Server {
    /// The bare server.
    pub fn bare(folder: &Path) -> Result<Self, LoadError> {
        Self::start(Command::new(own_path()?).arg("bare"), folder)
    }

    /// A gateway on the data of this folder; its configuration and its log are beside them.
    pub fn gateway(folder: &Path, config: &str) -> Result<Self, LoadError> {
        let file = folder.join("forgegate.toml");
        fs::write(&file, config).map_err(LoadError::system("the configuration cannot be written"))?;
        let mut command = Command::new(own_path()?);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file);
        Self::start(command.arg("--data").arg(folder.join("data")), folder)
    }

    fn start(command: &mut Command, folder: &Path) -> Result<Self, LoadError> {
        let log = OpenOptions::new().create(true).append(true).open(folder.join("log"));
        let log = log.map_err(LoadError::system("the log cannot be opened"))?;
        let begun = Instant::now();
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = started.map_err(LoadError::system("a server cannot be started"))?;
        let listening = child.stdout.take().and_then(listening);
        let started_in = begun.elapsed();
        let server = |address| Self {
            child,
            address,
            started_in,
        };
        match listening {
            Some(address) => Ok(server(address)),
            None => {
                // Ends what was started.
                drop(server(SocketAddr::from(([127, 0, 0, 1], 0))));
                Err(LoadError::Server(format!(
                    "a server did not start:\n{}",
                    end_of_log(folder)
                )))
            }
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) -> Result<(), LoadError> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        asked.map_err(LoadError::system("a signal cannot be sent"))?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let ended = self
                .child
                .try_wait()
                .map_err(LoadError::system("a server cannot be waited for"))?;
            if ended.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(LoadError::Server(
            "a server did not stop when it was asked to".to_owned(),
        ))
    }

    /// Reads the memory of the server's process.
    pub fn memory(&self) -> Result<Memory, LoadError> {
        let status = self.process_file("status")?;
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
            Some(kibibytes / 1024.0)
        };
        match (mebibytes("VmRSS:"), mebibytes("VmHWM:")) {
            (Some(now), Some(peak)) => Ok(Memory { now, peak }),
            _ => Err(LoadError::Server("a server's memory cannot be read".to_owned())),
        }
    }

    /// Forgets the most that was resident.
    pub fn forget_peak(&self) -> Result<(), LoadError> {
        let path = format!("/proc/{}/clear_refs", self.child.id());
        fs::write(&path, "5").map_err(LoadError::system(path))
    }

    /// The processor time that it has used. The system counts in hundredths of a second.
    pub fn processor_time(&self) -> Result<Duration, LoadError> {
        let stat = self.process_file("stat")?;
        // The name, in parentheses, may hold spaces; user and system time are the twelfth and thirteenth field after it.
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let ticks = fields.split_ascii_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    fn process_file(&self, name: &str) -> Result<String, LoadError> {
        let path = format!("/proc/{}/{name}", self.child.id());
        fs::read_to_string(&path).map_err(LoadError::system(path))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The median time, in microseconds, to write 4 KiB to a file on this folder's disk and sync it. Every durable figure rests on it.
pub fn sync_microseconds(folder: &Path) -> Result<f64, LoadError> {
    let failed = || LoadError::system("the disk cannot be measured");
    let mut file = tempfile::tempfile_in(folder).map_err(failed())?;
    let mut taken = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        write_and_sync(&mut file).map_err(failed())?;
        taken.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(&taken))
}

fn write_and_sync(file: &mut File) -> std::io::Result<()> {
    file.write_all(&[0x5a; 4096])?;
    file.sync_data()
}

fn own_path() -> Result<std::path::PathBuf, LoadError> {
    std::env::current_exe().map_err(LoadError::system("the program's own path is unknown"))
}

/// Waits for the line that names the address. The reader stays until the server ends, so that nobody writes into a closed pipe.
fn listening(stdout: ChildStdout) -> Option<SocketAddr> {
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let address = line.strip_prefix("listening on http://").and_then(|it| it.parse().ok());
            if let Some(address) = address {
                let _ = told.send(address);
            }
        }
    });
    heard.recv_timeout(PATIENCE).ok()
}

/// The last lines that servers wrote to the log of this folder.
pub fn end_of_log(folder: &Path) -> String {
    let log = fs::read(folder.join("log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
