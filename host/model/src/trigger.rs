//! Triggers: which events make a project's evaluations.

use serde::{Deserialize, Serialize};

use crate::event::PullRequestAction;
use crate::ids::{IntegrationId, ProjectId, TriggerId};
use crate::timestamp::Timestamp;

/// The kind of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum TriggerKind {
    Push,
    Tag,
    PullRequest,
    Release,
    Comment,
    Schedule,
    Poll,
}

/// A trigger of a project. An empty list of patterns means all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its id; ids sort by age, and the oldest trigger that lets a delivery through decides.
    pub id: TriggerId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// The trigger's kind.
    pub kind: TriggerKind,
    /// The inbound integration that must deliver; none once that is gone, and then it fires nothing.
    pub integration: Option<IntegrationId>,
    /// Patterns of branches.
    pub branches: Vec<String>,
    /// Patterns of tags.
    pub tags: Vec<String>,
    /// Patterns of the branches that pull requests go into.
    pub target_branches: Vec<String>,
    /// Patterns of changed paths.
    pub paths: Vec<String>,
    /// Actions that count.
    pub actions: Vec<String>,
    /// Labels, one of which must be there.
    pub labels: Vec<String>,
    /// True if pull requests that are drafts match.
    pub drafts: bool,
    /// True if untrusted code waits for approval.
    pub require_approval: bool,
    /// True if pre-releases match.
    pub prereleases: bool,
    /// True if a commit message may ask for nothing to run, by `[skip ci]` and its kin.
    pub skip_ci: bool,
    /// A schedule in cron's notation.
    pub schedule: Option<String>,
    /// The schedule's time zone.
    pub time_zone: Option<String>,
    /// The interval between two polls, in seconds.
    pub interval_s: u64,
    /// False if it starts nothing.
    pub active: bool,
    /// The time when it was made.
    pub created_at: Timestamp,
}

impl Trigger {
    /// A trigger with the contract's defaults.
    #[must_use]
    pub fn new(
        id: TriggerId,
        project: ProjectId,
        kind: TriggerKind,
        integration: Option<IntegrationId>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            project,
            kind,
            integration,
            branches: Vec::new(),
            tags: Vec::new(),
            target_branches: Vec::new(),
            paths: Vec::new(),
            actions: default_actions(kind),
            labels: Vec::new(),
            drafts: true,
            require_approval: true,
            prereleases: true,
            skip_ci: true,
            schedule: None,
            time_zone: None,
            interval_s: 300,
            active: true,
            created_at,
        }
    }
}

/// The actions that count where a trigger names none.
#[must_use]
pub fn default_actions(kind: TriggerKind) -> Vec<String> {
    let words: &[&str] = match kind {
        TriggerKind::PullRequest => &["opened", "updated", "reopened", "ready_for_review"],
        TriggerKind::Release => &["published"],
        TriggerKind::Comment => &["created"],
        TriggerKind::Push | TriggerKind::Tag | TriggerKind::Schedule | TriggerKind::Poll => &[],
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// True if the word is an action that a trigger of this kind can name.
#[must_use]
pub fn is_action(kind: TriggerKind, word: &str) -> bool {
    match kind {
        TriggerKind::PullRequest => {
            serde_json::from_value::<PullRequestAction>(serde_json::Value::String(word.to_owned())).is_ok()
        }
        TriggerKind::Release => matches!(word, "created" | "updated" | "published" | "deleted"),
        TriggerKind::Comment => matches!(word, "created" | "edited" | "deleted"),
        TriggerKind::Push | TriggerKind::Tag | TriggerKind::Schedule | TriggerKind::Poll => false,
    }
}
