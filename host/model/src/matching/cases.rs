//! Small values for the tests of the rules.

use uuid::Uuid;

use crate::event::{
    Actor, Author, Comment, CommentAction, Commit, Detail, Event, MergeGroup, PullRequest, PullRequestAction,
    PullRequestState, Push, Release, ReleaseAction, Repository, Side, Tag, User,
};
use crate::ids::{IntegrationId, OrganizationId, ProjectId, TriggerId};
use crate::integration::{Integration, IntegrationKind, IntegrationMode};
use crate::project::{Bootstrap, Concurrency, Project, StableId};
use crate::timestamp::Timestamp;
use crate::trigger::{Trigger, TriggerKind};

pub(crate) const FORGE: &str = "anyforge";
pub(crate) const HOST: &str = "git.example";

pub(crate) fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

pub(crate) fn stable(id: &str) -> StableId {
    StableId {
        forge: FORGE.into(),
        host: HOST.into(),
        id: id.into(),
    }
}

pub(crate) fn user(id: &str) -> User {
    User {
        id: Some(id.into()),
        login: format!("user-{id}"),
    }
}

pub(crate) fn commit(id: &str, message: &str) -> Commit {
    Commit {
        id: id.into(),
        title: String::new(),
        message: message.into(),
        author: Author {
            name: "Ann".into(),
            email: None,
        },
        time: None,
        url: None,
        added: vec![],
        modified: vec![],
        removed: vec![],
    }
}

/// A push from `a…` to `b…`.
pub(crate) fn push(ref_name: &str) -> Push {
    Push {
        ref_name: ref_name.into(),
        before: Some(sha('a')),
        after: Some(sha('b')),
        created: false,
        deleted: false,
        forced: None,
        commits: vec![],
        commits_total: None,
        changed_paths: vec![],
        paths_complete: false,
    }
}

/// A new tag of the commit `b…`.
pub(crate) fn tag(name: &str) -> Tag {
    Tag {
        name: name.into(),
        before: None,
        object: Some(sha('b')),
        commit: Some(sha('b')),
        created: true,
        deleted: false,
        message: None,
    }
}

pub(crate) fn release(tag: &str) -> Release {
    Release {
        action: ReleaseAction::Published,
        tag: tag.into(),
        name: None,
        url: None,
        draft: false,
        prerelease: false,
        target: None,
        commit: Some(sha('b')),
        assets: vec![],
    }
}

/// A group with the head `b…`, to be merged into `main`.
pub(crate) fn merge_group() -> MergeGroup {
    MergeGroup {
        head_sha: sha('b'),
        base_sha: Some(sha('c')),
        head_ref: "refs/heads/queue/main/pr-7".into(),
        base_ref: Some("refs/heads/main".into()),
        destroyed: false,
    }
}

/// Pull request 7 of user 1, opened within repository 42, with the head `b…`.
pub(crate) fn pull_request() -> PullRequest {
    let side = |branch: &str, digit| Side {
        sha: Some(sha(digit)),
        ref_name: format!("refs/heads/{branch}"),
        repository_id: Some("42".into()),
    };
    PullRequest {
        action: PullRequestAction::Opened,
        number: 7,
        title: "x".into(),
        url: None,
        state: PullRequestState::Open,
        draft: false,
        fork: false,
        labels: vec![],
        assignees: vec![],
        reviewers: vec![],
        author: user("1"),
        head: side("feature", 'b'),
        base: side("main", 'c'),
        fetch_ref: "refs/pull/7/head".into(),
        new_code: true,
        before: None,
        message: None,
    }
}

/// The same from the fork 43.
pub(crate) fn fork() -> PullRequest {
    let mut it = PullRequest {
        fork: true,
        ..pull_request()
    };
    it.head.repository_id = Some("43".into());
    it
}

pub(crate) fn actor(id: &str) -> Actor {
    Actor {
        user: user(id),
        bot: false,
    }
}

/// A new comment on pull request 7.
pub(crate) fn comment(body: &str, author: &User) -> Comment {
    Comment {
        action: CommentAction::Created,
        id: "900".into(),
        body: body.into(),
        url: None,
        author: author.clone(),
        number: Some(7),
        on_pull_request: true,
        confidential: false,
        head: None,
    }
}

/// An event of repository 42, caused by user 1.
pub(crate) fn event(detail: Detail) -> Event {
    let repository = Repository {
        id: Some("42".into()),
        full_name: "acme/widgets".into(),
        urls: vec!["https://git.example/acme/widgets.git".into()],
        web_url: None,
        default_branch: None,
    };
    Event {
        repository: Some(repository),
        actor: Some(actor("1")),
        time: None,
        installation: None,
        delivery_id: None,
        detail,
    }
}

pub(crate) fn organization() -> OrganizationId {
    OrganizationId(Uuid::from_u128(1))
}

pub(crate) fn project() -> Project {
    Project {
        id: ProjectId(Uuid::from_u128(2)),
        organization: organization(),
        name: "widgets".parse().unwrap(),
        repository: "git@git.example:acme/Widgets.git".into(),
        identity: "git.example/acme/widgets".into(),
        concurrency: Concurrency::CancelSuperseded,
        bootstrap: Bootstrap::Automatic,
        runs_on: vec![],
        trusted: vec![],
        active: true,
        repository_id: Some(stable("42")),
        has_evaluation: false,
        created_at: Timestamp::default(),
    }
}

pub(crate) fn integration() -> Integration {
    Integration {
        id: IntegrationId(Uuid::from_u128(3)),
        organization: organization(),
        name: "forge".parse().unwrap(),
        kind: IntegrationKind::Inbound,
        forge: FORGE.into(),
        forges: None,
        mode: IntegrationMode::Push,
        base_url: None,
        secrets: vec![],
        signing_key: None,
        has_token: false,
        allowed_ips: vec![],
        repositories: vec![],
        installation_id: None,
        account: None,
        created_at: Timestamp::default(),
    }
}

pub(crate) fn trigger(number: u128, kind: TriggerKind) -> Trigger {
    Trigger::new(
        TriggerId(Uuid::from_u128(number)),
        project().id,
        kind,
        Some(integration().id),
        Timestamp::default(),
    )
}
