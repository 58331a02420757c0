//! One vocabulary for every forge: what a plugin's `parse` answers.

pub use crate::bindings::forgegate::plugin::events::{
    Actor, Asset, Author, Comment, CommentAction, Commit, Deployment, Detail, Event, Installation, InstallationAction,
    Issue, IssueAction, Job, MergeGroup, Pipeline, PullRequest, PullRequestAction, PullRequestState, Push, Release,
    ReleaseAction, Repository, RepositoryChange, RepositoryName, Review, ReviewState, RunState, Side, Tag, User, Wiki,
    WikiAction,
};

/// The most commits that a push may list.
pub const MAX_COMMITS: usize = 20;

impl Push {
    /// A push to this full ref, of which nothing more is known.
    pub fn to(ref_: String) -> Self {
        Self {
            ref_,
            before: None,
            after: None,
            created: false,
            deleted: false,
            forced: None,
            commits: Vec::new(),
            commits_total: None,
            changed_paths: Vec::new(),
            paths_complete: false,
        }
    }
}

impl Tag {
    /// A tag of this short name, of which nothing more is known.
    pub fn named(name: String) -> Self {
        Self {
            name,
            before: None,
            object: None,
            commit: None,
            created: false,
            deleted: false,
            message: None,
        }
    }
}

impl Pipeline {
    /// A pipeline of this number in this state, of which nothing more is known.
    pub fn new(id: String, state: RunState) -> Self {
        Self {
            id,
            number: None,
            sha: None,
            before: None,
            ref_: None,
            tag: false,
            source: None,
            state,
            stages: Vec::new(),
            duration_s: None,
            queued_s: None,
            requested_action: None,
        }
    }
}

impl Job {
    /// A job of this number and name in this state, of which nothing more is known.
    pub fn new(id: String, name: String, state: RunState) -> Self {
        Self {
            id,
            name,
            stage: None,
            pipeline_id: None,
            ref_: None,
            sha: None,
            state,
            duration_s: None,
            allow_failure: false,
            failure_reason: None,
            environment: None,
            external_id: None,
            requested_action: None,
        }
    }
}
