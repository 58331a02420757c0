//! Events about what people say and write: comments, reviews, releases, issues, pages.

use forgegate_model::event::{
    Asset, Comment, CommentAction, Issue, IssueAction, Release, ReleaseAction, Review, ReviewState, Wiki, WikiAction,
};

use super::{MOST_LABELS, user, users};
use crate::bindings::forgegate::plugin::events as wit;
use crate::translate::{Checked, caps};

/// Files of one release.
const MOST_ASSETS: usize = 1000;

pub(super) fn comment(it: wit::Comment) -> Checked<Comment> {
    Ok(Comment {
        action: match it.action {
            wit::CommentAction::Created => CommentAction::Created,
            wit::CommentAction::Edited => CommentAction::Edited,
            wit::CommentAction::Deleted => CommentAction::Deleted,
        },
        id: caps::line("comment.id", it.id)?,
        body: caps::text("comment.body", it.body)?,
        url: caps::line_or_none("comment.url", it.url)?,
        author: user("comment.author", it.author)?,
        number: it.number,
        on_pull_request: it.on_pull_request,
        confidential: it.confidential,
        head: caps::id_or_none("comment.head", it.head)?,
    })
}

pub(super) fn review(it: wit::Review) -> Checked<Review> {
    Ok(Review {
        id: caps::line_or_none("review.id", it.id)?,
        state: review_state(it.state),
        author: user("review.author", it.author)?,
        number: it.number,
        commit: caps::id_or_none("review.commit", it.commit)?,
    })
}

pub(crate) const fn review_state(state: wit::ReviewState) -> ReviewState {
    match state {
        wit::ReviewState::Approved => ReviewState::Approved,
        wit::ReviewState::ChangesRequested => ReviewState::ChangesRequested,
        wit::ReviewState::Commented => ReviewState::Commented,
        wit::ReviewState::Dismissed => ReviewState::Dismissed,
    }
}

pub(super) fn release(it: wit::Release) -> Checked<Release> {
    Ok(Release {
        action: match it.action {
            wit::ReleaseAction::Created => ReleaseAction::Created,
            wit::ReleaseAction::Updated => ReleaseAction::Updated,
            wit::ReleaseAction::Published => ReleaseAction::Published,
            wit::ReleaseAction::Deleted => ReleaseAction::Deleted,
        },
        // A draft may have no tag yet, or one that git would not take.
        tag: caps::line("release.tag", it.tag)?,
        name: caps::text_or_none("release.name", it.name)?,
        url: caps::line_or_none("release.url", it.url)?,
        draft: it.draft,
        prerelease: it.prerelease,
        target: caps::line_or_none("release.target", it.target)?,
        commit: caps::id_or_none("release.commit", it.commit)?,
        assets: caps::list("release.assets", it.assets, MOST_ASSETS, asset)?,
    })
}

pub(super) fn issue(it: wit::Issue) -> Checked<Issue> {
    Ok(Issue {
        action: match it.action {
            wit::IssueAction::Opened => IssueAction::Opened,
            wit::IssueAction::Updated => IssueAction::Updated,
            wit::IssueAction::Closed => IssueAction::Closed,
            wit::IssueAction::Reopened => IssueAction::Reopened,
        },
        number: it.number,
        title: caps::text("issue.title", it.title)?,
        url: caps::line_or_none("issue.url", it.url)?,
        open: it.open,
        labels: caps::lines("issue.labels", it.labels, MOST_LABELS)?,
        author: user("issue.author", it.author)?,
        assignees: users("issue.assignees", it.assignees)?,
        confidential: it.confidential,
    })
}

pub(super) fn wiki(it: wit::Wiki) -> Checked<Wiki> {
    Ok(Wiki {
        action: match it.action {
            wit::WikiAction::Created => WikiAction::Created,
            wit::WikiAction::Updated => WikiAction::Updated,
            wit::WikiAction::Deleted => WikiAction::Deleted,
        },
        page: caps::text("wiki.page", it.page)?,
        slug: caps::line_or_none("wiki.slug", it.slug)?,
        url: caps::line_or_none("wiki.url", it.url)?,
        message: caps::text_or_none("wiki.message", it.message)?,
    })
}

fn asset(it: wit::Asset) -> Checked<Asset> {
    Ok(Asset {
        name: caps::line("release.assets", it.name)?,
        url: caps::line("release.assets", it.url)?,
    })
}
