#![doc = include_str!("../README.md")]

mod admission;
mod apps;
mod chance;
mod clock;
mod config;
mod core;
mod delivery_notices;
mod metrics;
mod plugins;
mod redeliveries;
mod samples;
mod telemetry;

mod body;
mod buttons;
mod delivery;
mod follow_up_task;
mod hook_endpoint;
mod installations;
mod journal;
mod record;
mod refusals;
mod response;
mod selection;

mod forge_access;
mod forge_client;

mod connection;
mod follow_up;
mod housekeeping;
mod html;
mod leases;
mod reconciliation;
mod reporting;
mod schedules;
mod sync;

mod access;
mod api;
mod lingering;
mod routes;
mod server;
mod ui;

mod background;
mod commands;
mod gateway;
mod in_process;

#[doc(hidden)]
pub use in_process::InProcess;

/// A request makes hundreds of small allocations, on one thread, and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the program with the process's own arguments, environment and standard streams.
#[must_use]
pub fn main() -> std::process::ExitCode {
    commands::run()
}
