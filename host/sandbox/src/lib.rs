//! The plugin door: load, pool, call, limit, contain.
//!
//! A plugin is a component that strangers wrote. This crate loads it, calls it, and keeps it from everything else: each call has a
//! fresh instance, a deadline, a cap on memory, a cap on what comes back, and nothing to reach but the log and, in outbound calls,
//! the `ForgeApi` that the caller hands in. What comes back is checked and turned into the types of `forgegate-model`; a plugin
//! that fails costs the one call, and the error says whose fault it was.
//!
//! Nothing of wasmtime leaves this crate, and nothing here knows storage, HTTP or any forge.

mod settings;

mod error;
mod forge_api;
mod metrics;
pub mod outbound;
mod plugin;
mod sandbox;

mod artefact;
mod bindings;
mod call;
mod engine;
mod guest;
mod translate;

pub use error::{Blame, LoadError, PluginError, SandboxError};
pub use forge_api::{CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse};
pub use metrics::PluginMetrics;
pub use plugin::{OutboundPlugin, Plugin, Source};
pub use sandbox::Sandbox;
pub use settings::{ArtefactCache, Settings};
