//! Events as a plugin reads them, all of repository 42 at [`HOST`].

use crate::event::{
    Actor, Author, Comment, CommentAction, Commit, Detail, Event, MergeGroup, PullRequest, PullRequestAction,
    PullRequestState, Push, Release, ReleaseAction, Repository, Side, Tag, User,
};
use crate::project::StableId;

/// The forge of all that is made here.
pub const FORGE: &str = "anyforge";
/// The host of that forge.
pub const HOST: &str = "git.example";

/// A commit id: the hexadecimal digit, forty times.
#[must_use]
pub fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// The pinned id of a repository or person at [`HOST`].
#[must_use]
pub fn stable(id: &str) -> StableId {
    StableId {
        forge: FORGE.into(),
        host: HOST.into(),
        id: id.into(),
    }
}

/// A person with that number.
#[must_use]
pub fn user(id: &str) -> User {
    User {
        id: Some(id.into()),
        login: format!("user-{id}"),
    }
}

/// A commit of Ann's that names no path.
#[must_use]
pub fn commit(id: &str, message: &str) -> Commit {
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
#[must_use]
pub fn push(ref_name: &str) -> Push {
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
#[must_use]
pub fn tag(name: &str) -> Tag {
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

/// A published release of the commit `b…`.
#[must_use]
pub fn release(tag: &str) -> Release {
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
#[must_use]
pub fn merge_group() -> MergeGroup {
    MergeGroup {
        head_sha: sha('b'),
        base_sha: Some(sha('c')),
        head_ref: "refs/heads/queue/main/pr-7".into(),
        base_ref: Some("refs/heads/main".into()),
        destroyed: false,
    }
}

/// Pull request 7 of user 1, opened within repository 42, with the head `b…`.
#[must_use]
pub fn pull_request() -> PullRequest {
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
#[must_use]
pub fn fork() -> PullRequest {
    let mut it = PullRequest {
        fork: true,
        ..pull_request()
    };
    it.head.repository_id = Some("43".into());
    it
}

/// A person, no bot, who causes an event.
#[must_use]
pub fn actor(id: &str) -> Actor {
    Actor {
        user: user(id),
        bot: false,
    }
}

/// A new comment on pull request 7.
#[must_use]
pub fn comment(body: &str, author: &User) -> Comment {
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
#[must_use]
pub fn event(detail: Detail) -> Event {
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
