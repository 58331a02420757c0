//! The sync of a project.

use std::collections::BTreeMap;

use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The sync to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// The begin of the range: a span back from now such as `90d`, or a time; 90 days unless given.
    #[serde(default)]
    pub since: Option<String>,
}

/// The state of the last sync of a project.
#[derive(Serialize, ToSchema)]
pub struct SyncView {
    /// `none`, `running`, `done` or `failed`.
    pub state: &'static str,
    /// The time back to which it reaches.
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
    /// Counts by kind of what the forge's lists told; what was known before is counted here too.
    pub fetched: BTreeMap<&'static str, u64>,
    /// A sentence: the obstacle that it waits for, the error that ended it, or the limits of the credential.
    pub message: Option<String>,
    /// The time of its last change.
    #[schema(value_type = Option<String>)]
    pub updated_at: Option<Timestamp>,
}
