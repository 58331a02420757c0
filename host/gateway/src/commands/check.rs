//! Verifies configuration, database, plugins and keys: by opening the files, or through the gateway that has them open.

use std::path::PathBuf;

use forgegate_cli::client::{CallError, Client};
use http::Method;
use serde_json::Value;

use super::{Failure, serve};
use crate::api;
use crate::clock::Clock;
use crate::config::{self, Config, Flags, Storage};
use crate::gateway::Gateway;

/// Where to look.
#[derive(clap::Args)]
pub struct Args {
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The folder of the records.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Prints what was found, one line each; fails where something is wrong.
pub async fn run(args: Args) -> Result<(), Failure> {
    let flags = Flags {
        file: args.config,
        data: args.data,
        listen: None,
    };
    let config = config::load(&flags, serve::environment()).map_err(Failure::new)?;
    println!("ok   configuration: it can be read");
    let storage = config.storage.clone();
    // The files first: the token is shown to nobody unless somebody has them open.
    let checkup = match look(config).await {
        Ok(checkup) => checkup,
        Err(failure) => ask(&storage).await?.ok_or(failure)?,
    };
    let findings = checkup
        .get("findings")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for finding in &findings {
        let text = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mark = if finding.get("ok").and_then(Value::as_bool) == Some(true) {
            "ok  "
        } else {
            "WRONG"
        };
        println!("{mark} {}: {}", text("check"), text("sentence"));
    }
    if checkup.get("ok").and_then(Value::as_bool) == Some(true) {
        Ok(())
    } else {
        Err(Failure::new("something is wrong; see above"))
    }
}

/// Asks the gateway that runs on these files, if one does.
async fn ask(storage: &Storage) -> Result<Option<Value>, Failure> {
    let read = |file: PathBuf| std::fs::read_to_string(file).ok();
    let Some((address, token)) = read(storage.address()).zip(read(storage.admin_token())) else {
        return Ok(None);
    };
    let client = Client::new(address.trim(), token.trim())?;
    match client.call(Method::GET, &["check"], &[], None).await {
        Ok(answer) => Ok(answer),
        Err(CallError::Unreachable(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn look(config: Config) -> Result<Value, Failure> {
    let folder = config.storage.path.clone();
    if !folder.exists() {
        return Err(Failure::new(format!(
            "there are no records in `{}`: the folder is not there",
            folder.display()
        )));
    }
    let gateway = Gateway::open(config, Clock::system()).await.map_err(Failure::new)?;
    gateway.core.draining.cancel();
    let checkup = api::checkup(&gateway.core)
        .await
        .map_err(|problem| Failure::new(problem.message))?;
    serde_json::to_value(checkup).map_err(Failure::new)
}
