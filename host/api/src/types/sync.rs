//! The sync of a project.

use std::collections::BTreeMap;

use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The sync to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// How far back: a span such as `90d`, or a time; 90 days unless given.
    #[serde(default)]
    pub since: Option<String>,
}

/// The state of the last sync of a project.
#[derive(Serialize, ToSchema)]
pub struct SyncView {
    /// `none`, `running`, `done` or `failed`.
    pub state: &'static str,
    /// How far back it reaches.
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// Counts by kind of what the forge's lists told; what was known before is counted here too.
    pub fetched: BTreeMap<&'static str, u64>,
    /// What it waits for, why it was given up, or what the credential may not see.
    pub message: Option<String>,
    /// When anything of it changed last.
    #[schema(value_type = Option<String>)]
    pub updated_at: Option<Timestamp>,
}
