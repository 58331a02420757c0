//! Events about code: pushes, tags, pull requests, merge groups.

use forgegate_model::event::{
    Author, Commit, MergeGroup, PullRequest, PullRequestAction, PullRequestState, Push, Side, Tag,
};

use super::{MOST_LABELS, user, users};
use crate::bindings::forgegate::plugin::events as wit;
use crate::translate::{BadOutput, Checked, caps};

/// Commits of one push, and paths of one push or commit.
const MOST_COMMITS: usize = 20;
const MOST_PATHS: usize = 3000;

pub(super) fn push(it: wit::Push) -> Checked<Push> {
    let ref_name = caps::full_ref("push.ref", it.ref_)?;
    if ref_name.starts_with("refs/tags/") {
        return Err(BadOutput("`push.ref` is a tag".to_owned()));
    }
    gone_or_there("push.after", it.deleted, it.after.is_some())?;
    Ok(Push {
        ref_name,
        before: caps::id_or_none("push.before", it.before)?,
        after: caps::id_or_none("push.after", it.after)?,
        created: it.created,
        deleted: it.deleted,
        forced: it.forced,
        commits: caps::list("push.commits", it.commits, MOST_COMMITS, commit)?,
        commits_total: it.commits_total,
        changed_paths: caps::lines("push.changed-paths", it.changed_paths, MOST_PATHS)?,
        paths_complete: it.paths_complete,
    })
}

pub(super) fn tag(it: wit::Tag) -> Checked<Tag> {
    caps::full_ref("tag.name", format!("refs/tags/{}", it.name))?;
    gone_or_there("tag.object", it.deleted, it.object.is_some())?;
    Ok(Tag {
        name: it.name,
        before: caps::id_or_none("tag.before", it.before)?,
        object: caps::id_or_none("tag.object", it.object)?,
        commit: caps::id_or_none("tag.commit", it.commit)?,
        created: it.created,
        deleted: it.deleted,
        message: caps::text_or_none("tag.message", it.message)?,
    })
}

pub(super) fn pull_request(it: wit::PullRequest) -> Checked<PullRequest> {
    Ok(PullRequest {
        action: action(it.action),
        number: it.number,
        title: caps::text("pull-request.title", it.title)?,
        url: caps::line_or_none("pull-request.url", it.url)?,
        state: match it.state {
            wit::PullRequestState::Open => PullRequestState::Open,
            wit::PullRequestState::Closed => PullRequestState::Closed,
            wit::PullRequestState::Merged => PullRequestState::Merged,
        },
        draft: it.draft,
        fork: it.fork,
        labels: caps::lines("pull-request.labels", it.labels, MOST_LABELS)?,
        assignees: users("pull-request.assignees", it.assignees)?,
        reviewers: users("pull-request.reviewers", it.reviewers)?,
        author: user("pull-request.author", it.author)?,
        head: side("pull-request.head", it.head)?,
        base: side("pull-request.base", it.base)?,
        fetch_ref: caps::full_ref("pull-request.fetch-ref", it.fetch_ref)?,
        new_code: it.new_code,
        before: caps::id_or_none("pull-request.before", it.before)?,
        message: caps::text_or_none("pull-request.message", it.message)?,
    })
}

pub(super) fn merge_group(it: wit::MergeGroup) -> Checked<MergeGroup> {
    Ok(MergeGroup {
        head_sha: caps::id("merge-group.head-sha", it.head_sha)?,
        base_sha: caps::id_or_none("merge-group.base-sha", it.base_sha)?,
        head_ref: caps::full_ref("merge-group.head-ref", it.head_ref)?,
        base_ref: caps::full_ref_or_none("merge-group.base-ref", it.base_ref)?,
        destroyed: it.destroyed,
    })
}

/// Checks that a ref that is gone has no commit, and that one that is there has one.
fn gone_or_there(item: &str, gone: bool, has_id: bool) -> Checked<()> {
    match (gone, has_id) {
        (true, true) => Err(BadOutput(format!("`{item}` is given, and the ref is gone"))),
        (false, false) => Err(BadOutput(format!("`{item}` is missing, and the ref is not gone"))),
        _ => Ok(()),
    }
}

fn commit(it: wit::Commit) -> Checked<Commit> {
    let paths = |entries| caps::lines("push.commits.paths", entries, MOST_PATHS);
    Ok(Commit {
        id: caps::id("push.commits.id", it.id)?,
        title: caps::text("push.commits.title", it.title)?,
        message: caps::text("push.commits.message", it.message)?,
        author: Author {
            name: caps::line("push.commits.author", it.author.name)?,
            email: caps::line_or_none("push.commits.author", it.author.email)?,
        },
        time: caps::line_or_none("push.commits.time", it.time)?,
        url: caps::line_or_none("push.commits.url", it.url)?,
        added: paths(it.added)?,
        modified: paths(it.modified)?,
        removed: paths(it.removed)?,
    })
}

fn side(item: &str, it: wit::Side) -> Checked<Side> {
    Ok(Side {
        sha: caps::id_or_none(item, it.sha)?,
        ref_name: caps::full_ref(item, it.ref_)?,
        repository_id: caps::line_or_none(item, it.repository_id)?,
    })
}

const fn action(action: wit::PullRequestAction) -> PullRequestAction {
    match action {
        wit::PullRequestAction::Opened => PullRequestAction::Opened,
        wit::PullRequestAction::Updated => PullRequestAction::Updated,
        wit::PullRequestAction::Reopened => PullRequestAction::Reopened,
        wit::PullRequestAction::Closed => PullRequestAction::Closed,
        wit::PullRequestAction::Merged => PullRequestAction::Merged,
        wit::PullRequestAction::Edited => PullRequestAction::Edited,
        wit::PullRequestAction::Labeled => PullRequestAction::Labeled,
        wit::PullRequestAction::Unlabeled => PullRequestAction::Unlabeled,
        wit::PullRequestAction::Assigned => PullRequestAction::Assigned,
        wit::PullRequestAction::Unassigned => PullRequestAction::Unassigned,
        wit::PullRequestAction::ReviewRequested => PullRequestAction::ReviewRequested,
        wit::PullRequestAction::ReadyForReview => PullRequestAction::ReadyForReview,
        wit::PullRequestAction::ConvertedToDraft => PullRequestAction::ConvertedToDraft,
        wit::PullRequestAction::Other => PullRequestAction::Other,
    }
}
