//! Projects: what is built when a repository changes.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, ProjectId};
use crate::name::Name;
use crate::timestamp::Timestamp;

/// The policy for work under way when newer work for the same ref or pull request comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concurrency {
    /// The work that the newer event names as its predecessor is superseded.
    #[default]
    CancelSuperseded,
    /// One after the other.
    Queue,
    /// At the same time.
    Parallel,
    /// The newer work is skipped with `concurrency`.
    Skip,
}

/// The beginning of a project that never ran: by itself, or by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bootstrap {
    /// The first event queues.
    #[default]
    Automatic,
    /// Skipped with `no_previous_evaluation` until one was started by hand.
    Manual,
}

/// A stable id: the forge, the host of its instance, and the forge's number. Trust is pinned to these, never to names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StableId {
    /// The forge's name.
    pub forge: String,
    /// The host of the instance, in lower case, with its port where it has one.
    pub host: String,
    /// The forge's number.
    pub id: String,
}

/// A project: a repository to evaluate, and the rules for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The project's id.
    pub id: ProjectId,
    /// The organization that owns it.
    pub organization: OrganizationId,
    /// Its name, unique in the organization.
    pub name: Name,
    /// The repository's URL, as it was given.
    pub repository: String,
    /// The repository's canonical identity, `host/path`: what deliveries are matched by.
    pub identity: String,
    /// The policy for newer work.
    pub concurrency: Concurrency,
    /// The way by which it begins.
    pub bootstrap: Bootstrap,
    /// Labels that a worker must all have.
    pub runs_on: Vec<String>,
    /// People and bots whose code never waits.
    pub trusted: Vec<StableId>,
    /// True if it takes part.
    pub active: bool,
    /// The repository's id, pinned from the first proved event.
    pub repository_id: Option<StableId>,
    /// True if an evaluation was ever made for it.
    pub has_evaluation: bool,
    /// The time when it was made.
    pub created_at: Timestamp,
}
