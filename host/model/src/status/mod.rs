//! Statuses: what is to be told of an evaluation, to whom, in which order, and when again.
//!
//! Rules alone: which changes of an evaluation write what (`lines`, `drafts`), which of two comes after the other (`order`), and how
//! long to wait between attempts (`retry`). Storing, sending and the clock are elsewhere, and what a forge takes is its plugin's
//! knowledge.

mod drafts;
mod lines;
mod order;
mod retry;
mod text;

use serde::{Deserialize, Serialize};

use crate::action::ActionKind;
use crate::ids::{ActionId, EvaluationId, IntegrationId, OrganizationId, ProjectId, StatusId};
use crate::timestamp::Timestamp;

pub use drafts::{Draft, Scene, drafts};
pub use lines::{Part, StatusMessage, line_of_check, lines_of_move};
pub use order::{Lane, Order, Placement};
pub use retry::{Attempt, Next, delay};

/// The state that a status shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// The work waits for a worker.
    Queued,
    /// The work runs.
    Running,
    /// The work went well.
    Succeeded,
    /// The work ran and failed.
    Failed,
    /// The work could not be tried.
    Errored,
    /// The work was stopped.
    Cancelled,
    /// The work was left out.
    Skipped,
    /// The work waits for somebody's approval.
    ActionRequired,
}

/// The outcome of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusOutcome {
    /// The status is to be sent.
    Waiting,
    /// The status arrived.
    Sent,
    /// A later one took its place, so that it was never sent, or nobody heard that it arrived.
    Superseded,
    /// It was given up, and can be retried by hand.
    Failed,
}

/// A repository as an outbound integration names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryName {
    /// The forge's number, where one is pinned that is surely of this integration's forge.
    pub id: Option<String>,
    /// Its path on the forge, canonical.
    pub full_name: String,
    /// Its canonical identity, host and path, as the evaluation has it.
    pub identity: String,
}

/// The message of a status, by the kind of its action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A status at the commit.
    ForgeStatus {
        /// Its name, which tells it from others at the commit.
        context: String,
    },
    /// A summary in a pull request.
    Comment {
        /// The number of the pull request.
        number: u64,
        /// The text, Markdown, with the mark in it.
        body: String,
        /// The hidden mark by which it is found again.
        mark: String,
    },
    /// A POST request to a URL.
    WebRequest {
        /// The URL that it is sent to.
        url: String,
        /// The evaluation as it was when this was written, JSON. These bytes are what is signed; the status's id is the message's id.
        body: String,
    },
}

impl Message {
    /// The kind of the action that says such things.
    #[must_use]
    pub const fn kind(&self) -> ActionKind {
        match self {
            Self::ForgeStatus { .. } => ActionKind::ForgeStatusReport,
            Self::Comment { .. } => ActionKind::Comment,
            Self::WebRequest { .. } => ActionKind::WebRequest,
        }
    }

    /// The host that a web request goes to, in lower case, with its port where that is not its scheme's own.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let Self::WebRequest { url, .. } = self else {
            return None;
        };
        let url = url::Url::parse(url).ok()?;
        let host = url.host_str()?;
        Some(
            url.port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        )
    }
}

/// A status: one thing to be told, with all that is needed to tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its id. Ids are in the order of writing.
    pub id: StatusId,
    /// The organization that owns it.
    pub organization: OrganizationId,
    /// Of which project.
    pub project: ProjectId,
    /// The action that wants it told.
    pub action: ActionId,
    /// The evaluation that it is about.
    pub evaluation: EvaluationId,
    /// The outbound integration that it goes through; a web request has none.
    pub integration: Option<IntegrationId>,
    /// The repository as the integration names it.
    pub repository: RepositoryName,
    /// The commit's hash.
    pub sha: String,
    /// The full ref, where one is known.
    pub ref_name: Option<String>,
    /// A ref of the repository under which the commit can be fetched, where it is another.
    pub fetch_ref: Option<String>,
    /// The message to send.
    pub message: Message,
    /// The state that it shows.
    pub state: StatusState,
    /// The sentence that it shows.
    pub description: Option<String>,
    /// The address where more can be read.
    pub url: Option<String>,
    /// The answer to the last one of its lane that arrived: by this a later report changes the same object.
    pub previous: Option<String>,
    /// The status's outcome.
    pub outcome: StatusOutcome,
    /// The number of attempts, an attempt under way included.
    pub attempts: u32,
    /// The time when it is to be tried next, while it waits.
    pub next_at: Option<Timestamp>,
    /// The reason why the last attempt failed, in one sentence of the gateway's own.
    pub last_error: Option<String>,
    /// The time when it arrived.
    pub sent_at: Option<Timestamp>,
    /// The time when it was written.
    pub created_at: Timestamp,
    /// Since when it is tried: when it was written, or was woken or retried by hand.
    pub waiting_since: Timestamp,
}

#[cfg(test)]
mod tests;
