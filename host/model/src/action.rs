//! Actions: what a project tells the world.

use serde::{Deserialize, Serialize};

use crate::ids::{ActionId, IntegrationId, ProjectId};
use crate::name::Name;
use crate::timestamp::Timestamp;

/// The kind of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A status at the commit.
    ForgeStatusReport,
    /// A summary in the pull request.
    Comment,
    /// A signed POST.
    WebRequest,
}

/// An action of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The action's id.
    pub id: ActionId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Its name, unique in the project.
    pub name: Name,
    /// The action's kind.
    pub kind: ActionKind,
    /// The outbound integration that it speaks through; none once that is gone, and then it does nothing.
    pub integration: Option<IntegrationId>,
    /// The URL of a web request.
    pub url: Option<String>,
    /// The states that it tells of; empty means all.
    pub events: Vec<String>,
    /// True if its web requests are signed: the key itself only storage holds, sealed.
    pub has_signing_key: bool,
    /// The time when it was made.
    pub created_at: Timestamp,
}
