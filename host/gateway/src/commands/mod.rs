//! The command line: one file a verb, and `nouns`, which is the API from a shell.

mod check;
mod client;
mod demo;
mod nouns;
mod send;
pub(crate) mod serve;
mod table;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// A gateway between Git forges and whatever builds the code.
#[derive(Parser)]
#[command(name = "forgegate", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(serve::Args),
    /// Show the main job with nothing to set up: a signed push of each forge, up to `succeeded`.
    Demo(demo::Args),
    /// Claim evaluations and run a command for each.
    Worker(worker::Args),
    /// Post a correctly signed test delivery.
    Send(send::Args),
    /// Verify configuration, database, plugins and keys, and say what is wrong.
    Check(check::Args),
}

/// Why a command ends with 1: one sentence on standard error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure.
    pub fn new(sentence: impl std::fmt::Display) -> Self {
        Self(sentence.to_string())
    }
}

/// Runs what the arguments say. 0 done, 1 refused or failed, 2 wrong usage.
pub fn run() -> ExitCode {
    let app = Cli::command().subcommands(nouns::commands());
    let matches = app.get_matches();
    let done = match matches.subcommand() {
        Some((noun, arguments)) if nouns::is_noun(noun) => {
            runtime().and_then(|runtime| runtime.block_on(nouns::run(noun, arguments)))
        }
        _ => match Cli::from_arg_matches(&matches) {
            Ok(cli) => runtime().and_then(|runtime| runtime.block_on(cli.command.run())),
            Err(error) => error.exit(),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("forgegate: {failure}");
            ExitCode::FAILURE
        }
    }
}

impl Command {
    async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Serve(args) => serve::run(args).await,
            Self::Demo(args) => demo::run(args).await,
            Self::Worker(args) => worker::run(args).await,
            Self::Send(args) => send::run(args).await,
            Self::Check(args) => check::run(args).await,
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::new)
}

/// Resolves at the first SIGINT or SIGTERM.
///
/// # Errors
/// When the system does not let the process listen to them.
fn stop_asked() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::new)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::new)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What a file holds, without white space at its end; `-` is standard input.
fn read_secret(file: &str) -> Result<String, Failure> {
    let text = if file == "-" {
        std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?
    } else {
        std::fs::read_to_string(file).map_err(|error| Failure::new(format!("`{file}` cannot be read: {error}")))?
    };
    Ok(text.trim_end().to_owned())
}
