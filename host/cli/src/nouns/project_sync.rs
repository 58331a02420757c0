//! `project sync`: begins a sync, and stays until it is over.

use std::io::IsTerminal;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::flag::{of_route, text};
use super::print;
use crate::client::Client;
use crate::{Failure, table};

/// The interval at which the state of the sync is asked for.
const INTERVAL: Duration = Duration::from_millis(500);

/// The command, without what all have in common.
pub(super) fn command() -> Command {
    let name = |name| Arg::new(name).value_name(name).required(true);
    Command::new("sync")
        .about("Read what happened before from the forge into activity and statistics; ends when that does")
        .args([name("ORG"), name("NAME")])
        .args(of_route("post", "/api/v1/orgs/{org}/projects/{name}/sync").map(|flag| flag.arg().value_name("SPAN")))
}

/// Begins the sync and waits for its end. Progress goes to standard error, where that is a terminal.
///
/// # Errors
/// When the gateway refuses, or the sync is given up.
pub(super) async fn run(client: &Client, given: &ArgMatches, as_json: bool) -> Result<(), Failure> {
    let value = |name| text(given, name).unwrap_or_default();
    let (org, name) = (value("ORG"), value("NAME"));
    let path = ["orgs", &org, "projects", &name, "sync"];
    let request: Map<String, Value> = text(given, "since")
        .map(|since| ("since".to_owned(), json!(since)))
        .into_iter()
        .collect();
    let mut answer = client
        .call(Method::POST, &path, &[], Some(&Value::Object(request)))
        .await?;
    let shows = std::io::stderr().is_terminal();
    while field(&answer, "state") == "running" {
        if shows {
            eprint!("\r\x1b[K{}", progress(&answer));
        }
        tokio::time::sleep(INTERVAL).await;
        answer = client.call(Method::GET, &path, &[], None).await?;
    }
    if shows {
        eprint!("\r\x1b[K");
    }
    let sync = answer.unwrap_or_default();
    let text = if as_json {
        sync.to_string()
    } else {
        table::fields(&sync)
    };
    print(format!("{text}\n").as_bytes())?;
    match sync.get("state").and_then(Value::as_str) {
        Some("failed") => Err(Failure::new(format!(
            "the sync was given up: {}",
            sync.get("message").and_then(Value::as_str).unwrap_or_default()
        ))),
        _ => Ok(()),
    }
}

fn field<'v>(answer: &'v Option<Value>, name: &str) -> &'v str {
    let value = answer.as_ref().and_then(|answer| answer.get(name));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// One line: what was read so far, and what it waits for.
fn progress(answer: &Option<Value>) -> String {
    let fetched = answer.as_ref().and_then(|answer| answer.get("fetched")?.as_object());
    let some = fetched
        .into_iter()
        .flatten()
        .filter(|(_, number)| number.as_u64() > Some(0));
    let read: Vec<String> = some
        .map(|(kind, number)| format!("{number} {}", kind.replace('_', " ")))
        .collect();
    let read = if read.is_empty() {
        "reading …".to_owned()
    } else {
        read.join(", ")
    };
    match field(answer, "message") {
        "" => read,
        message => format!("{read} ({message})"),
    }
}
