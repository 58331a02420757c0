#![doc = include_str!("../README.md")]

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
mod failure;
mod guest;
mod translate;

pub use error::{Blame, LoadError, PluginError, SandboxError};
pub use forge_api::{CallError, CallFuture, ForgeApi, ForgeRequest, ForgeResponse};
pub use metrics::PluginMetrics;
pub use plugin::{OutboundPlugin, Plugin, Source};
pub use sandbox::Sandbox;
pub use settings::{ArtefactCache, Settings};
