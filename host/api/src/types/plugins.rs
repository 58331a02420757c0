//! Loaded plugins, with what was counted of their calls.

use forgegate_model::plugin::Scope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A loaded plugin, with counts of its calls.
#[derive(Serialize, ToSchema)]
pub struct PluginView {
    /// The forge that it speaks for.
    pub forge: String,
    /// Its name, for people.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// The SHA-256 digest of its component.
    pub digest: String,
    /// The origin of its component: bundled, or a file.
    pub source: String,
    /// The owner of its secrets: each integration, or an app.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// Its limits: `memory` and `deadline`.
    #[schema(value_type = Object)]
    pub limits: Value,
    /// Calls since the start of the gateway.
    pub calls: u64,
    /// Calls that ended in a trap.
    pub traps: u64,
    /// Calls that ran out of time.
    pub timeouts: u64,
    /// The durations of its calls in milliseconds: `p50` and `p99`.
    #[schema(value_type = Object)]
    pub milliseconds: Value,
}
