//! Events: one vocabulary for every forge, as in `wit/events.wit`, and as they are shown.
//!
//! `sandbox` translates what comes from a plugin into these. They are shown and recorded as JSON, the shape of the API, and read back
//! from a record.

mod automation;
mod code;
mod people;
mod shape;

use serde::{Deserialize, Serialize};

pub use automation::{
    Deployment, Installation, InstallationAction, Job, MergeGroup, Pipeline, RepositoryChange, RepositoryName,
    RunState, Wiki, WikiAction,
};
pub use code::{Author, Commit, PullRequest, PullRequestAction, PullRequestState, Push, Side, Tag};
pub use people::{
    Actor, Asset, Comment, CommentAction, Issue, IssueAction, Release, ReleaseAction, Review, ReviewState, User,
};

/// The repository that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Repository {
    pub id: Option<String>,
    pub full_name: String,
    pub urls: Vec<String>,
    pub web_url: Option<String>,
    pub default_branch: Option<String>,
}

/// The contents of an event, by kind.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum Detail {
    Push(Push),
    Tag(Tag),
    PullRequest(PullRequest),
    Comment(Comment),
    Review(Review),
    Release(Release),
    Issue(Issue),
    Pipeline(Pipeline),
    Job(Job),
    Deployment(Deployment),
    Wiki(Wiki),
    MergeGroup(MergeGroup),
    Repository(RepositoryChange),
    Installation(Installation),
    Ping,
    Unknown(String),
}

/// One event at a forge, normalised.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The repository that it is about.
    pub repository: Option<Repository>,
    /// The account that did it.
    pub actor: Option<Actor>,
    /// The time when it happened, where the payload tells: RFC 3339, as the plugin gave it.
    pub time: Option<String>,
    /// The app's installation that it came through.
    pub installation: Option<String>,
    /// The forge's id of the delivery, from the proof; plugins do not set it.
    pub delivery_id: Option<String>,
    /// The facts that only this kind of event has.
    pub detail: Detail,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum Kind {
    Push,
    Tag,
    PullRequest,
    Comment,
    Review,
    Release,
    Issue,
    Pipeline,
    Job,
    Deployment,
    Wiki,
    MergeGroup,
    Repository,
    Installation,
    Ping,
    Unknown,
}

impl Kind {
    /// The kind's name, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Tag => "tag",
            Self::PullRequest => "pull_request",
            Self::Comment => "comment",
            Self::Review => "review",
            Self::Release => "release",
            Self::Issue => "issue",
            Self::Pipeline => "pipeline",
            Self::Job => "job",
            Self::Deployment => "deployment",
            Self::Wiki => "wiki",
            Self::MergeGroup => "merge_group",
            Self::Repository => "repository",
            Self::Installation => "installation",
            Self::Ping => "ping",
            Self::Unknown => "unknown",
        }
    }

    /// True if the answer to a delivery calls such an event by its kind, since people wait for work; else it has the forge's own name.
    #[must_use]
    pub const fn answers_by_kind(self) -> bool {
        matches!(
            self,
            Self::Push
                | Self::Tag
                | Self::PullRequest
                | Self::Comment
                | Self::Review
                | Self::Release
                | Self::MergeGroup
        )
    }
}

impl Detail {
    /// The event's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Push(_) => Kind::Push,
            Self::Tag(_) => Kind::Tag,
            Self::PullRequest(_) => Kind::PullRequest,
            Self::Comment(_) => Kind::Comment,
            Self::Review(_) => Kind::Review,
            Self::Release(_) => Kind::Release,
            Self::Issue(_) => Kind::Issue,
            Self::Pipeline(_) => Kind::Pipeline,
            Self::Job(_) => Kind::Job,
            Self::Deployment(_) => Kind::Deployment,
            Self::Wiki(_) => Kind::Wiki,
            Self::MergeGroup(_) => Kind::MergeGroup,
            Self::Repository(_) => Kind::Repository,
            Self::Installation(_) => Kind::Installation,
            Self::Ping => Kind::Ping,
            Self::Unknown(_) => Kind::Unknown,
        }
    }
}

impl Event {
    /// The event's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.detail.kind()
    }
}
