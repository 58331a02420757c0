//! Merge requests, and approvals, which GitLab sends as actions of theirs. System hooks send the same body.

use forgegate_sdk::events::{
    Detail, Event, PullRequest, PullRequestAction, PullRequestState, Review, ReviewState, Side,
};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, commit_id};

use super::changes;
use super::common::{
    Always, FieldError, User, attributes, block, commit_named, event, labels, owned, people, user_by_id, users,
};
use super::limits::{self, cut};

/// The merge request's own block, with what several answers follow from.
struct Attributes<'t> {
    part: Part<'t>,
    number: Option<u64>,
    /// The action; empty where there is none.
    word: &'t str,
    /// None where the source branch has no commit of its own.
    head: Option<String>,
    /// None where the fork is gone.
    source_project: Option<u64>,
    target_project: Option<u64>,
}

pub fn parse(root: Part) -> Result<Event, FieldError> {
    let attributes = Attributes::of(root)?;
    let time = attributes.part.text_or_none("updated_at")?;
    let detail = match review_state(attributes.word) {
        Some(state) => Detail::Review(review(state, attributes.number, root)?),
        None => Detail::PullRequest(pull_request(&attributes, root)?),
    };
    event(root, attributes.target_project, time, detail)
}

/// `approved` completes what is required, `approval` is one more on the way there; their opposites likewise.
fn review_state(word: &str) -> Option<ReviewState> {
    match word {
        "approved" | "approval" => Some(ReviewState::Approved),
        "unapproved" | "unapproval" => Some(ReviewState::Dismissed),
        _ => None,
    }
}

/// An approval. GitLab names no commit: what was approved has to be asked for.
fn review(state: ReviewState, number: Option<u64>, root: Part) -> Result<Review, FieldError> {
    let user = User::at(root, "user")?.always("user")?;
    let number = number.always("object_attributes.iid")?;
    Ok(Review {
        id: None,
        state,
        author: user.into_user(),
        number,
        commit: None,
    })
}

fn pull_request(attributes: &Attributes, root: Part) -> Result<PullRequest, FieldError> {
    let part = attributes.part;
    let (title, url) = (part.text_or_none("title")?, part.text_or_none("url")?);
    let (source, target) = (part.text_or_none("source_branch")?, part.text_or_none("target_branch")?);
    let author_id = part.number_or_none("author_id")?;
    let (state, draft) = (attributes.state()?, attributes.is_draft()?);
    let project = attributes.target_project.or(root.number_or_none("project.id")?);
    let number = attributes.number.always("object_attributes.iid")?;
    let title = title.always("object_attributes.title")?;
    let source = source.always("object_attributes.source_branch")?;
    let target = target.always("object_attributes.target_branch")?;
    let author_id = author_id.always("object_attributes.author_id")?;
    let moved = attributes.moved()?;
    let action = attributes.action(moved.is_some(), block(root, "changes")?)?;
    let people = People::of(root)?;
    let labels = labels(root, part)?;
    let message = attributes.message()?;
    Ok(PullRequest {
        action,
        new_code: attributes.may_have_moved(action),
        number,
        state,
        draft,
        fork: attributes.is_fork(),
        head: side(attributes.head.clone(), source, attributes.source_project),
        // GitLab sends no commit of the target.
        base: side(None, target, project),
        title: cut(title, limits::TITLE),
        url: owned(url),
        labels,
        // GitLab gives the number alone; the name is known where the author acts or is on a list.
        author: user_by_id(author_id, people.all()),
        assignees: users(&people.assignees),
        reviewers: users(&people.reviewers),
        fetch_ref: format!("refs/merge-requests/{number}/head"),
        before: moved.flatten(),
        message,
    })
}

/// Branches only: a name like `refs/tags/v1` is that of a branch too.
fn side(sha: Option<String>, branch: &str, project: Option<u64>) -> Side {
    Side {
        sha,
        ref_: ["refs/heads/", branch].concat(),
        repository_id: project.map(|id| id.to_string()),
    }
}

impl<'t> Attributes<'t> {
    fn of(root: Part<'t>) -> Result<Self, FieldError> {
        let part = attributes(root)?;
        Ok(Self {
            part,
            number: part.number_or_none("iid")?,
            word: part.text_or_none("action")?.unwrap_or_default(),
            head: commit_named(part, "last_commit")?.and_then(commit_id),
            source_project: part.number_or_none("source_project_id")?,
            target_project: part.number_or_none("target_project_id")?,
        })
    }

    /// The message of the head's commit.
    fn message(&self) -> Result<Option<String>, ParseError> {
        let message = match block(self.part, "last_commit")? {
            Some(commit) => commit.text_or_none("message")?,
            None => None,
        };
        Ok(message.map(|text| cut(text, limits::MESSAGE)))
    }

    /// The commit that the head moved from, where it moved, if that is one: an `oldrev` that is still the head is no move.
    fn moved(&self) -> Result<Option<Option<String>>, ParseError> {
        let before = self.part.text_or_none("oldrev")?.map(commit_id);
        Ok(before.filter(|before| before.is_none() || *before != self.head))
    }

    fn action(&self, moved: bool, changes: Option<Part>) -> Result<PullRequestAction, ParseError> {
        Ok(match (self.word, changes) {
            ("open", _) => PullRequestAction::Opened,
            ("reopen", _) => PullRequestAction::Reopened,
            ("close", _) => PullRequestAction::Closed,
            ("merge", _) => PullRequestAction::Merged,
            ("update", _) if moved => PullRequestAction::Updated,
            ("update", Some(changes)) => changes::action(changes)?,
            _ => PullRequestAction::Other,
        })
    }

    /// Tells whether the head may be another than before. A body without action tells nothing, so that it may.
    fn may_have_moved(&self, action: PullRequestAction) -> bool {
        match action {
            PullRequestAction::Opened | PullRequestAction::Updated | PullRequestAction::Reopened => true,
            PullRequestAction::Other => self.part.at_or_none("action").is_none(),
            _ => false,
        }
    }

    /// `locked` is the moment in which GitLab merges.
    fn state(&self) -> Result<PullRequestState, ParseError> {
        Ok(match (self.part.text_or_none("state")?, self.word) {
            (Some("merged"), _) | (None, "merge") => PullRequestState::Merged,
            (Some("closed"), _) | (None, "close") => PullRequestState::Closed,
            _ => PullRequestState::Open,
        })
    }

    /// `work_in_progress` is the word before GitLab 14.
    fn is_draft(&self) -> Result<bool, ParseError> {
        let older = self.part.flag("work_in_progress")?;
        Ok(self.part.flag("draft")?.or(older).unwrap_or(false))
    }

    /// True if the projects differ. Where either is not known, the head is taken for somebody else's.
    fn is_fork(&self) -> bool {
        self.source_project.is_none() || self.source_project != self.target_project
    }
}

/// Everybody whom the body names.
struct People<'t> {
    user: Option<User<'t>>,
    /// The word before GitLab 13; `assignees` holds them too where it is the only one.
    assignee: Option<User<'t>>,
    assignees: Vec<User<'t>>,
    reviewers: Vec<User<'t>>,
}

impl<'t> People<'t> {
    fn of(root: Part<'t>) -> Result<Self, ParseError> {
        let assignee = User::at(root, "assignee")?;
        Ok(Self {
            user: User::at(root, "user")?,
            assignee,
            assignees: people(root, "assignees")?.unwrap_or_else(|| Vec::from_iter(assignee)),
            reviewers: people(root, "reviewers")?.unwrap_or_default(),
        })
    }

    fn all(&self) -> impl Iterator<Item = &User<'t>> {
        let one_by_one = self.user.iter().chain(&self.assignee);
        one_by_one.chain(&self.assignees).chain(&self.reviewers)
    }
}
