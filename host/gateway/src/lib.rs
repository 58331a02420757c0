//! The program: a gateway between Git forges and whatever builds the code.
//!
//! Two files are the conductors and are read first: `delivery` (inward) and `reporting` (outward). Everything else is a noun with
//! one job: `server` (sockets, limits, draining), `lingering` (bodies answered before they came), `routes` (the whole URL space on one page), `response` (the one place that
//! chooses status codes), `api` (one file a noun), `ui` (one file a page), `evaluations` (the queue's clocks and waiting workers), `admission` (bytes,
//! places, deadlines), `apps` (which there are, their keys, and how one is made), `forge_client` (what the crate for everything that leaves is given), `connection` (tests of connections, hooks at forges), `refusals`, `follow_up` (what is asked after the answer: commands, approvals), `buttons` (what was pressed at a forge), `reconciliation` (what was missed), `schedules` (what starts by the clock), `plugins`, `config`, `telemetry`, `commands` (one file a verb), `in_process` (all of it without a socket, for a benchmark).
//!
//! No forge's name, header or URL stands here.

mod apps;
mod chance;
mod clock;
mod config;
mod forge_client;
mod gateway;
mod housekeeping;
mod installations;
mod metrics;
mod plugins;
mod samples;
mod telemetry;

mod admission;
mod body;
mod buttons;
mod connection;
mod delivery;
mod evaluations;
mod follow_up;
mod hook_endpoint;
mod journal;
mod reconciliation;
mod record;
mod refusals;
mod reporting;
mod schedules;
mod selection;
mod sync;

mod access;
mod api;
mod lingering;
mod response;
mod routes;
mod server;
mod ui;

mod commands;

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
