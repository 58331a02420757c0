//! A process that is killed in the middle of its work, and what it works on: one organization, one project, work of its own making.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use forgegate_model::action::Action;
use forgegate_model::evaluation::Work;
use forgegate_model::organization::Organization;
use forgegate_model::project::{Concurrency, Project};
use forgegate_model::testing;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::Store;

pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub const ROUNDS: usize = 5;

const FOLDER: &str = "FORGEGATE_TEST_FOLDER";

/// Runs one of two: started by cargo the test, started by itself what is killed, with the folder that it works in.
pub fn either(test: impl Future<Output = ()>, killed: impl AsyncFnOnce(&Path)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match std::env::var_os(FOLDER) {
        Some(folder) => runtime.block_on(killed(Path::new(&folder))),
        None => runtime.block_on(test),
    }
}

/// Starts this program once more, kills it after so many lines, and hands on each line that it said.
pub fn one(folder: &Path, after: usize, mut hear: impl FnMut(&str)) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the process starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    lines.by_ref().take(after).for_each(|line| hear(&line.unwrap()));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    lines.for_each(|line| hear(&line.unwrap()));
}

/// Says a line to whoever kills this process.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").expect("the test listens");
}

/// A number that no process before it began at.
pub fn beginning() -> u128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("a time").as_nanos()
}

/// Makes the organization.
pub async fn found(store: &Store) {
    let organization = Organization {
        created_at: NOW,
        ..testing::organization()
    };
    let made = store.create_organization(organization, None);
    made.await.expect("an organization");
}

/// The project.
pub fn project() -> Project {
    Project {
        concurrency: Concurrency::Parallel,
        repository_id: None,
        created_at: NOW,
        ..testing::project()
    }
}

/// Makes the project, with these actions.
pub async fn begin(store: &Store, actions: Vec<Action>) {
    let made = store.create_project(project(), Vec::new(), actions, None);
    made.await.expect("a project");
}

/// Work of a commit of its own.
pub fn work(number: u128) -> Work {
    testing::work(&format!("{number:040x}"))
}
