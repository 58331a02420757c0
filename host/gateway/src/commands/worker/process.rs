//! The command of one evaluation: an empty folder, a cleaned environment, its output line by line, its end.

use std::io::Write;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::{NamedTempFile, TempDir};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How long the command may take over its end once it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// A line without an end is passed on in pieces of this size.
const MOST_LINE_BYTES: usize = 64 << 10;
/// What is handed on of the worker's own environment.
const KEPT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// How the command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    Succeeded,
    Failed(i32),
    Errored(String),
}

impl Ending {
    /// 0 is success, 1 to 125 a failure; everything else means that it could not be tried.
    fn of(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.code(), status.signal()) {
            (Some(0), _) => Self::Succeeded,
            (Some(code @ 1..=125), _) => Self::Failed(code),
            (Some(code), _) => Self::Errored(format!("the command ended with {code}")),
            (None, Some(signal)) => {
                Self::Errored(format!("the command was ended by signal {signal}"))
            }
            (None, None) => Self::Errored("the command ended in an unknown way".to_owned()),
        }
    }

    pub(super) const fn state(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Errored(_) => "errored",
        }
    }

    pub(super) fn description(&self) -> Option<String> {
        match self {
            Self::Succeeded => None,
            Self::Failed(code) => Some(format!("the command ended with {code}")),
            Self::Errored(sentence) => Some(sentence.clone()),
        }
    }
}

/// Runs the command to its end, or until it is cancelled. `message` is what the evaluation's file holds.
pub(super) async fn run(
    exec: &str,
    id: &str,
    environment: &[(&'static str, String)],
    message: &str,
    cancel: &CancellationToken,
) -> Ending {
    match started(exec, environment, message) {
        Ok(running) => running.to_its_end(id, cancel).await,
        Err(error) => Ending::Errored(format!("the command could not be started: {error}")),
    }
}

/// A command under way; its folder and file go with it.
struct Running {
    child: Child,
    group: Option<Pid>,
    _folder: TempDir,
    _file: NamedTempFile,
}

fn started(
    exec: &str,
    environment: &[(&'static str, String)],
    message: &str,
) -> std::io::Result<Running> {
    let folder = tempfile::Builder::new().prefix("forgegate-").tempdir()?;
    // Beside the folder, which is to be empty. A `NamedTempFile` is 0600.
    let mut file = tempfile::Builder::new()
        .prefix("forgegate-")
        .suffix(".json")
        .tempfile()?;
    file.write_all(message.as_bytes())?;
    file.flush()?;
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(exec)
        .current_dir(folder.path())
        .env_clear();
    command.envs(
        KEPT.iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name, value))),
    );
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.env("FORGEGATE_EVALUATION_FILE", file.path());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn()?;
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    Ok(Running {
        child,
        group,
        _folder: folder,
        _file: file,
    })
}

impl Running {
    async fn to_its_end(mut self, id: &str, cancel: &CancellationToken) -> Ending {
        let stdout = self
            .child
            .stdout
            .take()
            .map(|from| tokio::spawn(pass(from, id.to_owned(), Stream::Out)));
        let stderr = self
            .child
            .stderr
            .take()
            .map(|from| tokio::spawn(pass(from, id.to_owned(), Stream::Err)));
        let status = tokio::select! {
            status = self.child.wait() => status,
            () = cancel.cancelled() => self.stop().await,
        };
        // What the command left running holds its output open, and must not outlive it.
        self.signal(Signal::KILL);
        for reader in [stdout, stderr].into_iter().flatten() {
            let _ = reader.await;
        }
        status.map_or_else(
            |error| Ending::Errored(format!("the command's end could not be seen: {error}")),
            Ending::of,
        )
    }

    async fn stop(&mut self) -> std::io::Result<ExitStatus> {
        self.signal(Signal::TERM);
        match tokio::time::timeout(GRACE, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                self.signal(Signal::KILL);
                self.child.wait().await
            }
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

/// Passes output on, line by line, with the evaluation's id before each.
async fn pass(from: impl AsyncRead + Unpin, id: String, to: Stream) {
    let mut from = BufReader::with_capacity(MOST_LINE_BYTES, from);
    let mut line = Vec::new();
    loop {
        let (taken, ends) = match from.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(bytes) => {
                let end = bytes.iter().position(|&byte| byte == b'\n');
                let room = MOST_LINE_BYTES - line.len();
                let text = end.map_or(bytes, |end| bytes.split_at(end).0);
                let text = text.split_at(text.len().min(room)).0;
                line.extend_from_slice(text);
                let ends = end == Some(text.len());
                (text.len() + usize::from(ends), ends)
            }
        };
        from.consume(taken);
        if ends || line.len() >= MOST_LINE_BYTES {
            write(&id, &line, to);
            line.clear();
        }
    }
    if !line.is_empty() {
        write(&id, &line, to);
    }
}

fn write(id: &str, line: &[u8], to: Stream) {
    let whole = [id.as_bytes(), b" ", line, b"\n"].concat();
    // Nobody may be reading any more: the command goes on.
    let _ = match to {
        Stream::Out => std::io::stdout().lock().write_all(&whole),
        Stream::Err => std::io::stderr().lock().write_all(&whole),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ended(exec: &str) -> Ending {
        let environment = [("FORGEGATE_SHA", "abc".to_owned())];
        run(
            exec,
            "test",
            &environment,
            r#"{"evaluation":{}}"#,
            &CancellationToken::new(),
        )
        .await
    }

    #[tokio::test]
    async fn an_exit_is_a_result() {
        assert_eq!(ended("exit 0").await, Ending::Succeeded);
        assert_eq!(ended("exit 1").await, Ending::Failed(1));
        assert_eq!(ended("exit 125").await, Ending::Failed(125));
        for other in [
            "exit 126",
            "exit 255",
            "nonsense-that-is-nowhere",
            "kill -9 $$",
        ] {
            assert!(matches!(ended(other).await, Ending::Errored(_)), "{other}");
        }
    }

    #[tokio::test]
    async fn the_folder_is_empty_and_the_environment_clean() {
        assert_eq!(ended(r#"test -z "$(ls -A)" && test "$FORGEGATE_SHA" = abc && test -z "$CARGO_MANIFEST_DIR""#).await, Ending::Succeeded);
        assert_eq!(ended(r#"test "$(stat -c %a "$FORGEGATE_EVALUATION_FILE")" = 600 && grep -q evaluation "$FORGEGATE_EVALUATION_FILE""#).await, Ending::Succeeded);
    }

    #[tokio::test]
    async fn a_cancel_ends_the_command_and_what_it_started() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let ending = run("sleep 1000 & sleep 1000", "test", &[], "{}", &cancel).await;
        assert!(matches!(ending, Ending::Errored(_)));
    }

    #[tokio::test]
    async fn what_stays_behind_does_not_hold_the_worker() {
        assert_eq!(ended("sleep 1000 & exit 0").await, Ending::Succeeded);
    }
}
