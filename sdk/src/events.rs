//! One vocabulary for every forge: what a plugin's `parse` answers.

pub use crate::bindings::forgegate::plugin::events::{
    Actor, Asset, Author, Comment, CommentAction, Commit, Deployment, Detail, Event, Installation, InstallationAction,
    Issue, IssueAction, Job, MergeGroup, Pipeline, PullRequest, PullRequestAction, PullRequestState, Push, Release,
    ReleaseAction, Repository, RepositoryChange, RepositoryName, Review, ReviewState, RunState, Side, Tag, User, Wiki,
    WikiAction,
};

/// The most commits that a push may list.
pub const MAX_COMMITS: usize = 20;
