//! The command line: one file a verb that runs a gateway or opens its files. The others stand in `forgegate-cli`.

mod check;
mod demo;
mod send;
pub(crate) mod serve;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use forgegate_cli::{Failure, nouns, stop_asked, worker};

use crate::clock::Clock;

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
            Self::Worker(args) => worker::run(args, || Clock::system().now()).await,
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
