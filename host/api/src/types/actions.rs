//! Actions of a project.

use forgegate_model::action::ActionKind;
use forgegate_model::evaluation::State;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;

/// The fields of an action, to make or to change one; `name` and `kind` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionFields)]
pub struct ActionRequest {
    /// The action's name, unique in the project.
    #[serde(default)]
    pub name: Option<String>,
    /// `forge_status_report`, `comment` or `web_request`; fixed once made.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub kind: Option<ActionKind>,
    /// The outbound integration that it uses, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub integration: Option<Option<String>>,
    /// The URL that a web request is sent to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub url: Option<Option<String>>,
    /// A state of evaluations that it reports.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub events: Option<Vec<State>>,
    /// The key that web requests are signed with, `whsec_` and base64; an empty text clears.
    #[serde(default)]
    #[schema(format = Password)]
    pub signing_key: Option<String>,
}

/// An action of a project, such as a status report.
#[derive(Serialize, ToSchema)]
pub struct ActionView {
    /// The action's id.
    pub id: String,
    /// The name of its project.
    pub project: String,
    /// The action's name.
    pub name: String,
    /// `forge_status_report`, `comment` or `web_request`.
    #[schema(value_type = String)]
    pub kind: ActionKind,
    /// The name of the outbound integration that it uses.
    pub integration: Option<String>,
    /// The URL that a web request is sent to.
    pub url: Option<String>,
    /// The states of evaluations that it reports; empty means all.
    pub events: Vec<String>,
    /// True if web requests are signed.
    pub has_signing_key: bool,
    /// The time when the action was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
