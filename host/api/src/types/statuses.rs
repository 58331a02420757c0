//! Statuses: reports to forges and others, and what became of them.

use forgegate_model::action::ActionKind;
use forgegate_model::status::{StatusOutcome, StatusState};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A report of an evaluation to a forge or a URL.
#[derive(Serialize, ToSchema)]
pub struct StatusView {
    /// The status's id.
    pub id: String,
    /// The name of its organization, while there is one.
    pub organization: Option<String>,
    /// The name of its project, while there is one.
    pub project: Option<String>,
    /// The evaluation that it reports.
    pub evaluation_id: String,
    /// The outbound integration that it is sent through.
    pub integration: Option<String>,
    /// The kind of its action.
    #[schema(value_type = String)]
    pub kind: ActionKind,
    /// The repository in its canonical form, host and path.
    pub repository: String,
    /// The hash of the commit that it reports on.
    pub sha: String,
    /// The context of a commit status.
    pub context: Option<String>,
    /// The state that it reports.
    #[schema(value_type = String)]
    pub state: StatusState,
    /// The sentence that it reports.
    pub description: Option<String>,
    /// The page that it links to.
    pub url: Option<String>,
    /// `waiting`, `sent`, `superseded` or `failed`.
    #[schema(value_type = String)]
    pub outcome: StatusOutcome,
    /// The number of attempts so far.
    pub attempts: u32,
    /// The time of the next attempt.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// The error of the last attempt.
    pub last_error: Option<String>,
    /// The time when it was sent.
    #[schema(value_type = Option<String>)]
    pub sent_at: Option<Timestamp>,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
