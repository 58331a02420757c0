//! The program: a gateway between Git forges and whatever builds the code.
//!
//! Two files are the conductors and are read first: `delivery` (inbound) and `reporting` (outbound). Everything else is a noun with one
//! job, in three layers; a module imports only what stands in its own layer or below.
//!
//! - **The core.** `core` holds configuration, shared state and the parts of the request path: `config`, `clock`, `metrics`, `plugins`,
//!   `apps` (keys, and how an app is made), `admission` (bytes, permits, deadlines), `delivery_notices`, `redeliveries`. The request path is
//!   `delivery` with `hook_endpoint`, `body`, `selection`, `follow_up_task`, `buttons`, `installations`, `record`, `journal` and `refusals`;
//!   `response` is the one place that chooses status codes.
//! - **The services.** Each is a struct of its own that holds the parts of the core that it needs: `leases`, `reporting`, `follow_up`
//!   (commands, approvals), `connection` (tests, hooks at forges), `reconciliation` (what was missed), `schedules` (what starts by the
//!   clock), `sync` (a repository's past). They ask forges through `forge_access`, which holds the one rule who may ask; the forge client,
//!   a crate of its own that `forge_client` supplies with credentials, adds the credential and makes the call.
//! - **The surface.** `access` (tokens and audit), `api` (one file a noun), `ui` (one file a page), `routes` (the whole URL space on one
//!   page), `server` (sockets, limits, draining), `lingering` (bodies answered before they came), `commands` (one file a verb).
//!
//! `gateway` makes every part in order, and `background` lists every task that runs beside the requests. `in_process` is all of it without
//! a socket, for a benchmark.
//!
//! No forge's name, header or URL stands here.

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
