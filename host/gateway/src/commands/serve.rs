//! Runs the gateway: configuration, records, plugins, a first administrator, and then whoever calls.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use forgegate_model::ids::TokenId;
use forgegate_model::token::{AccessToken, TokenScope, token_hash};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, stop_asked};
use crate::api;
use crate::background;
use crate::clock::{Clock, fresh_id};
use crate::config::{self, Config, Flags};
use crate::core::Core;
use crate::gateway::{AppState, Gateway};
use crate::routes;
use crate::server::{self, Limits};
use crate::telemetry::{self, Level};

/// The arguments of `serve`.
#[derive(clap::Args, Clone)]
pub struct Args {
    /// The configuration file; `forgegate.toml` in the working directory is read where it exists.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The folder of the records.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where to listen; port 0 picks a free one.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

impl From<Args> for Flags {
    fn from(args: Args) -> Self {
        Self {
            file: args.config,
            data: args.data,
            listen: args.listen,
        }
    }
}

/// Runs the gateway until SIGINT or SIGTERM.
pub async fn run(args: Args) -> Result<(), Failure> {
    let flags = Flags::from(args);
    let config = config::load(&flags, environment()).map_err(Failure::new)?;
    let level = telemetry::start(&config.telemetry).map_err(Failure::new)?;
    let stop = stop_asked()?;
    let Opened {
        gateway,
        listener,
        first_token,
    } = open(config).await?;
    if let Some(file) = first_token {
        eprintln!("the first administrator's token is in {}", file.display());
    }
    reread_on_hangup(flags, level)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let address_file = gateway.core.config.storage.address();
    // Commands that are given the folder find the gateway by it.
    std::fs::write(&address_file, format!("http://{address}\n"))
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", address_file.display())))?;
    say(&format!("listening on http://{address}"))?;
    let draining = gateway.core.draining.clone();
    tokio::spawn(async move {
        stop.await;
        tracing::info!("draining: no more work is taken");
        draining.cancel();
    });
    serve(gateway, listener).await;
    let _ = std::fs::remove_file(address_file);
    tracing::info!("stopped");
    Ok(())
}

/// A gateway that is ready to serve.
pub struct Opened {
    /// The gateway.
    pub gateway: Arc<Gateway>,
    /// The socket on which it will listen.
    pub listener: TcpListener,
    /// The file of the first administrator's token, where it was made just now.
    pub first_token: Option<PathBuf>,
}

/// Opens the gateway and its listener, and makes the first administrator's token where there is none.
///
/// # Errors
/// When the records, the plugins or the address cannot be had.
pub async fn open(config: Config) -> Result<Opened, Failure> {
    let listen = config.server.listen;
    let gateway = Gateway::open(config, Clock::system()).await.map_err(Failure::new)?;
    let first_token = first_administrator(&gateway.core).await?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::new(format!("{listen} cannot be listened on: {error}")))?;
    Ok(Opened {
        gateway,
        listener,
        first_token,
    })
}

/// Serves until the gateway drains.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener) {
    let settings = &gateway.core.config.server;
    let limits = Limits {
        header_timeout: settings.header_timeout,
        max_connections: settings.max_connections,
        drain: settings.drain,
    };
    let (store, draining) = (gateway.core.store.clone(), gateway.core.draining.clone());
    let background = background::start(&gateway);
    let drain = limits.drain;
    server::serve(listener, routes::router(AppState(gateway)), limits, draining).await;
    background.ended(drain).await;
    if let Err(error) = store.close().await {
        tracing::warn!(%error, "what was counted since the last second is lost: {error}");
    }
}

/// The process's own environment, as far as it is text.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Makes the first administrator's token where there is none. The file goes first: a stop between the two leaves a file that the next
/// start replaces, never an administrator whose token nobody has.
async fn first_administrator(core: &Core) -> Result<Option<PathBuf>, Failure> {
    if core.store.directory().has_administrator(core.clock.now()) {
        return Ok(None);
    }
    let text = api::fresh_token().map_err(|problem| Failure::new(problem.message))?;
    let file = core.config.storage.admin_token();
    write_private(&file, &text)
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", file.display())))?;
    let token = AccessToken {
        id: TokenId(fresh_id()),
        name: "first-administrator".to_owned(),
        scope: TokenScope::Admin,
        organizations: None,
        labels: Vec::new(),
        created_at: core.clock.now(),
        expires_at: None,
    };
    core.store
        .create_token(token, token_hash(&text), None)
        .await
        .map_err(Failure::new)?;
    Ok(Some(file))
}

/// Writes a file that only its owner may read. It is written aside and renamed, so that nobody ever reads half of it or sees it open to others.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let aside = file.with_extension("new");
    let _ = std::fs::remove_file(&aside);
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)?;
    writeln!(out, "{text}")?;
    out.sync_all()?;
    std::fs::rename(&aside, file)
}

/// Reads the log's filter again at each SIGHUP.
fn reread_on_hangup(flags: Flags, level: Level) -> Result<(), Failure> {
    let mut hangup = signal(SignalKind::hangup()).map_err(Failure::new)?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let read = config::load(&flags, environment()).map_err(|error| error.to_string());
            let done = read.and_then(|config| level.change(&config.telemetry.level).map_err(|error| error.to_string()));
            match done {
                Ok(()) => tracing::info!("the log's filter was read again"),
                Err(sentence) => tracing::error!("the log's filter stays as it was: {sentence}"),
            }
        }
    });
    Ok(())
}

/// Writes one line to standard output, at once.
fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Failure::new)
}
