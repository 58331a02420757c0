//! A bounded load generator: a real gateway on loopback beside a bare server, on the same machine in the same run.
//!
//! `round` is the conductor and is read first. `server` starts processes and looks at them, `wire` speaks HTTP, `push` makes what is
//! posted, `drive` posts it, `gateway` uses the API, `crowd` makes many projects, `queue` works the queue; `row` knows every figure with its target, `table`
//! prints them. The program is also the processes that it starts: with `serve` as its first word it is the gateway, with `bare`
//! the bare server.

mod bare;
mod crowd;
mod drive;
mod error;
mod figures;
mod gateway;
mod options;
mod push;
mod queue;
mod round;
mod row;
mod server;
mod table;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use crate::error::LoadError;
use crate::options::Options;

fn main() -> ExitCode {
    let first = std::env::args().nth(1);
    match first.as_deref() {
        Some("serve") => forgegate::main(),
        Some("bare") => report(bare::serve()),
        _ => report(measure(&Options::parse())),
    }
}

fn report(ended: Result<(), LoadError>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("forgegate-load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// All rounds, then the table. One thread posts, so that the servers have the rest of the machine.
fn measure(options: &Options) -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LoadError::system("the runtime cannot be started"))?;
    std::fs::create_dir_all(&options.data).map_err(LoadError::system(options.data.display().to_string()))?;
    let sync = server::sync_microseconds(&options.data)?;
    let mut sheet = row::Sheet::default();
    for number in 1..=options.runs {
        eprintln!("round {number} of {}", options.runs);
        runtime.block_on(round::run(options, &mut sheet))?;
    }
    print!("{}", table::render(options, sync, &sheet));
    Ok(())
}
