//! Requests and responses about projects.

use forgegate_model::project::{Bootstrap, Concurrency, StableId};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;

/// The fields of a project to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// The project's name, unique in the organization.
    pub name: String,
    /// The repository's URL.
    pub repository: String,
    /// `cancel_superseded`, `queue`, `parallel` or `skip`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub concurrency: Concurrency,
    /// `automatic` or `manual`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub bootstrap: Bootstrap,
    /// A label that a worker must have.
    #[serde(default)]
    pub runs_on: Vec<String>,
    /// Somebody who is trusted, `{"forge", "host", "id"}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub trusted: Vec<StableId>,
    /// The integration that delivers its pushes, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub inbound_integration: Option<Option<String>>,
    /// The integration that reports its statuses, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub outbound_integration: Option<Option<String>>,
    /// False to let the project queue nothing; true unless given.
    #[serde(default)]
    pub active: Option<bool>,
}

/// Changes of a project. A field that is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChanges {
    /// Another name of the project.
    #[serde(default)]
    pub name: Option<String>,
    /// The repository's URL.
    #[serde(default)]
    pub repository: Option<String>,
    /// `cancel_superseded`, `queue`, `parallel` or `skip`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub concurrency: Option<Concurrency>,
    /// `automatic` or `manual`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub bootstrap: Option<Bootstrap>,
    /// A label that a worker must have.
    #[serde(default)]
    pub runs_on: Option<Vec<String>>,
    /// Somebody who is trusted, `{"forge", "host", "id"}`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    pub trusted: Option<Vec<StableId>>,
    /// The integration that delivers its pushes, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub inbound_integration: Option<Option<String>>,
    /// The integration that reports its statuses, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub outbound_integration: Option<Option<String>>,
    /// False to let the project queue nothing.
    #[serde(default)]
    pub active: Option<bool>,
    /// `null`: the next repository that is proved is pinned.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub repository_id: Option<Option<StableId>>,
}

/// A project: a repository to evaluate.
#[derive(Serialize, ToSchema)]
pub struct ProjectView {
    /// The project's id.
    pub id: String,
    /// The name of its organization.
    pub organization: String,
    /// The project's name.
    pub name: String,
    /// The repository's URL, as it was given.
    pub repository: String,
    /// `cancel_superseded`, `queue`, `parallel` or `skip`.
    #[schema(value_type = String)]
    pub concurrency: Concurrency,
    /// `automatic` or `manual`.
    #[schema(value_type = String)]
    pub bootstrap: Bootstrap,
    /// The labels that a worker must have.
    pub runs_on: Vec<String>,
    /// The trusted accounts, each `{"forge", "host", "id"}`.
    #[schema(value_type = Vec<Object>)]
    pub trusted: Vec<StableId>,
    /// The integration of its oldest push trigger.
    pub inbound_integration: Option<String>,
    /// The integration of its oldest status report.
    pub outbound_integration: Option<String>,
    /// False if the project queues nothing.
    pub active: bool,
    /// The pinned id of its repository, `{"forge", "host", "id"}`.
    #[schema(value_type = Option<Object>)]
    pub repository_id: Option<StableId>,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
