//! The command of one evaluation: its cleaned environment, its process group, its end.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::output::{Outputs, pass};

/// The time that the command has to end once it was asked to.
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// The interval at which a group that was asked to end is checked.
const LOOK: Duration = Duration::from_millis(20);
/// The variables that are handed on from the worker's own environment.
const KEPT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// The end of the command.
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
            (None, Some(signal)) => Self::Errored(format!("the command was ended by signal {signal}")),
            (None, None) => Self::Errored("the command ended in an unknown way".to_owned()),
        }
    }

    /// The contract's word.
    pub(super) const fn state(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Errored(_) => "errored",
        }
    }

    /// A sentence that says more than the state.
    pub(super) fn description(&self) -> Option<String> {
        match self {
            Self::Succeeded => None,
            Self::Failed(code) => Some(format!("the command ended with {code}")),
            Self::Errored(sentence) => Some(sentence.clone()),
        }
    }
}

/// A command to run, with its input.
pub(super) struct Order<'a> {
    /// The command, for `sh -c`.
    pub(super) exec: &'a str,
    /// The evaluation's id, for its output.
    pub(super) id: &'a str,
    /// The variables that it gets beside the worker's `PATH`, `HOME` and `LANG`.
    pub(super) environment: &'a [(&'static str, String)],
    /// The contents of the evaluation's file.
    pub(super) message: &'a str,
    /// The time that it has to end once it was asked to.
    pub(super) grace: Duration,
}

/// Runs the command to its end, or until it is told to stop. Nothing that it started in its process group outlives this.
pub(super) async fn run(order: &Order<'_>, outputs: &Outputs, stop: &CancellationToken) -> Ending {
    let started = Folder::make(order.message).and_then(|folder| Ok((Running::start(order, &folder)?, folder)));
    let (running, folder) = match started {
        Ok(started) => started,
        Err(error) => return Ending::Errored(format!("the command could not be started: {error}")),
    };
    let ending = running.until_it_ends(order, outputs, stop).await;
    if let Err(error) = folder.remove().await {
        eprintln!(
            "forgegate worker: {}: its folder could not be removed: {error}",
            order.id
        );
    }
    ending
}

struct Running {
    // Before the child, so that the group is ended before its leader is no more.
    group: Group,
    child: Child,
}

impl Running {
    fn start(order: &Order<'_>, folder: &Folder) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(order.exec).current_dir(folder.work()).env_clear();
        command.envs(
            KEPT.iter()
                .filter_map(|name| std::env::var_os(name).map(|value| (name, value))),
        );
        command.envs(order.environment.iter().map(|(name, value)| (name, value)));
        command.env("FORGEGATE_EVALUATION_FILE", folder.file());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self {
            child,
            group: Group(id),
        })
    }

    async fn until_it_ends(mut self, order: &Order<'_>, outputs: &Outputs, stop: &CancellationToken) -> Ending {
        let gone = CancellationToken::new();
        let mut readers = JoinSet::new();
        if let Some(stdout) = self.child.stdout.take() {
            readers.spawn(pass(stdout, order.id.to_owned(), outputs.out.clone(), gone.clone()));
        }
        if let Some(stderr) = self.child.stderr.take() {
            readers.spawn(pass(stderr, order.id.to_owned(), outputs.err.clone(), gone.clone()));
        }
        let status = tokio::select! {
            status = self.child.wait() => status,
            () = stop.cancelled() => self.stop(order.grace).await,
        };
        // What the command left running must not outlive it.
        self.group.end();
        gone.cancel();
        while readers.join_next().await.is_some() {}
        status.map_or_else(
            |error| Ending::Errored(format!("the command's end could not be seen: {error}")),
            Ending::of,
        )
    }

    /// Asks the whole group to end, and waits for that as long as it may take.
    async fn stop(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        let deadline = Instant::now() + grace;
        self.group.signal(Signal::TERM);
        match timeout_at(deadline, self.child.wait()).await {
            Ok(status) => {
                while Instant::now() < deadline && !self.group.is_empty() {
                    sleep(LOOK).await;
                }
                status
            }
            Err(_) => {
                self.group.signal(Signal::KILL);
                self.child.wait().await
            }
        }
    }
}

/// The command's process group. What is left of it is killed when this goes.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // That there is nobody left is no error.
            let _ = kill_process_group(group, signal);
        }
    }

    /// True if no process of it is left, once its leader was waited for.
    fn is_empty(&self) -> bool {
        let Some(group) = self.0 else { return true };
        // As a container's first process, the worker is the parent of what lost its own.
        while let Ok(Some(_)) = waitpgid(group, WaitOptions::NOHANG) {}
        test_kill_process_group(group).is_err()
    }

    /// Kills what is left. The number is forgotten with that: it may become another's.
    fn end(&mut self) {
        self.signal(Signal::KILL);
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ended(exec: &str, stop: &CancellationToken) -> Ending {
        let environment = [("FORGEGATE_SHA", "abc".to_owned())];
        let order = Order {
            exec,
            id: "test",
            environment: &environment,
            message: "{}",
            grace: Duration::from_millis(500),
        };
        run(&order, &Outputs::of_the_process(), stop).await
    }

    #[tokio::test]
    async fn zero_is_success_the_next_are_failures_and_the_rest_was_not_tried() {
        let go_on = CancellationToken::new();
        assert_eq!(ended("exit 0", &go_on).await, Ending::Succeeded);
        assert_eq!(ended("exit 1", &go_on).await, Ending::Failed(1));
        assert_eq!(ended("exit 125", &go_on).await, Ending::Failed(125));
        for other in [
            "exit 126",
            "exit 255",
            "nonsense-that-is-nowhere",
            "kill -9 $$",
            "kill -TERM $$",
        ] {
            assert!(matches!(ended(other, &go_on).await, Ending::Errored(_)), "{other}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_started_was_not_tried() {
        assert!(
            matches!(ended("true\0", &CancellationToken::new()).await, Ending::Errored(sentence) if sentence.contains("started"))
        );
    }

    #[tokio::test]
    async fn what_does_not_listen_is_killed_after_the_grace() {
        let folder = tempfile::TempDir::new().unwrap();
        let (file, stop) = (folder.path().join("up"), CancellationToken::new());
        let exec = format!(
            "trap '' TERM; echo > {}; sleep 1000 & sleep 1000; sleep 1000",
            file.display()
        );
        let asking = async {
            while !file.exists() {
                sleep(LOOK).await;
            }
            stop.cancel();
        };
        let (ending, ()) = tokio::join!(ended(&exec, &stop), asking);
        assert_eq!(ending, Ending::Errored("the command was ended by signal 9".to_owned()));
    }

    #[tokio::test]
    async fn what_listens_may_take_its_time_also_where_the_shell_does_not() {
        let folder = tempfile::TempDir::new().unwrap();
        let (up, down, stop) = (
            folder.path().join("up"),
            folder.path().join("down"),
            CancellationToken::new(),
        );
        let child = format!(
            "trap 'sleep 0.05; echo > {}; exit' TERM; echo > {}; while :; do sleep 0.01; done",
            down.display(),
            up.display()
        );
        let exec = format!("sh -c \"{child}\" & wait");
        let asking = async {
            while !up.exists() {
                sleep(LOOK).await;
            }
            stop.cancel();
        };
        let (ending, ()) = tokio::join!(ended(&exec, &stop), asking);
        assert_eq!(ending, Ending::Errored("the command was ended by signal 15".to_owned()));
        assert!(down.exists(), "the child was not given its time");
    }

    #[tokio::test]
    async fn what_stays_behind_is_killed_with_the_end() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("pid");
        let exec = format!("sleep 1000 & echo $! > {}", file.display());
        assert_eq!(ended(&exec, &CancellationToken::new()).await, Ending::Succeeded);
        let pid = std::fs::read_to_string(file).unwrap();
        assert!(!runs(pid.trim()));
    }

    /// A process that nobody waited for yet counts as gone.
    fn runs(pid: &str) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z") && !stat.contains(") X"))
    }
}
