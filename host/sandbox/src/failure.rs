//! The engine's error turned into one of this crate.

use std::time::Duration;

use crate::PluginError;
use crate::guest::{BadCall, MemoryCap, TimeCap};
use crate::translate::short;

/// The facts that the sandbox knows when a call fails, besides the failure.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub memory_bytes: usize,
    pub result_bytes: usize,
    pub computing: Duration,
    pub slot_timeout: Duration,
}

/// Turns the engine's error into ours: its own type stays inside, and its text may hold what the guest chose.
pub(crate) fn failure(plugin: &str, limits: Limits, error: &wasmtime::Error) -> PluginError {
    let plugin = plugin.to_owned();
    if error.is::<MemoryCap>() {
        return PluginError::Memory {
            plugin,
            limit_bytes: limits.memory_bytes,
        };
    }
    if error.is::<TimeCap>() {
        return PluginError::Deadline {
            plugin,
            limit: limits.computing,
        };
    }
    if let Some(BadCall(what)) = error.downcast_ref() {
        return PluginError::BadCall {
            plugin,
            what: what.clone(),
        };
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return PluginError::Busy {
            plugin,
            waited: limits.slot_timeout,
        };
    }
    let message = short(&error.root_cause().to_string());
    if message.contains(RESULT_TOO_LARGE) {
        return PluginError::ResultTooLarge {
            plugin,
            limit_bytes: limits.result_bytes,
        };
    }
    if error.is::<std::io::Error>() || error.is::<wasmtime::error::OutOfMemory>() {
        PluginError::Host { plugin, message }
    } else {
        PluginError::Trap { plugin, message }
    }
}

/// The engine's words when too much was handed over; it has no public type. A test holds it to this.
const RESULT_TOO_LARGE: &str = "fuel allocated for hostcalls has been exhausted";
